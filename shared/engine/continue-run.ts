import { type Flow, SUPERVISE } from '#shared/automation/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { type Change, type Message, serviceActor } from '#shared/ledger/index.ts';
import { commitOf, messagesOf } from './commit-transition.ts';
import { decisionKind, gateKind, gateTargetId, type RunKey, target } from './documents/index.ts';
import { type LoadedRun, loadRun, versionReason } from './load-run.ts';
import { sendsOf, transition } from './machine.ts';
import { isDamagedDocument, parkDamaged } from './park-damaged.ts';
import type { EnginePorts } from './ports.ts';
import { RunReservations, reservingSteps } from './reservations.ts';

const REREADS = 8;

/**
 * Takes a run past the gates that have been decided or have expired. The intake of an automation
 * does this when word comes from a decision, a timer or a sweep; without anything to settle it
 * changes nothing.
 */
export async function continueRun(
  ports: EnginePorts,
  flow: Flow,
  message: Message,
  receives: number,
): Promise<void> {
  const gates = [...flow.gates.keys(), ...[...flow.steps.keys()].map((step) => SUPERVISE + step)];

  const others = (key: RunKey) => [
    ...gates.flatMap((gate) => [
      target.gate(key, gate),
      target.decision(key, gate),
      target.timer(key, gate),
    ]),
    ...reservingSteps(flow).map((step) => target.reservation(key, step)),
  ];

  let received = receives;

  for (let reread = 0; ; reread++) {
    try {
      const loaded = await loadRun(ports, flow, message, { fields: [], others });
      if (loaded === undefined) {
        ports.log.line('warn', 'word of a gate for a run that does not exist', {
          run: message.run,
        });
        return;
      }

      const settled = settledGate(ports, loaded, gates);
      if (loaded.run.definition !== flow.definition)
        await parkForVersion(ports, flow, loaded, settled);
      else if (settled !== undefined) await settle(ports, flow, loaded, settled);
      else if (!(await leaveLateOnes(ports, loaded, gates)) && received > 1)
        await sendAgain(ports, flow, loaded);

      return;
    } catch (error) {
      if (isDamagedDocument(error)) return parkDamaged(ports, flow, message, error);
      if (!isWritError(error, 'ledger.conflict', 'ledger.unknown') || reread === REREADS)
        throw error;

      // it may have happened, and then word of what follows was not sent: from now on this is as if
      // the message came again
      if (isWritError(error, 'ledger.unknown')) received = Math.max(received, 2);
    }
  }
}

interface Settled {
  readonly gate: string;
  readonly outcome: 'approved' | 'rejected' | 'expired';
  /** Key of the decision document; absent for an expiry. */
  readonly decision?: string;
}

/**
 * The open gate that need not stay open, if there is one. Only a decision document counts, and only
 * until the expiry.
 */
function settledGate(
  ports: EnginePorts,
  { run, key, documents }: LoadedRun,
  gates: readonly string[],
): Settled | undefined {
  for (const gate of gates.filter((name) => run.gates[name] === 'open')) {
    const gateDocument = documents.get(target.gate(key, gate));
    const document = documents.get(target.decision(key, gate));
    if (gateDocument === undefined) continue;

    const opened = gateKind.body(gateDocument);
    const decision = document && decisionKind.body(document);
    if (
      document !== undefined &&
      decision?.run === key.run &&
      decision.gate === gate &&
      decision.at < opened.expiresAt
    ) {
      return { gate, outcome: decision.outcome, decision: document.target };
    }
    if (ports.clock.now() >= opened.expiresAt) return { gate, outcome: 'expired' };
  }

  return undefined;
}

