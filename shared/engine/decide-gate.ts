import type { Actor } from '#shared/audit/index.ts';
import {
  isWritError,
  type Metrics,
  MINUTE,
  silentMetrics,
  textProblem,
} from '#shared/kernel/index.ts';
import { type Document, isTarget, type Ledger, readIntact } from '#shared/ledger/index.ts';
import { intakeMessage } from './commit-transition.ts';
import {
  type DecisionBody,
  decisionKind,
  type GateBody,
  gateKind,
  gateTargetId,
  list,
  parseGateTarget,
  type RunKey,
  target,
} from './documents/index.ts';
import { DecisionRefusedError } from './errors.ts';
import {
  countWithheld,
  decisionViewDigest,
  fullView,
  type GateView,
  viewDigest,
  type Withheld,
} from './gate-view.ts';
import { participantTarget, partOf, takesPart } from './participants.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';

/** A person who wants to decide, as whoever let them in knows them. */
export interface Approver {
  readonly actor: Actor;
  readonly roles: readonly string[];
  /** Ids of the policies that let them decide. Stand in the entry. */
  readonly policies?: readonly string[];
}

export interface DecisionRequest {
  readonly key: RunKey;
  readonly gate: string;
  readonly outcome: 'approved' | 'rejected';
  /**
   * Why, in the approver's words: 1 to 500 characters. Stored as `internal`: not the place for
   * personal data.
   */
  readonly reason: string;
  /** The text that names what the approver was shown, as {@link viewDigest} makes it. */
  readonly seen: string;
  /**
   * What the approver may be shown of the gate, as their permissions are now.
   *
   * @default - all of it, as {@link openGates} gives it
   */
  readonly view?: GateView;
  /** Names the request in the entry. */
  readonly trace?: string;
}

export interface DecisionResult {
  /** As it is stored. */
  readonly decision: DecisionBody;
  /** False: it was there already, the same of the same person, and nothing was written. */
  readonly created: boolean;
}

export interface OpenGate {
  readonly key: RunKey;
  readonly gate: GateBody;
  /** Names what is shown when all of it is; a decision repeats it. */
  readonly seen: string;
}

const REASON_MAX = 500;
const MAX_ATTEMPTS = 4;

/**
 * Records what a person decides at a gate, in a document of its own that is inserted once. The run
 * goes on by itself. The same decision of the same person, sent again, is done.
 *
 * @throws {@link DecisionRefusedError}: recorded as a denied `gate.decide`; the gate stands as it
 *   was.
 * @throws what the ledger throws.
 */
export async function decideGate(
  ports: Pick<EnginePorts, 'ledger' | 'clock' | 'log'>,
  approver: Approver,
  request: DecisionRequest,
  attempt = 1,
): Promise<DecisionResult> {
  const { key, gate, outcome } = request;
  if (!isTarget(target.gate(key, gate)) || !isTarget(target.run(key)))
    return refuseInvalidKey(ports, approver, request, unknownGateError());

  const [gateTarget, decisionTarget] = [target.gate(key, gate), target.decision(key, gate)];
  const partTarget = participantTarget(key, approver.actor.id);
  const documents = await readAll(ports.ledger, [gateTarget, decisionTarget, partTarget]);
  const [document, part] = [documents.get(gateTarget), documents.get(partTarget)];
  const now = ports.clock.now();
  const standing = findSameDecision(approver, request, documents.get(decisionTarget));
  if (standing !== undefined) return { decision: standing, created: false };

  const refusal = refusalOf(approver, request, {
    document,
    decided: documents.get(decisionTarget),
    part,
    now,
  });
  if (refusal !== undefined || document === undefined)
    return refuse(ports, approver, request, refusal ?? unknownGateError());

  const opened = gateKind.body(document);
  const shown = [...viewOf(request, opened).shown].sort();
  const reason = request.reason.trim();

  const body: DecisionBody = {
    v: 'decision/1',
    run: key.run,
    gate,
    outcome,
    by: approver.actor.id,
    role: opened.decidedBy,
    reason,
    at: now,
    seen: document.commitment,
    shown,
  };

  try {
    await ports.ledger.commit({
      changes: [
        { ...decisionKind.insert(decisionTarget, body), sweepAt: now + MINUTE },
        ...(part === undefined ? [takesPart(key, approver.actor.id, 'approver', now)] : []),
      ],
      checks: [{ target: gateTarget, at: document }],
      entries: [
        {
          workspace: key.workspace,
          run: key.run,
          actor: approver.actor,
          action: 'gate.decide',
          outcome: 'ok',
          targets: [{ kind: 'gate', id: gateTargetId(key, gate), rev: document.rev }],
          why: { ...permittedBy(approver), code: `gate.${outcome}`, reason },
          ...wasShown(shown),
          ...traced(request),
          diffs: {
            [decisionTarget]: [
              { field: 'outcome', after: outcome },
              { field: 'role', after: opened.decidedBy },
              { field: 'seen', after: document.commitment },
            ],
          },
        },
      ],
      messages: [intakeMessage(key)],
    });
    return { decision: body, created: true };
  } catch (error) {
    if (!isWritError(error, 'ledger.conflict')) throw error;

    const [first, own] = await ports.ledger.read([decisionTarget, partTarget]);
    const same = findSameDecision(approver, request, first);
    if (same !== undefined) return { decision: same, created: false };
    if (first !== undefined) return refuse(ports, approver, request, alreadyDecidedError(request));
    if (partOf(own) === 'requester') return refuse(ports, approver, request, requesterError());
    if (attempt === MAX_ATTEMPTS) throw error;

    // the gate changed, or this person decided at another one of the run
    return decideGate(ports, approver, request, attempt + 1);
  }
}

