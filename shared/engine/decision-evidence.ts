import { isDeepStrictEqual } from 'node:util';
import { type Entry, functionOf, schemaProblem } from '#shared/audit/index.ts';
import { isWritError, type Json, MINUTE } from '#shared/kernel/index.ts';
import {
  type Document,
  isTarget,
  type Ledger,
  READ_MAX_TARGETS,
  readIntact,
} from '#shared/ledger/index.ts';
import {
  type DecisionBody,
  type GateBody,
  gateTargetId,
  parseDecisionTarget,
  type RunKey,
  target,
} from './documents/index.ts';
import { isByApprover, participantTarget } from './participants.ts';

/** Parts of a document that are compared with an audit entry. */
export type EvidenceDocument = Pick<Document, 'rev' | 'commitment' | 'body'>;

/**
 * Finds the unreliable entries of a run, for the display of a trail. An entry is unreliable if its
 * function does not write such entries, or if the decision documents contradict it.
 *
 * Reads at most `READ_MAX_TARGETS` decisions, gates and participants in one batch. Documents named
 * by entries of the gates function take precedence.
 */
export async function doubtfulEntries(
  ledger: Pick<Ledger, 'read'>,
  key: RunKey,
  entries: readonly Entry[],
): Promise<ReadonlySet<Entry>> {
  const { true: ofGates = [], false: others = [] } = Object.groupBy(
    entries,
    ({ writer }) => `${functionOf(writer) === 'gates'}` as const,
  );

  const prefix = target.decision(key, '');

  const named = [...ofGates, ...others].flatMap((entry) => [
    ...decisionsNamedIn(entry).flatMap((decision) =>
      decision.startsWith(prefix) ? [decision, gateTargetOf(decision)] : [],
    ),
    ...decisionsMadeBy(entry).flatMap((decision) =>
      decision.startsWith(prefix) ? [actorParticipantTarget(entry, decision)] : [],
    ),
  ]);

  const targets = [...new Set(named)].filter(isTarget).slice(0, READ_MAX_TARGETS);
  const found = targets.length === 0 ? [] : await readIntact(ledger, targets);
  const documents = new Map(targets.map((name, i) => [name, found[i]]));
  const find = (name: string) => {
    const document = documents.get(name);
    return isWritError(document) ? undefined : document;
  };

  return new Set(
    entries.filter((entry) => (schemaProblem(entry) ?? decisionProblem(entry, find)) !== undefined),
  );
}

/** Returns the keys of the decisions that an entry relies on or has inserted. */
const decisionsNamedIn = (entry: Entry): string[] => [
  ...(entry.why?.decisions ?? []),
  ...decisionsMadeBy(entry),
];

/**
 * Compares the statements of an entry about decisions with the stored documents. An entry proves an
 * approval only if it inserted the decision, repeats its members, refers to the current commitment
 * of the gate, and names a registered approver of the run.
 *
 * @param find - Returns the stored decision, gate or participant document of a key.
 * @returns a description of the contradiction; undefined if the documents agree with the entry. The
 *   description names the differing members, and never their values, which may be more sensitive.
 */
export function decisionProblem(
  entry: Entry,
  find: (target: string) => EvidenceDocument | undefined,
): string | undefined {
  const absent = (entry.why?.decisions ?? []).find(
    (target) => !isDecisionOfRun(target, entry) || find(target) === undefined,
  );
  if (absent !== undefined)
    return `it relies on the decision ${absent.slice(0, 300)}, which is not there`;

  const made = decisionsMadeBy(entry);
  if (entry.action !== 'gate.decide' || entry.outcome !== 'ok')
    return made.length === 0 ? undefined : `it made ${made[0]}, and does not say so`;

  const [target] = made;
  if (made.length !== 1 || target === undefined)
    return `it made ${made.length} decisions instead of one`;

  const decision = find(target);
  if (decision === undefined) return `it made ${target}, which is not there`;

  const differs = findDifferences(entry, target, decision, {
    gate: find(gateTargetOf(target)),
    participant: find(actorParticipantTarget(entry, target)),
  });

  return differs.length === 0
    ? undefined
    : `it says something else than ${target}, which it made: ${differs.join(', ')}`;
}

/** Returns the keys of the decisions that an entry has inserted. */
const decisionsMadeBy = ({ changes = [] }: Entry) =>
  changes.map(({ target }) => target).filter((target) => target.startsWith('decision#'));

/** Returns the key of a decision's gate; empty if `decision` is not the key of a decision. */
function gateTargetOf(decision: string): string {
  const key = parseDecisionTarget(decision);
  return key === undefined ? '' : target.gate(key, key.gate);
}

/** Returns the key of the participant document of an entry's actor in the run of a decision. */
function actorParticipantTarget({ actor, run = '' }: Entry, decision: string): string {
  const { automation = '', workspace = '' } = parseDecisionTarget(decision) ?? {};
  return participantTarget({ automation, workspace, run }, actor.id);
}

function isDecisionOfRun(target: string, { workspace, run }: Entry): boolean {
  const key = parseDecisionTarget(target);
  return key !== undefined && key.workspace === workspace && key.run === run;
}

/**
 * Maximum difference between the times of a decision and of its entry, in milliseconds. The time of
 * the decision is taken before the commit, and the time of the entry during the commit.
 */
const CLOCK_SKEW_MAX_MS = MINUTE;

/** Stored documents that a decision is checked against. */
interface DecisionBasis {
  readonly gate: EvidenceDocument | undefined;
  /** Participant document of the entry's actor. */
  readonly participant: EvidenceDocument | undefined;
}

function findDifferences(
  entry: Entry,
  target: string,
  { rev, commitment, body: stored }: EvidenceDocument,
  { gate, participant }: DecisionBasis,
): string[] {
  const { actor, why, workspace, run, time, changes = [], targets = [], reads = [] } = entry;
  const key = parseDecisionTarget(target);
  if (key === undefined) return ['key'];

  const body = (stored ?? {}) as Partial<DecisionBody> & Readonly<Record<string, Json>>;
  const gateBody = (gate?.body ?? {}) as Partial<GateBody>;
  const change = changes.find((one) => one.target === target);

  const { shown = [] } = body; // absent in decisions of earlier releases

  const pairs: [string, unknown, unknown][] = [
    ['revision', [change?.rev, change?.beforeC, rev], [1, null, 1]],
    ['commitment', change?.afterC, commitment],
    [
      'gate',
      targets.some((one) => one.kind === 'gate' && one.id === gateTargetId(key, key.gate)),
      true,
    ],
    ['what was seen', body.seen, gate?.commitment],
    ['role that decides at the gate', body.role, gateBody.decidedBy],
    ['part in the run', isByApprover(body, participant) && body.by !== gateBody.requester, true],
    ['actor', actor.id, body.by],
    ['kind of actor', actor.kind, 'user'],
    ['workspace', workspace, key.workspace],
    ['time', Math.abs(time - Number(body.at)) <= CLOCK_SKEW_MAX_MS, true],
    ['code', why?.code, `gate.${body.outcome}`],
    ['reason', why?.reason, body.reason],
    ['run', [run, key.run, key.gate], [body.run, body.run, body.gate]],
    ['what was read', reads, shown],
  ];

  if (body.shown !== undefined)
    pairs.push(['what was shown', shown, Object.keys(gateBody.shown ?? {}).sort()]);

  for (const { field, after } of change?.diff ?? []) pairs.push([field, after, body[field]]);

  return pairs
    .filter(([, claimed, actual]) => !isDeepStrictEqual(claimed, actual))
    .map(([name]) => name);
}
