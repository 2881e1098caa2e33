import type { Actor } from '#shared/audit/index.ts';
import { isWritError, type Metrics, MINUTE, silentMetrics } from '#shared/kernel/index.ts';
import { type Document, isTarget, type Ledger } from '#shared/ledger/index.ts';
import { intakeMessage } from './commit-transition.ts';
import { DecisionRefusedError } from './errors.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { bodyOf, type DecisionBody, type GateBody, gateTargetId, list, type RunKey, target } from './run.ts';

/** A person who wants to decide, as whoever let them in knows them. */
export interface Approver {
  readonly actor: Actor;
  readonly roles: readonly string[];
  /** Ids of the policies that let them decide. Stand in the entry. */
  readonly policies?: readonly string[];
}

export interface Decide {
  readonly key: RunKey;
  readonly gate: string;
  readonly outcome: 'approved' | 'rejected';
  /** Why, in the approver's words: 1 to 500 characters. Stored as `internal`: not the place for personal data. */
  readonly reason: string;
  /** Commitment of the gate document the approver was shown. */
  readonly seen: string;
  /** Names the request in the entry. */
  readonly trace?: string;
}

export interface Decided {
  /** As it is stored. */
  readonly decision: DecisionBody;
  /** False: it was there already, the same of the same person, and nothing was written. */
  readonly created: boolean;
}

export interface OpenGate {
  readonly key: RunKey;
  readonly gate: GateBody;
  /** Names what is shown; a decision repeats it. */
  readonly seen: string;
}

const REASON_MAX = 500;

/**
 * Records what a person decides at a gate, in a document of its own that is inserted once. The run goes on by itself. The same decision
 * of the same person, sent again, is done.
 *
 * @throws {@link DecisionRefusedError}: recorded as a denied `gate.decide`; the gate stands as it was.
 * @throws what the ledger throws.
 */
export async function decideGate(
  ports: Pick<EnginePorts, 'ledger' | 'clock' | 'log'>,
  approver: Approver,
  request: Decide,
): Promise<Decided> {
  const { key, gate, outcome, seen } = request;
  if (!isTarget(target.gate(key, gate)) || !isTarget(target.run(key))) return refuseUnnamed(ports, approver, request, unknownGate());
  const [gateTarget, decisionTarget] = [target.gate(key, gate), target.decision(key, gate)];
  const documents = await readAll(ports.ledger, [gateTarget, decisionTarget]);
  const document = documents.get(gateTarget);
  const now = ports.clock.now();
  const standing = sameDecision(approver, request, documents.get(decisionTarget));
  if (standing !== undefined) return { decision: standing, created: false };
  const refusal = refusalOf(approver, request, document, documents.get(decisionTarget), now);
  if (refusal !== undefined || document === undefined) return refuse(ports, approver, request, refusal ?? unknownGate());
  const opened = document.body as unknown as GateBody;
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
    seen,
  };
  try {
    await ports.ledger.commit({
      changes: [{ op: 'insert', target: decisionTarget, body: bodyOf(body), sweepAt: now + MINUTE }],
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
          ...traced(request),
          diffs: {
            [decisionTarget]: [
              { field: 'outcome', after: outcome },
              { field: 'role', after: opened.decidedBy },
              { field: 'seen', after: seen },
            ],
          },
        },
      ],
      messages: [intakeMessage(key)],
    });
    return { decision: body, created: true };
  } catch (error) {
    if (!isWritError(error, 'ledger.conflict')) throw error;
    const [first] = await ports.ledger.read([decisionTarget]);
    const same = sameDecision(approver, request, first);
    if (same !== undefined) return { decision: same, created: false };
    return refuse(
      ports,
      approver,
      request,
      new DecisionRefusedError('gate.decided', `gate ${gate} of run ${key.run} has been decided already`),
    );
  }
}

/** The decision that stands, when it is this one. */
function sameDecision({ actor }: Approver, { outcome, reason, seen }: Decide, standing: Document | undefined): DecisionBody | undefined {
  const decision = standing?.body as unknown as DecisionBody | undefined;
  const isSame = decision?.by === actor.id && decision.outcome === outcome && decision.reason === reason.trim() && decision.seen === seen;
  return isSame ? decision : undefined;
}

