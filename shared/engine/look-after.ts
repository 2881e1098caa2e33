import type { Flow } from '#shared/automation/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { type Document, type Ledger, type Message, serviceActor } from '#shared/ledger/index.ts';
import { commitOf, intakeMessage, messagesOf } from './commit-transition.ts';
import { loadRun } from './load-run.ts';
import { sendsOf, transition } from './machine.ts';
import type { EnginePorts } from './ports.ts';
import { type DecisionBody, runOf, type TimerBody } from './run.ts';

const BATCH = 100;

/**
 * Sends word again for what may have lost it: runs and decisions whose mark is due. The mark is taken off by the commit
 * that makes the next step, so nothing is left out and a second sending is harmless.
 *
 * @returns how many documents were looked after.
 */
export async function sweep(ports: Pick<EnginePorts, 'ledger' | 'clock'>, flow: Flow): Promise<number> {
  const { documents } = await ports.ledger.query({ by: 'sweep', automation: flow.name, until: ports.clock.now(), limit: BATCH });
  await send(
    ports.ledger,
    documents.flatMap((document) => wordFor(flow, document)),
  );
  return documents.length;
}

function wordFor(flow: Flow, document: Document): Message[] {
  const [kind, automation, workspace] = document.target.split('#');
  if (automation !== flow.name || workspace === undefined) return [];
  if (kind === 'run') {
    const run = runOf(document);
    return messagesOf(flow, run, sendsOf(run));
  }
  if (kind === 'decision') return [intakeMessage({ automation, workspace, run: (document.body as unknown as DecisionBody).run })];
  return [];
}

/**
 * Sends word for timers that are due. A timer is taken away by the commit that acts on it; fired twice, it does nothing
 * twice.
 *
 * @returns how many timers were due.
 */
export async function fireTimers(ports: Pick<EnginePorts, 'ledger' | 'clock'>, flow: Flow): Promise<number> {
  const { documents } = await ports.ledger.query({ by: 'due', automation: flow.name, until: ports.clock.now(), limit: BATCH });
  const timers = documents.map((document) => document.body as unknown as TimerBody);
  await send(
    ports.ledger,
    timers.map(({ workspace, run }) => intakeMessage({ automation: flow.name, workspace, run })),
  );
  return timers.length;
}

async function send(ledger: Ledger, messages: readonly Message[]): Promise<void> {
  if (messages.length > 0) await ledger.send(messages);
}

const REREADS = 8;

/** Parks the run of a message that could not be delivered, so that a person finds it with its reason. */
export async function parkUndelivered(ports: EnginePorts, flow: Flow, message: Message): Promise<void> {
  for (let reread = 0; ; reread++) {
    const loaded = await loadRun(ports, flow, message, { fields: [], others: () => [] });
    if (loaded === undefined)
      return ports.log.line('error', 'undeliverable message for a run that does not exist', { run: message.run, step: message.step });
    const state = loaded.run.steps[message.step]?.state;
    const reason =
      state === 'claimed'
        ? `step ${message.step} was given up after too many deliveries, its vendor call unsettled`
        : `step ${message.step} was given up after too many deliveries`;
    const event = { type: 'parked', step: message.step, code: 'delivery.exhausted', reason } as const;
    const clear = loaded.fields.clear();
    const after = transition(flow, loaded.run, event, { clear, rollout: loaded.rollout, now: ports.clock.now() });
    if (after.run === loaded.run || state === 'done') return; // it went on after all
    const commit = commitOf(flow, loaded, after, clear, {
      entry: {
        action: 'run.park',
        outcome: 'failed',
        actor: serviceActor(ports.ledger),
        step: message.step,
        why: { code: event.code, reason },
      },
    });
    try {
      await ports.ledger.commit(commit);
      return;
    } catch (error) {
      if (!isWritError(error, 'ledger.conflict', 'ledger.unknown') || reread === REREADS) throw error;
    }
  }
}
