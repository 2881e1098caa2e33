import type { Actor } from '#shared/audit/index.ts';
import {
  isWritError,
  type Metrics,
  MINUTE,
  silentMetrics,
  textProblem,
} from '#shared/kernel/index.ts';
import {
  type Change,
  type Document,
  isTarget,
  type Ledger,
  readIntact,
} from '#shared/ledger/index.ts';
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
import { participantChange, participantRole, participantTarget } from './participants.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';

/** Person who makes a decision, as authenticated by the caller. */
export interface Approver {
  readonly actor: Actor;
  readonly roles: readonly string[];
  /** Ids of the policies that permit the decision. The audit entry names them. */
  readonly policies?: readonly string[];
}

/** Request to decide a gate. */
export interface DecisionRequest {
  readonly key: RunKey;
  readonly gate: string;
  readonly outcome: 'approved' | 'rejected';
  /**
   * Reason for the decision, 1 to 500 characters. Stored as `internal`, so it must not contain
   * personal data.
   */
  readonly reason: string;
  /** {@link viewDigest} of the view that the approver was shown. */
  readonly seen: string;
  /**
   * View of the gate under the approver's current permissions.
   *
   * @default - the full view, as in {@link openGates}
   */
  readonly view?: GateView;
  /** Trace id of the request, for the audit entry. */
  readonly trace?: string;
}

export interface DecisionResult {
  /** Stored decision. */
  readonly decision: DecisionBody;
  /** False if the person had already made the same decision. In that case, nothing was written. */
  readonly created: boolean;
}

/** Gate that awaits a decision. */
export interface OpenGate {
  readonly key: RunKey;
  readonly gate: GateBody;
  /** {@link viewDigest} of the full view. A decision request must repeat it. */
  readonly seen: string;
}

const REASON_MAX = 500;
const MAX_ATTEMPTS = 4;

/**
 * Records a person's decision at a gate. The decision document is inserted once and never changed;
 * the intake continues the run asynchronously. Idempotent: repeating a decision has no effect.
 *
 * @throws {@link DecisionRefusedError}, recorded as a denied `gate.decide`. The gate is unchanged.
 * @throws ledger errors.
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
  const approverTarget = participantTarget(key, approver.actor.id);
  const documents = await readAll(ports.ledger, [gateTarget, decisionTarget, approverTarget]);
  const [document, participant] = [documents.get(gateTarget), documents.get(approverTarget)];
  const decision = documents.get(decisionTarget);
  const now = ports.clock.now();

  const stored = findSameDecision(approver, request, decision);
  if (stored !== undefined) return { decision: stored, created: false };

  const refusal = refusalOf(approver, request, { gate: document, decision, participant, now });
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

  const changes: Change[] = [
    { ...decisionKind.insert(decisionTarget, body), sweepAt: now + MINUTE },
  ];
  if (participant === undefined)
    changes.push(participantChange(key, { person: approver.actor.id, as: 'approver', at: now }));

  try {
    await ports.ledger.commit({
      changes,
      checks: [{ target: gateTarget, at: document }],
      entries: [
        {
          workspace: key.workspace,
          run: key.run,
          actor: approver.actor,
          action: 'gate.decide',
          outcome: 'ok',
          targets: [{ kind: 'gate', id: gateTargetId(key, gate), rev: document.rev }],
          why: { policies: policiesOf(approver), code: `gate.${outcome}`, reason },
          reads: readsOf(shown),
          trace: request.trace,
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

    const [winner, registered] = await ports.ledger.read([decisionTarget, approverTarget]);
    const same = findSameDecision(approver, request, winner);
    if (same !== undefined) return { decision: same, created: false };
    if (winner !== undefined) return refuse(ports, approver, request, alreadyDecidedError(request));
    if (participantRole(registered) === 'requester')
      return refuse(ports, approver, request, requesterError());
    if (attempt === MAX_ATTEMPTS) throw error;

    // the gate has changed, or the person has concurrently decided a different gate of the run
    return decideGate(ports, approver, request, attempt + 1);
  }
}

/** Returns the stored decision if it equals the requested one. */
function findSameDecision(
  { actor }: Approver,
  { key, gate, outcome, reason, seen }: DecisionRequest,
  stored: Document | undefined,
): DecisionBody | undefined {
  const decision = decisionKind.find(stored);
  const isSame =
    decision?.by === actor.id &&
    decision.outcome === outcome &&
    decision.reason === reason.trim() &&
    decisionViewDigest(target.gate(key, gate), decision) === seen;

  return isSame ? decision : undefined;
}

