import { afterIntake, afterStep, type Flow } from '#shared/automation/index.ts';
import {
  type Commit,
  type Document,
  type Ledger,
  type Message,
  serviceActor,
} from '#shared/ledger/index.ts';
import { intakeMessage, messagesOf } from './commit-transition.ts';
import {
  parseDecisionTarget,
  parseGateTarget,
  parseRunTarget,
  type Run,
  runKind,
} from './documents/index.ts';
import { handleMessage } from './handle-message.ts';
import { sendsOf } from './machine.ts';
import type { EnginePorts } from './ports.ts';
import { openSession, type RunSession } from './run-session.ts';

/** Maximum number of documents per invocation. The next scheduled invocation handles the rest. */
const BATCH = 1_000;

/** Error code of a message that exceeded the maximum number of deliveries of its queue. */
const DELIVERY_EXHAUSTED = 'delivery.exhausted';

/**
 * Sends messages again for runs and decisions whose sweep mark is due, because the first messages
 * may be lost. The commit that continues the run removes the mark, and a duplicate message has no
 * effect.
 *
 * @returns the number of documents found.
 */
export async function sweep(
  ports: Pick<EnginePorts, 'ledger' | 'clock'>,
  flow: Flow,
): Promise<number> {
  const { documents } = await ports.ledger.query({
    by: 'sweep',
    automation: flow.name,
    until: ports.clock.now(),
    limit: BATCH,
  });

  await send(
    ports.ledger,
    documents.flatMap((document) => messagesFor(flow, document)),
  );

  return documents.length;
}

/**
 * Returns the messages for a document with a due sweep mark. Skips a run whose body contradicts its
 * key. A step can write any body to the documents of its automation, and one invalid message would
 * stop the entire batch.
 */
function messagesFor(flow: Flow, document: Document): Message[] {
  const { target } = document;
  const key = parseRunTarget(target) ?? parseDecisionTarget(target);
  if (key?.automation !== flow.name) return [];
  if ('gate' in key) return [intakeMessage(key)];

  const run = runKind.find(document);
  const isOfKey =
    run?.id === key.run && run.workspace === key.workspace && run.automation === flow.name;
  if (!isOfKey || !Object.values(run.subjects).every(isReference)) return [];

  return messagesOf(
    flow,
    run,
    sendsOf(run).filter(({ step }) => flow.steps.has(step)),
  );
}

const isReference = (subject: unknown) => typeof subject === 'string' && subject.length <= 256;

/**
 * Sends messages for due timers. The commit that settles the gate removes the timer, so a timer
 * that fires twice has only one effect.
 *
 * @returns the number of due timers.
 */
export async function fireTimers(
  ports: Pick<EnginePorts, 'ledger' | 'clock'>,
  flow: Flow,
): Promise<number> {
  const { documents } = await ports.ledger.query({
    by: 'due',
    automation: flow.name,
    until: ports.clock.now(),
    limit: BATCH,
  });

  // read from the key, because a step can write any body
  const keys = documents
    .flatMap(({ target }) => parseGateTarget(target, 'timer') ?? [])
    .filter(({ automation }) => automation === flow.name);

  await send(ports.ledger, keys.map(intakeMessage));

  return documents.length;
}

async function send(ledger: Ledger, messages: readonly Message[]): Promise<void> {
  if (messages.length > 0) await ledger.send(messages);
}

/**
 * Handles a message from the dead-letter queue. Parks its run with the reason, until a person
 * resolves it. If the work of the message is already done, only the messages to the next steps may
 * be lost. In that case, the run is marked for the sweeper instead.
 */
export async function parkUndelivered(
  ports: EnginePorts,
  flow: Flow,
  message: Message,
): Promise<void> {
  const handled = { ports, flow, message, receives: 1 };
  const { run, step } = message;

  await handleMessage(handled, async () => {
    const session = await openSession(handled, { fields: [], otherTargets: () => [] });
    if (session === undefined)
      return ports.log.line('error', 'undeliverable message for a run that does not exist', {
        run,
        step,
      });

    const commit = isDone(session.run, step) ? markOf(session, step) : parkOf(session, step);
    if (commit !== undefined) await ports.ledger.commit(commit);
  });
}

/**
 * Tests whether the work of a message is done: its step is done or, for a message to the intake,
 * every open gate is settled.
 */
function isDone(run: Run, step: string): boolean {
  return step === 'intake' ? run.status === 'running' : run.steps[step]?.state === 'done';
}

/** Returns the commit that marks a run for the sweeper; undefined if no next step is ready. */
function markOf(session: RunSession, step: string): Commit | undefined {
  const { ports, flow, run } = session;
  const { steps } = step === 'intake' ? afterIntake(flow) : afterStep(flow, step);

  // a claimed step has received its message, and a mark would conflict with the commit that ends
  // its claim
  const ready = sendsOf(run).filter(
    (next) => steps.has(next.step) && run.steps[next.step]?.state === 'ready',
  );
  if (ready.length === 0) return undefined;

  const reason =
    `${step} was given up after too many deliveries, but had done its work; ` +
    'the messages to the next steps may have been lost';
  const unchanged = { run, rules: [], opened: [], sends: [] };

  return session.commitOf(unchanged, session.fields.clear(), {
    entry: {
      action: 'run.mark',
      outcome: 'ok',
      actor: serviceActor(ports.ledger),
      step,
      why: { code: DELIVERY_EXHAUSTED, reason },
    },
    sweepAt: ports.clock.now(),
  });
}

/** Returns the commit that parks a run; undefined if it has ended or is parked. */
function parkOf(session: RunSession, step: string): Commit | undefined {
  const { ports, run } = session;
  const unsettled = run.steps[step]?.state === 'claimed' ? ', its vendor call unsettled' : '';
  const why = {
    code: DELIVERY_EXHAUSTED,
    reason: `step ${step} was given up after too many deliveries${unsettled}`,
  };

  const clear = session.fields.clear();
  const after = session.transition({ type: 'parked', step, ...why }, clear);
  if (after.run === run) return undefined;

  return session.commitOf(after, clear, {
    entry: { action: 'run.park', outcome: 'failed', actor: serviceActor(ports.ledger), step, why },
  });
}