const permittedBy = ({ policies }: Approver) => (policies === undefined ? {} : { policies: [...policies] });
const traced = ({ trace }: Decide) => (trace === undefined ? {} : { trace });
const unknownGate = () => new DecisionRefusedError('gate.unknown', 'there is no such gate');

/** Why this person may not make this decision; undefined when they may. */
function refusalOf(
  { actor, roles }: Approver,
  { key, gate, outcome, reason, seen }: Decide,
  document: Document | undefined,
  decided: Document | undefined,
  now: number,
): DecisionRefusedError | undefined {
  const opened = document?.body as unknown as GateBody | undefined;
  if (document === undefined || opened === undefined) return unknownGate();
  if (outcome !== 'approved' && outcome !== 'rejected')
    return new DecisionRefusedError('gate.outcome', 'a decision is approved or rejected');
  if (!roles.includes(opened.decidedBy))
    return new DecisionRefusedError(
      'gate.role',
      `gate ${gate} is decided by the role ${opened.decidedBy}; you have ${roles.join(', ') || 'none'}`,
    );
  if (actor.id === opened.requester) return new DecisionRefusedError('gate.requester', `who started a run decides at none of its gates`);
  if (decided !== undefined) return new DecisionRefusedError('gate.decided', `gate ${gate} of run ${key.run} has been decided already`);
  if (now >= opened.expiresAt)
    return new DecisionRefusedError(
      'gate.expired',
      `gate ${gate} of run ${key.run} expired at ${new Date(opened.expiresAt).toISOString()}`,
    );
  if (seen !== document.commitment)
    return new DecisionRefusedError('gate.stale', 'what you were shown is not what stands at the gate; look again');
  const length = reason.trim().length;
  if (length < 1 || length > REASON_MAX || !reason.isWellFormed())
    return new DecisionRefusedError('gate.reason', `a reason has 1 to ${REASON_MAX} characters, got ${length}`);
  return undefined;
}

/** What was asked for has no place in a key, so it has none in an entry either. */
async function refuseUnnamed(
  ports: Pick<EnginePorts, 'ledger'>,
  approver: Approver,
  request: Decide,
  refusal: DecisionRefusedError,
): Promise<never> {
  const why = { ...permittedBy(approver), code: refusal.code, reason: refusal.message };
  const { actor } = approver;
  await ports.ledger.commit({
    entries: [{ workspace: 'platform', actor, action: 'gate.decide', outcome: 'denied', why, ...traced(request) }],
  });
  throw refusal;
}

async function refuse(
  ports: Pick<EnginePorts, 'ledger'>,
  approver: Approver,
  request: Decide,
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
        ...traced(request),
      },
    ],
  });
  throw refusal;
}

/**
 * Gates of a workspace that nobody has decided yet, oldest first. What may be stale in the list is read again here.
 *
 * Who may insert a document chooses the list it is found in, so a gate counts only where its key is of the workspace and agrees with
 * what it says of itself: no step can show its gates to the people of another workspace.
 */
export async function openGates(ledger: Ledger, workspace: string, now: number, metrics: Metrics = silentMetrics): Promise<OpenGate[]> {
  const open: OpenGate[] = [];
  let after: string | undefined;
  do {
    const page = await ledger.query({ by: 'list', list: list.gates(workspace), limit: 100, ...(after === undefined ? {} : { after }) });
    const gates = page.documents
      .map((document) => ({ document, gate: document.body as unknown as GateBody }))
      .filter(({ document, gate }) => isGateOf(workspace, document, gate));
    if (gates.length < page.documents.length) metrics.add('IndexMismatches', page.documents.length - gates.length);
    const keys = gates.map(({ gate }) => ({ automation: gate.automation, workspace: gate.workspace, run: gate.run }));
    const decided = await ledger.read(gates.map(({ gate }, i) => target.decision(keys[i] as RunKey, gate.gate)));
    for (const [i, { document, gate }] of gates.entries()) {
      if (decided[i] === undefined && gate.expiresAt > now) open.push({ key: keys[i] as RunKey, gate, seen: document.commitment });
    }
    after = page.next;
  } while (after !== undefined);
  return open;
}

function isGateOf(workspace: string, document: Document, gate: Partial<GateBody> | null): boolean {
  if (gate === null || gate.workspace !== workspace || gate.automation === undefined || gate.run === undefined || gate.gate === undefined)
    return false;
  return document.target === target.gate({ automation: gate.automation, workspace, run: gate.run }, gate.gate);
}