const viewOf = ({ view }: DecisionRequest, gate: GateBody): GateView => view ?? fullView(gate);
const policiesOf = ({ policies }: Approver) => policies && [...policies];

/**
 * Returns the names of the shown fields for an audit entry; undefined for an empty list, which an
 * entry cannot contain.
 */
const readsOf = (names: readonly string[] = []) => (names.length === 0 ? undefined : [...names]);

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

/** Current documents of a gate, and the current time. */
interface GateDocuments {
  readonly gate: Document | undefined;
  readonly decision: Document | undefined;
  /** Participant document of the approver in the run. */
  readonly participant: Document | undefined;
  readonly now: number;
}

/** Returns the reason to refuse a decision; undefined if it is permitted. */
function refusalOf(
  { actor, roles }: Approver,
  request: DecisionRequest,
  { gate: document, decision, participant, now }: GateDocuments,
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
  if (actor.id === opened.requester || participantRole(participant) === 'requester')
    return requesterError();
  if (decision !== undefined) return alreadyDecidedError(request);
  if (now >= opened.expiresAt)
    return new DecisionRefusedError(
      'gate.expired',
      `gate ${gate} of run ${key.run} expired at ${new Date(opened.expiresAt).toISOString()}`,
    );

  const view = viewOf(request, opened);
  const withheld = describeWithheld(countWithheld(opened, view));
  if (withheld !== '')
    return new DecisionRefusedError(
      'gate.unreadable',
      `the approver must be able to read everything that the gate shows, and your roles do not let you read ${withheld}; a person whose roles do can decide`,
    );

  if (seen !== viewDigest(document, opened, view))
    return new DecisionRefusedError(
      'gate.stale',
      'the gate, or what you may read of it, has changed since you were shown it; look again',
    );

  const problem = textProblem(reason, REASON_MAX);

  return problem === undefined
    ? undefined
    : new DecisionRefusedError('gate.reason', `a reason ${problem}`);
}

/**
 * Describes the withheld parts of a view by number only, because the approver may not be allowed to
 * read the names of the fields and rules.
 */
function describeWithheld({ fields, hits }: Withheld): string {
  const parts: string[] = [];
  if (fields > 0) parts.push(`${fields} of its fields`);
  if (hits > 0) parts.push(`${hits} of the reasons why it waits`);
  return parts.join(' and ');
}

/**
 * Records a refusal without the requested ids, which are not valid in a key. Throws the refusal.
 */
async function refuseInvalidKey(
  ports: Pick<EnginePorts, 'ledger'>,
  approver: Approver,
  request: DecisionRequest,
  refusal: DecisionRefusedError,
): Promise<never> {
  const why = { policies: policiesOf(approver), code: refusal.code, reason: refusal.message };
  const { actor } = approver;

  await ports.ledger.commit({
    entries: [
      {
        workspace: 'platform',
        actor,
        action: 'gate.decide',
        outcome: 'denied',
        why,
        trace: request.trace,
      },
    ],
  });

  throw refusal;
}

/** Records a refusal as a denied entry of the run. Throws the refusal. */
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
        why: { policies: policiesOf(approver), code: refusal.code, reason: refusal.message },
        reads: readsOf(request.view?.shown),
        trace: request.trace,
      },
    ],
  });

  throw refusal;
}

/**
 * Lists the undecided gates of a workspace, oldest first. The list index can be stale, so the
 * decisions are read from the table.
 *
 * The writer of a document chooses its list. Therefore, a gate counts only if its key belongs to
 * the workspace and matches its body, so that no step can show a gate to the people of another
 * workspace.
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

    // a damaged decision still decides its gate, and must not hide the other gates
    const decisions = await readIntact(
      ledger,
      gates.map(({ key, gate }) => target.decision(key, gate.gate)),
    );

    for (const [i, { key, document, gate }] of gates.entries()) {
      if (decisions[i] !== undefined || !(gate.expiresAt > now)) continue;
      open.push({ key, gate, seen: viewDigest(document, gate, fullView(gate)) });
    }

    after = page.next;
  } while (after !== undefined);

  return open;
}

/** Returns a listed gate if its key belongs to the workspace and matches its body. */
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