/** The decision that stands, when it is this one. */
function findSameDecision(
  { actor }: Approver,
  { key, gate, outcome, reason, seen }: DecisionRequest,
  standing: Document | undefined,
): DecisionBody | undefined {
  const decision = decisionKind.find(standing);
  const isSame =
    decision?.by === actor.id &&
    decision.outcome === outcome &&
    decision.reason === reason.trim() &&
    decisionViewDigest(target.gate(key, gate), decision) === seen;

  return isSame ? decision : undefined;
}

const viewOf = ({ view }: DecisionRequest, gate: GateBody): GateView => view ?? fullView(gate);
/** Names of the fields that the person was shown, as entries have them. */
const wasShown = (names: readonly string[]) => (names.length === 0 ? {} : { reads: [...names] });

const permittedBy = ({ policies }: Approver) =>
  policies === undefined ? {} : { policies: [...policies] };
const traced = ({ trace }: DecisionRequest) => (trace === undefined ? {} : { trace });
const unknownGateError = () => new DecisionRefusedError('gate.unknown', 'there is no such gate');
const requesterError = () =>
  new DecisionRefusedError(
    'gate.requester',
    'you asked for this run, alone or as one of several; who asks for a run decides at none of its gates',
  );
const alreadyDecidedError = ({ key, gate }: DecisionRequest) =>
  new DecisionRefusedError(
    'gate.decided',
    `gate ${gate} of run ${key.run} has been decided already`,
  );

/** What a decision is judged by, as it stands. */
interface GateDocuments {
  readonly document: Document | undefined;
  readonly decided: Document | undefined;
  /** Of this person, in this run. */
  readonly part: Document | undefined;
  readonly now: number;
}

/** Why this person may not make this decision; undefined when they may. */
function refusalOf(
  { actor, roles }: Approver,
  request: DecisionRequest,
  { document, decided, part, now }: GateDocuments,
): DecisionRefusedError | undefined {
  const { key, gate, outcome, reason, seen } = request;
  const opened = gateKind.find(document);
  if (document === undefined || opened === undefined) return unknownGateError();
  if (outcome !== 'approved' && outcome !== 'rejected')
    return new DecisionRefusedError('gate.outcome', 'a decision is approved or rejected');
  if (!roles.includes(opened.decidedBy))
    return new DecisionRefusedError(
      'gate.role',
      `gate ${gate} is decided by the role ${opened.decidedBy}; you have ${roles.join(', ') || 'none'}`,
    );
  if (actor.id === opened.requester || partOf(part) === 'requester') return requesterError();
  if (decided !== undefined) return alreadyDecidedError(request);
  if (now >= opened.expiresAt)
    return new DecisionRefusedError(
      'gate.expired',
      `gate ${gate} of run ${key.run} expired at ${new Date(opened.expiresAt).toISOString()}`,
    );

  const view = viewOf(request, opened);
  const unread = describeWithheld(countWithheld(opened, view));
  if (unread !== '')
    return new DecisionRefusedError(
      'gate.unreadable',
      `who decides has to read all that the gate shows, and your roles do not let you read ${unread}; somebody whose roles do can decide`,
    );

  if (seen !== viewDigest(document, opened, view))
    return new DecisionRefusedError(
      'gate.stale',
      'what you were shown is not what stands at the gate, or not what you may read now; look again',
    );

  const problem = textProblem(reason, REASON_MAX);

  return problem === undefined
    ? undefined
    : new DecisionRefusedError('gate.reason', `a reason ${problem}`);
}

