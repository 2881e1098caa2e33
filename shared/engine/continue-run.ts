import { type Flow, SUPERVISE } from '#shared/automation/index.ts';
import { type Change, serviceActor } from '#shared/ledger/index.ts';
import { messagesOf } from './commit-transition.ts';
import { decisionKind, gateKind, gateTargetId, type RunKey, target } from './documents/index.ts';
import { handleMessage, type MessageContext } from './handle-message.ts';
import { sendsOf } from './machine.ts';
import { RunReservations, reservingSteps } from './reservations.ts';
import { openSession, type RunSession, versionReason } from './run-session.ts';

/**
 * Settles a decided or expired gate of a run and advances the run. The intake of an automation
 * calls this for a message from a decision, a timer or the sweeper. If no gate can be settled, the
 * run does not change.
 *
 * From the second delivery of the message on, the messages to the next steps are sent again,
 * because the first messages may be lost.
 */
export async function continueRun(handled: MessageContext): Promise<void> {
  const { ports, flow, message } = handled;
  const gates = gatesOf(flow);
  const others = (key: RunKey) => [
    ...gates.flatMap((gate) => [
      target.gate(key, gate),
      target.decision(key, gate),
      target.timer(key, gate),
    ]),
    ...reservingSteps(flow).map((step) => target.reservation(key, step)),
  ];

  await handleMessage(handled, async (received) => {
    const session = await openSession(handled, { fields: [], otherTargets: others });
    if (session === undefined)
      return ports.log.line('warn', 'message of a gate for a run that does not exist', {
        run: message.run,
      });

    const settled = findSettlement(session, gates);
    if (session.run.definition !== flow.definition) return parkForVersion(session, settled);
    if (settled !== undefined) return settle(session, settled);
    if (await recordLateDecision(session, gates)) return;

    if (received > 1) await resendMessages(session);
  });
}

/** Returns the gates of the flow and the supervising gates that the engine opens. */
const gatesOf = (flow: Flow): readonly string[] => [
  ...flow.gates.keys(),
  ...[...flow.steps.keys()].map((step) => SUPERVISE + step),
];

/** Outcome of a gate that is ready to be settled. */
interface GateSettlement {
  readonly gate: string;
  readonly outcome: 'approved' | 'rejected' | 'expired';
  /** Key of the decision document. Absent if the gate expired. */
  readonly decision?: string;
}

/**
 * Finds an open gate that is decided or expired. Only a decision document counts, and only if the
 * decision was made before the gate expired.
 */
function findSettlement(
  { ports, run, key, documents }: RunSession,
  gates: readonly string[],
): GateSettlement | undefined {
  for (const gate of gates.filter((name) => run.gates[name] === 'open')) {
    const gateDocument = documents.get(target.gate(key, gate));
    const document = documents.get(target.decision(key, gate));
    if (gateDocument === undefined) continue;

    const { expiresAt } = gateKind.body(gateDocument);
    const decision = document && decisionKind.body(document);

    if (
      document !== undefined &&
      decision?.run === key.run &&
      decision.gate === gate &&
      decision.at < expiresAt
    )
      return { gate, outcome: decision.outcome, decision: document.target };

    if (ports.clock.now() >= expiresAt) return { gate, outcome: 'expired' };
  }

  return undefined;
}

async function settle(session: RunSession, settled: GateSettlement): Promise<void> {
  const { gate, outcome, decision } = settled;
  const { ports, key, run, rollout } = session;

  const clear = session.fields.clear();
  const after = session.transition({ type: 'gate-settled', gate, outcome }, clear);
  if (after.run === run) return recordNoEffect(session, settled, `run.${run.status}`);

  // a rejected run never performs the effect for which it reserved amounts
  const reservations = new RunReservations(session);
  const released = outcome === 'approved' ? undefined : await reservations.release(ports.ledger);

  const commit = session.commitOf(after, clear, {
    entry: {
      action: 'gate.pass',
      outcome: outcome === 'approved' ? 'ok' : 'denied',
      actor: serviceActor(ports.ledger),
      targets: [{ kind: 'gate', id: gateTargetId(key, gate) }],
      why: {
        code: `gate.${outcome}`,
        rollout,
        decisions: decision === undefined ? undefined : [decision],
      },
    },
    changes: timerRemoval(session, gate).concat(released?.changes ?? []),
    diffs: released?.diffs,
    // a decision never changes, so no check is needed; only its sweep mark is removed
    unmark: listOf(decision),
  });

  await ports.ledger.commit(commit);
}

/** Returns the removal of a gate's timer. The commit must also replace the run document. */
function timerRemoval({ key, documents }: RunSession, gate: string): Change[] {
  const timer = documents.get(target.timer(key, gate));
  return timer === undefined ? [] : [{ op: 'remove', target: timer.target, at: timer }];
}

/**
 * Records that a decision or an expiry has no effect, because the run has ended or is parked, or
 * the gate is already settled. Removes the timer and the sweep mark of the decision.
 */
async function recordNoEffect(
  session: RunSession,
  { gate, decision }: Pick<GateSettlement, 'gate' | 'decision'>,
  code: string,
): Promise<void> {
  const { ports, key, run } = session;
  const timers = timerRemoval(session, gate);
  if (decision === undefined && timers.length === 0) return;

  await ports.ledger.commit({
    // the run does not change, but replacing it serializes commits that remove the same timer
    changes: timers.length === 0 ? [] : [session.change(run), ...timers],
    entries: [
      {
        workspace: run.workspace,
        run: run.id,
        actor: serviceActor(ports.ledger),
        action: 'gate.pass',
        outcome: 'failed',
        targets: [{ kind: 'gate', id: gateTargetId(key, gate) }],
        why: { code, decisions: decision === undefined ? undefined : [decision] },
      },
    ],
    unmark: listOf(decision),
  });
}

/**
 * Records a late decision, which was acknowledged while its gate expired.
 *
 * @returns true if a late decision was found.
 */
async function recordLateDecision(session: RunSession, gates: readonly string[]): Promise<boolean> {
  const { key, run, documents } = session;
  const late = gates.find(
    (gate) =>
      run.gates[gate] === 'expired' && documents.get(target.decision(key, gate)) !== undefined,
  );
  if (late === undefined) return false;

  await recordNoEffect(
    session,
    { gate: late, decision: target.decision(key, late) },
    'gate.expired',
  );
  return true;
}

/** Parks a run that was started with another version of the flow. */
async function parkForVersion(
  session: RunSession,
  settled: GateSettlement | undefined,
): Promise<void> {
  const { ports, flow, run } = session;
  const why = { code: 'run.version', reason: versionReason(flow, run) };

  const clear = session.fields.clear();
  const after = session.transition({ type: 'parked', ...why }, clear);
  if (after.run === run) return settled && recordNoEffect(session, settled, `run.${run.status}`);

  const commit = session.commitOf(after, clear, {
    entry: { action: 'run.park', outcome: 'failed', actor: serviceActor(ports.ledger), why },
    changes: settled === undefined ? [] : timerRemoval(session, settled.gate),
    unmark: listOf(settled?.decision),
  });

  await ports.ledger.commit(commit);
}

async function resendMessages({ ports, flow, run }: RunSession): Promise<void> {
  const messages = messagesOf(flow, run, sendsOf(run));
  if (messages.length > 0) await ports.ledger.send(messages);
}

const listOf = (decision: string | undefined) => (decision === undefined ? [] : [decision]);
