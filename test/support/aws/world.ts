import { openWorkbenchOn } from '#functions/wiring/workbench.ts';
import type { Flow } from '#shared/automation/index.ts';
import type { VendorGateway } from '#shared/engine/index.ts';
import { DAY, isWritError, MINUTE, type Random, seededRandom } from '#shared/kernel/index.ts';
import { SqsSender } from '#shared/ledger/adapters/sqs/sender.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { afterTest } from '../after-test.ts';
import { APPROVER, type Bench, runDocument } from '../bench.ts';
import { type AwsBase, openAwsBase } from './bench.ts';
import { AT_ONCE } from './dynamo-ledger.ts';
import { type Crash, DIED, die, diesAtSend, mortal, mortally } from './mortal.ts';
import { deadOf, SimulatedQueues } from './simulated-queues.ts';

type QueueFunction = Bench['functions'][number];

/**
 * Messages that Lambda takes at once, and how long the queue of the dead hides what it handed out:
 * as the templates set it.
 */
const BATCH = 10;
const DEAD_VISIBILITY_MS = 3 * MINUTE;

/**
 * An automation on the adapters of AWS in a world whose time is moved by hand, in which processes
 * die. Time passes only when nobody is at work, so a test is the same on a slow machine.
 */
export async function openWorld(
  flow: Flow,
  vendors: VendorGateway,
  seed = 'world',
): Promise<World> {
  const time = new ManualTimers(Date.UTC(2026, 0, 2));
  const random = seededRandom(seed);
  const queues = new SimulatedQueues(time);

  const sqs = new SqsSender({
    client: queues.client,
    urlOf: (queue) => `https://sqs.test/000000000000/${queue}`,
    timers: AT_ONCE,
    random,
  });

  const base = await openAwsBase({
    clock: time,
    timers: time,
    random,
    sender: { send: (messages) => (diesAtSend() ? die() : sqs.send(messages)) },
  });

  const world: World = new World(flow, base, queues, time);

  afterTest(() => world.base.store.close());
  await world.open(vendors, random);

  return world;
}

export class World {
  readonly base: AwsBase;
  readonly queues: SimulatedQueues;
  readonly time: ManualTimers;
  /** Where a process dies, asked for every commit by its number, from 1. */
  crash: ((nth: number) => Crash | undefined) | undefined;
  /** How many messages one invocation gets. */
  batchSize: () => number = () => BATCH;
  readonly lines: { readonly level: string; readonly message: string; readonly facts: unknown }[] =
    [];
  readonly #flow: Flow;
  #bench: Bench | undefined;
  #functions: QueueFunction[] = [];
  #commits = 0;

  constructor(flow: Flow, base: AwsBase, queues: SimulatedQueues, time: ManualTimers) {
    this.#flow = flow;
    this.base = base;
    this.queues = queues;
    this.time = time;
  }

  async open(vendors: VendorGateway, random: Random): Promise<void> {
    const { time, base } = this;

    const bench = await openWorkbenchOn(
      this.#flow,
      {
        clock: time,
        timers: time,
        random,
        vendors,
        log: { line: (level, message, facts) => this.lines.push({ level, message, facts }) },
        between: (ledger) => mortally(ledger, () => this.crash?.(++this.#commits)),
      },
      base,
    );

    await bench.seedRollout('exceptions');
    this.#functions = [...bench.functions];
    this.#bench = bench;
  }

  get bench(): Bench {
    if (this.#bench === undefined) throw new Error('the world is not open');
    return this.#bench;
  }

  /** The function behind a queue, as the instance that has run so far, or anew. */
  function(queue: string, instance: 'warm' | 'cold' = 'warm'): QueueFunction {
    const found = (instance === 'warm' ? this.#functions : this.bench.connect()).find(
      (fn) => fn.queue === queue,
    );
    if (found === undefined) throw new Error(`no function behind ${queue}`);
    return found;
  }

  /** What a client does: it asks again until it is answered. */
  async ask<T>(act: () => Promise<T>): Promise<T> {
    for (let tries = 0; tries < 50; tries++) {
      try {
        const answer = await mortal(act);
        if (answer !== DIED) return answer;
      } catch (error) {
        if (!isWritError(error) || error.fate === 'refuse') throw error;
      }
    }

    throw new Error('asked 50 times, and was never answered');
  }

  /**
   * Does what Lambda does with the queues until no message is left, or those that are left are not
   * done with in a day.
   */
  async drive(forMs = DAY): Promise<void> {
    const end = this.time.now() + forMs;
    for (;;) {
      const work = this.#functions.flatMap((fn) => this.#take(fn));
      await Promise.all(work.map((one) => one()));

      if (work.length > 0) continue;
      const next = this.queues.nextAt;
      if (next === undefined || next > end) return;

      this.time.advance(Math.max(0, next - this.time.now()));
    }
  }

  /**
   * Takes a run to its end: gates are approved, and the sweeper looks after what nobody redelivers.
   * @returns how often it had to.
   */
  async carry(run: string): Promise<number> {
    for (let sweeps = 0; sweeps < 20; sweeps++) {
      await this.drive();
      await this.approveAll();
      await this.drive();

      const { status } = await this.ask(() => runDocument(this.bench, this.#flow, run));
      if (status !== 'running' && status !== 'waiting') return sweeps;

      this.time.advance(MINUTE);
      await this.ask(() => this.bench.sweep());
    }

    throw new Error(`run ${run} does not end`);
  }

  async approveAll(): Promise<void> {
    for (const { key, gate, seen } of await this.ask(() => this.bench.openGates())) {
      const decision = { key, gate: gate.gate, outcome: 'approved', reason: 'fine', seen } as const;
      await this.ask(() => this.bench.decide(APPROVER, decision)).catch((error: unknown) => {
        // its own decision, of whose end it had not heard
        if (!isWritError(error, 'gate.decided')) throw error;
      });
    }
  }

  #take(fn: QueueFunction): (() => Promise<void>)[] {
    const sources =
      fn.deadQueue === undefined
        ? this.#functions.flatMap(({ queue, deadQueue }) =>
            deadQueue === fn.queue ? [deadOf(queue)] : [],
          )
        : [fn.queue];

    const invocations: (() => Promise<void>)[] = [];

    for (const source of sources) {
      for (;;) {
        const [ms, gives] =
          fn.deadQueue === undefined
            ? ([DEAD_VISIBILITY_MS, 'nothing up'] as const)
            : ([fn.visibilityMs, 'up'] as const);

        const records = this.queues.receive(source, this.batchSize(), ms, gives);
        if (records.length === 0) break;

        invocations.push(() => this.#invoke(fn, source, records));
      }
    }

    return invocations;
  }

  async #invoke(
    fn: QueueFunction,
    source: string,
    records: ReturnType<SimulatedQueues['receive']>,
  ): Promise<void> {
    const answer = await mortal(() => fn.handler({ Records: records }));
    if (answer === DIED) {
      this.#functions = this.#functions.map((one) =>
        one === fn ? this.function(fn.queue, 'cold') : one,
      );
      return;
    }

    const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    for (const { messageId, receiptHandle } of records)
      if (!failed.has(messageId)) this.queues.delete(source, receiptHandle);
  }
}