async function settle(
  ports: EnginePorts,
  flow: Flow,
  loaded: LoadedRun,
  { gate, outcome, decision }: Settled,
): Promise<void> {
  const clear = loaded.fields.clear();

  const after = transition(
    flow,
    loaded.run,
    { type: 'gate-settled', gate, outcome },
    { clear, rollout: loaded.rollout, now: ports.clock.now() },
  );
  if (after.run === loaded.run)
    return leaveAside(ports, loaded, gate, `run.${loaded.run.status}`, decision);

  // a run that a gate rejects ends without doing what it reserved for
  const reservations = new RunReservations(flow, loaded.key, loaded.documents);
  const released = outcome === 'approved' ? undefined : await reservations.release(ports.ledger);

  const commit = commitOf(flow, loaded, after, clear, {
    entry: {
      action: 'gate.pass',
      outcome: outcome === 'approved' ? 'ok' : 'denied',
      actor: serviceActor(ports.ledger),
      targets: [{ kind: 'gate', id: gateTargetId(loaded.key, gate) }],
      why: {
        code: `gate.${outcome}`,
        rollout: loaded.rollout,
        decisions: decision === undefined ? undefined : [decision],
      },
    },
    changes: [...timerOf(loaded, gate), ...(released?.changes ?? [])],
    diffs: released?.diffs,
    // a decision never changes, so having read it is enough; only its mark is taken off
    unmark: decision === undefined ? [] : [decision],
  });

  await ports.ledger.commit(commit);
}

/**
 * Takes away the timer of a gate that need not be watched any more. Its run is replaced in the same
 * commit.
 */
function timerOf({ key, documents }: LoadedRun, gate: string): Change[] {
  const timer = documents.get(target.timer(key, gate));
  return timer === undefined ? [] : [{ op: 'remove', target: timer.target, at: timer }];
}

/**
 * The run has ended or was parked, or the gate was settled before: what was decided stands, but
 * takes the run nowhere. Nobody needs to look after it any more.
 */
async function leaveAside(
  ports: EnginePorts,
  loaded: LoadedRun,
  gate: string,
  code: string,
  decision: string | undefined,
): Promise<void> {
  const { run } = loaded;
  const timers = timerOf(loaded, gate);
  if (decision === undefined && timers.length === 0) return;

  await ports.ledger.commit({
    // as it is: a removal needs something to rely on
    changes: timers.length === 0 ? [] : [loaded.change(run), ...timers],
    entries: [
      {
        workspace: run.workspace,
        run: run.id,
        actor: serviceActor(ports.ledger),
        action: 'gate.pass',
        outcome: 'failed',
        targets: [{ kind: 'gate', id: gateTargetId(loaded.key, gate) }],
        why: { code, decisions: decision === undefined ? undefined : [decision] },
      },
    ],
    unmark: decision === undefined ? [] : [decision],
  });
}

/**
 * Decisions that were committed in the moment in which their gate expired: acknowledged, and of no
 * effect.
 *
 * @returns whether there was one.
 */
async function leaveLateOnes(
  ports: EnginePorts,
  loaded: LoadedRun,
  gates: readonly string[],
): Promise<boolean> {
  const late = gates.find(
    (gate) =>
      loaded.run.gates[gate] === 'expired' &&
      loaded.documents.get(target.decision(loaded.key, gate)) !== undefined,
  );
  if (late === undefined) return false;

  await leaveAside(ports, loaded, late, 'gate.expired', target.decision(loaded.key, late));

  return true;
}

/** A flow that has changed may not be walked by a run that began with another. */
async function parkForVersion(
  ports: EnginePorts,
  flow: Flow,
  loaded: LoadedRun,
  settled: Settled | undefined,
): Promise<void> {
  const [code, reason] = ['run.version', versionReason(flow, loaded.run)];
  const clear = loaded.fields.clear();

  const after = transition(
    flow,
    loaded.run,
    { type: 'parked', code, reason },
    { clear, rollout: loaded.rollout, now: ports.clock.now() },
  );
  if (after.run === loaded.run)
    return (
      settled &&
      leaveAside(ports, loaded, settled.gate, `run.${loaded.run.status}`, settled.decision)
    );

  const entry = {
    action: 'run.park',
    outcome: 'failed',
    actor: serviceActor(ports.ledger),
    why: { code, reason },
  } as const;

  await ports.ledger.commit(
    commitOf(flow, loaded, after, clear, {
      entry,
      changes: settled === undefined ? [] : timerOf(loaded, settled.gate),
      unmark: settled?.decision === undefined ? [] : [settled.decision],
    }),
  );
}

async function sendAgain(ports: EnginePorts, flow: Flow, { run }: LoadedRun): Promise<void> {
  const messages = messagesOf(flow, run, sendsOf(run));
  if (messages.length > 0) await ports.ledger.send(messages);
}
