import { afterIntake, afterStep, type Flow } from '#shared/automation/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import {
  type Commit,
  type Document,
  type Ledger,
  type Message,
  serviceActor,
} from '#shared/ledger/index.ts';
import { commitOf, intakeMessage, messagesOf } from './commit-transition.ts';
import {
  parseDecisionTarget,
  parseRunTarget,
  type Run,
  runKind,
  timerKind,
} from './documents/index.ts';
import { type LoadedRun, loadRun } from './load-run.ts';
import { sendsOf, transition } from './machine.ts';
import { isDamagedDocument, parkDamaged } from './park-damaged.ts';
import type { EnginePorts } from './ports.ts';

/**
 * Documents at once. What is left is found the next time: nothing stays in an index that cannot be
 * dealt with.
 */
const BATCH = 1_000;

/**
 * Sends word again for what may have lost it: runs and decisions whose mark is due. The mark is
 * taken off by the commit that makes the next step, so nothing is left out and a second sending is
 * harmless.
 *
 * @returns how many documents were looked after.
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
    documents.flatMap((document) => wordFor(flow, document)),
  );

  return documents.length;
}

function wordFor(flow: Flow, document: Document): Message[] {
  const { target } = document;
  const key = parseRunTarget(target) ?? parseDecisionTarget(target);
  if (key?.automation !== flow.name) return [];
  if ('gate' in key) return [intakeMessage(key)];

  const run = runKind.find(document);
  return run === undefined ? [] : messagesOf(flow, run, sendsOf(run));
}

/**
 * Sends word for timers that are due. A timer is taken away by the commit that acts on it; fired
 * twice, it does nothing twice.
 *
 * @returns how many timers were due.
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

  const timers = documents.flatMap((document) => timerKind.find(document) ?? []);

  await send(
    ports.ledger,
    timers.map(({ workspace, run }) => intakeMessage({ automation: flow.name, workspace, run })),
  );

  return documents.length;
}

async function send(ledger: Ledger, messages: readonly Message[]): Promise<void> {
  if (messages.length > 0) await ledger.send(messages);
}

const REREADS = 8;

/**
 * Deals with a message that could not be delivered. Its run is parked, so that a person finds it
 * with its reason. Where what it asked for was done after all, word of what follows may have been
 * lost with it: then the run is marked for its sweeper.
 */
export async function parkUndelivered(
  ports: EnginePorts,
  flow: Flow,
  message: Message,
): Promise<void> {
  for (let reread = 0; ; reread++) {
    try {
      const loaded = await loadRun(ports, flow, message, { fields: [], others: () => [] });
      if (loaded === undefined)
        return ports.log.line('error', 'undeliverable message for a run that does not exist', {
          run: message.run,
          step: message.step,
        });

      const commit = wasDone(loaded.run, message)
        ? markOf(ports, flow, loaded, message)
        : parkOf(ports, flow, loaded, message);

      if (commit !== undefined) await ports.ledger.commit(commit);

      return;
    } catch (error) {
      if (isDamagedDocument(error)) return parkDamaged(ports, flow, message, error);
      if (!isWritError(error, 'ledger.conflict', 'ledger.unknown') || reread === REREADS)
        throw error;
    }
  }
}

/**
 * Whether what a message asked for has happened: its step is done, or, of word to the intake, no
 * gate is open any more.
 */
function wasDone(run: Run, { step }: Message): boolean {
  return step === 'intake' ? run.status === 'running' : run.steps[step]?.state === 'done';
}

function markOf(
  ports: EnginePorts,
  flow: Flow,
  loaded: LoadedRun,
  { step }: Message,
): Commit | undefined {
  const { steps } = step === 'intake' ? afterIntake(flow) : afterStep(flow, step);
  // a step that has made its claim has had word; marking its run now would come between the claim
  // and its end
  const waiting = sendsOf(loaded.run).filter(
    (next) => steps.has(next.step) && loaded.run.steps[next.step]?.state === 'ready',
  );
  if (waiting.length === 0) return undefined;

  const reason = `${step} was given up after too many deliveries, but had done its work; word of what follows may have been lost`;
  const unchanged = { run: loaded.run, rules: [], opened: [], sends: [] };

  return commitOf(flow, loaded, unchanged, loaded.fields.clear(), {
    entry: {
      action: 'run.mark',
      outcome: 'ok',
      actor: serviceActor(ports.ledger),
      step,
      why: { code: GIVEN_UP, reason },
    },
    sweepAt: ports.clock.now(),
  });
}

function parkOf(
  ports: EnginePorts,
  flow: Flow,
  loaded: LoadedRun,
  { step }: Message,
): Commit | undefined {
  const unsettled =
    loaded.run.steps[step]?.state === 'claimed' ? ', its vendor call unsettled' : '';
  const reason = `step ${step} was given up after too many deliveries${unsettled}`;
  const clear = loaded.fields.clear();
  const event = { type: 'parked', step, code: GIVEN_UP, reason } as const;
  const after = transition(flow, loaded.run, event, {
    clear,
    rollout: loaded.rollout,
    now: ports.clock.now(),
  });
  if (after.run === loaded.run) return undefined; // it has ended, or was parked

  return commitOf(flow, loaded, after, clear, {
    entry: {
      action: 'run.park',
      outcome: 'failed',
      actor: serviceActor(ports.ledger),
      step,
      why: { code: GIVEN_UP, reason },
    },
  });
}

const GIVEN_UP = 'delivery.exhausted';