/**
 * What is withheld, by how much it is: names of fields and rules are not for everybody who may
 * decide.
 */
function describeWithheld({ fields, hits }: Withheld): string {
  const parts = [
    ...(fields === 0 ? [] : [`${fields} of its fields`]),
    ...(hits === 0 ? [] : [`${hits} of the reasons why it waits`]),
  ];
  return parts.join(' and ');
}

/** What was asked for has no place in a key, so it has none in an entry either. */
async function refuseInvalidKey(
  ports: Pick<EnginePorts, 'ledger'>,
  approver: Approver,
  request: DecisionRequest,
  refusal: DecisionRefusedError,
): Promise<never> {
  const why = { ...permittedBy(approver), code: refusal.code, reason: refusal.message };
  const { actor } = approver;

  await ports.ledger.commit({
    entries: [
      {
        workspace: 'platform',
        actor,
        action: 'gate.decide',
        outcome: 'denied',
        why,
        ...traced(request),
      },
    ],
  });

  throw refusal;
}

async function refuse(
  ports: Pick<EnginePorts, 'ledger'>,
  approver: Approver,
  request: DecisionRequest,
  refusal: DecisionRefusedError,
): Promise<never> {
  const { key, gate } = request;

  await ports.ledger.commit({
    entries: [
      {
        workspace: key.workspace,
        run: key.run,
        actor: approver.actor,
        action: 'gate.decide',
        outcome: 'denied',
        targets: [{ kind: 'gate', id: gateTargetId(key, gate) }],
        why: { ...permittedBy(approver), code: refusal.code, reason: refusal.message },
        ...wasShown(request.view?.shown ?? []),
        ...traced(request),
      },
    ],
  });

  throw refusal;
}

/**
 * Gates of a workspace that nobody has decided yet, oldest first. What may be stale in the list is
 * read again here.
 *
 * Who may insert a document chooses the list it is found in, so a gate counts only where its key is
 * of the workspace and agrees with what it says of itself: no step can show its gates to the people
 * of another workspace.
 */
export async function openGates(
  ledger: Ledger,
  workspace: string,
  now: number,
  metrics: Metrics = silentMetrics,
): Promise<OpenGate[]> {
  const open: OpenGate[] = [];
  let after: string | undefined;

  do {
    const page = await ledger.query({
      by: 'list',
      list: list.gates(workspace),
      limit: 100,
      after,
    });

    const gates = page.documents.flatMap((document) => openGateOf(workspace, document) ?? []);

    if (gates.length < page.documents.length)
      metrics.add('IndexMismatches', page.documents.length - gates.length);

    // a decision that is not as it was committed is one all the same: its gate is not open, and the
    // others are
    const decided = await readIntact(
      ledger,
      gates.map(({ key, gate }) => target.decision(key, gate.gate)),
    );

    for (const [i, { key, document, gate }] of gates.entries()) {
      if (decided[i] !== undefined || !(gate.expiresAt > now)) continue;
      open.push({ key, gate, seen: viewDigest(document, gate, fullView(gate)) });
    }

    after = page.next;
  } while (after !== undefined);

  return open;
}

/** A listed gate, if its key is of the workspace and its body says the same. */
function openGateOf(workspace: string, document: Document) {
  const gate = gateKind.find(document);
  const { gate: name, ...key } = parseGateTarget(document.target) ?? {};
  if (gate === undefined || !('run' in key) || key.workspace !== workspace) return undefined;

  const agrees =
    gate.workspace === workspace &&
    gate.automation === key.automation &&
    gate.run === key.run &&
    gate.gate === name;

  return agrees ? { key, document, gate } : undefined;
}
