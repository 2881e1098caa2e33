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

/** A document that an entry speaks of, as far as it is compared. */
export type EvidenceDocument = Pick<Document, 'rev' | 'commitment' | 'body'>;

/**
 * Entries of a run that nobody can rely on: they are not what the function that does such things
 * writes, or the decisions they speak of are not as they say. For whoever shows a trail; reads the
 * documents of decisions, their gates and who made them, as many as one read may have, those that
 * the function of gates speaks of first.
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

  const own = target.decision(key, '');

  const named = [...ofGates, ...others].flatMap((entry) => [
    ...decisionsNamedIn(entry).flatMap((decision) =>
      decision.startsWith(own) ? [decision, gateTargetOf(decision)] : [],
    ),
    ...decisionsMadeBy(entry).flatMap((decision) =>
      decision.startsWith(own) ? [actorParticipantTarget(entry, decision)] : [],
    ),
  ]);

  const targets = [...new Set(named)].filter(isTarget).slice(0, READ_MAX_TARGETS);
  const found = targets.length === 0 ? [] : await readIntact(ledger, targets);
  const documents = new Map(targets.map((one, i) => [one, found[i]]));
  const find = (one: string) => {
    const document = documents.get(one);
    return isWritError(document) ? undefined : document;
  };

  return new Set(
    entries.filter((entry) => (schemaProblem(entry) ?? decisionProblem(entry, find)) !== undefined),
  );
}

/** The decisions that an entry speaks of: those it acted on, and those it made. */
const decisionsNamedIn = (entry: Entry): string[] => [
  ...(entry.why?.decisions ?? []),
  ...decisionsMadeBy(entry),
];

/**
 * What an entry says of decisions that is not so; undefined where all of it is. An approval is an
 * entry that inserted its decision, in the words of that decision, at a gate that was seen as it
 * stands, by somebody who takes part in the run as an approver. An entry that only says that
 * somebody approved made nothing.
 *
 * @param find - Decisions, gates and participants, as they stand.
 * @returns names of what differs, never what it is: the words may be for fewer people.
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
    part: find(actorParticipantTarget(entry, target)),
  });

  return differs.length === 0
    ? undefined
    : `it says something else than ${target}, which it made: ${differs.join(', ')}`;
}

const decisionsMadeBy = ({ changes = [] }: Entry) =>
  changes.map(({ target }) => target).filter((target) => target.startsWith('decision#'));

/** Key of the gate that a decision was made at; empty for the key of no decision. */
function gateTargetOf(decision: string): string {
  const key = parseDecisionTarget(decision);
  return key === undefined ? '' : target.gate(key, key.gate);
}

/** Key of the part that the person whom the entry names takes in the run of the decision. */
function actorParticipantTarget({ actor, run = '' }: Entry, decision: string): string {
  const { automation = '', workspace = '' } = parseDecisionTarget(decision) ?? {};
  return participantTarget({ automation, workspace, run }, actor.id);
}

function isDecisionOfRun(target: string, { workspace, run }: Entry): boolean {
  const key = parseDecisionTarget(target);
  return key !== undefined && key.workspace === workspace && key.run === run;
}

/**
 * How far the moment of a decision and that of its entry may be apart: one is taken before the
 * commit, the other in it.
 */
const CLOCK_SKEW_MAX_MS = MINUTE;

/** What a decision rests on, as it stands. */
interface DecisionBasis {
  readonly gate: EvidenceDocument | undefined;
  /** Of the person whom the entry names. */
  readonly part: EvidenceDocument | undefined;
}

function findDifferences(
  entry: Entry,
  target: string,
  { rev, commitment, body: stored }: EvidenceDocument,
  { gate, part }: DecisionBasis,
): string[] {
  const { actor, why, workspace, run, time, changes = [], targets = [], reads = [] } = entry;
  const key = parseDecisionTarget(target);
  if (key === undefined) return ['key'];

  const body = (stored ?? {}) as Partial<DecisionBody> & Readonly<Record<string, Json>>;
  const gateBody = (gate?.body ?? {}) as Partial<GateBody>;
  const change = changes.find((one) => one.target === target);

  const { shown = [] } = body; // of before decisions had it, there is none

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
    ['part in the run', isByApprover(body, part) && body.by !== gateBody.requester, true],
    ['actor', actor.id, body.by],
    ['kind of actor', actor.kind, 'user'],
    ['workspace', workspace, key.workspace],
    ['time', Math.abs(time - Number(body.at)) <= CLOCK_SKEW_MAX_MS, true],
    ['code', why?.code, `gate.${body.outcome}`],
    ['reason', why?.reason, body.reason],
    ['run', [run, key.run, key.gate], [body.run, body.run, body.gate]],
    ['what was read', reads, shown],
    ...(body.shown === undefined
      ? []
      : [
          ['what was shown', shown, Object.keys(gateBody.shown ?? {}).sort()] as [
            string,
            unknown,
            unknown,
          ],
        ]),
    ...(change?.diff ?? []).map(({ field, after }): [string, unknown, unknown] => [
      field,
      after,
      body[field],
    ]),
  ];

  return pairs.filter(([, said, is]) => !isDeepStrictEqual(said, is)).map(([name]) => name);
}
