import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Delivery, MESSAGE_DELAY_MAX_MS, type Message } from '#shared/ledger/index.ts';

/** Empty queues, from the sending to the receiving end. */
export interface QueuesUnderTest {
  send(messages: readonly Message[]): Promise<void>;
  /** Up to `max` (≤ 10) visible messages; they are held for `visibilityMs`, whole seconds. */
  receive(queue: string, max: number, visibilityMs: number): Promise<readonly Delivery[]>;
  /** Deletes a message that is held. */
  done(queue: string, receipt: string): Promise<void>;
  /**
   * Gives a message that is held back to its queue, to be visible after `delayMs`, whole seconds.
   */
  release(queue: string, receipt: string, delayMs: number): Promise<void>;
  /** Takes what has ended in the dead-letter queue of `queue`. */
  dead(queue: string): Promise<readonly Message[]>;
  /** Lets about so much time pass. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** After so many deliveries a message goes to the dead-letter queue, in every store under test. */
export const MAX_RECEIVES = 5;
/** The queues that a store under test must have. */
export const QUEUES = [
  'invoice-approval.pay',
  ...Array.from({ length: 4 }, (_, i) => `invoice-approval.step-${i}`),
];

const [QUEUE = ''] = QUEUES;
const LONG = 900_000;
const SECOND = 1_000;

const message = (run: string, more: Partial<Message> = {}): Message => ({
  queue: QUEUE,
  workspace: 'acme',
  run,
  step: 'pay',
  subjectRefs: ['s1'],
  ...more,
});
const runsOf = (deliveries: readonly Delivery[]) =>
  deliveries.map((each) => each.message.run).sort();

/**
 * What a queue promises whoever works on its messages, in the embedded mode and on SQS. Where a
 * store's time cannot be moved by hand nothing is said of how long something takes: only that it
 * comes, and that something else has not come by then.
 */
export function describeQueues(name: string, open: () => Promise<QueuesUnderTest>): void {
  describe(`queues: ${name}`, () => {
    let queues: QueuesUnderTest;

    beforeEach(async () => {
      queues = await open();
    });
    afterEach(() => queues.close());

    /** Receives until there are `count` messages, for as long as it may take. */
    async function arriving(
      count: number,
      visibilityMs = LONG,
      queue = QUEUE,
    ): Promise<Delivery[]> {
      const got: Delivery[] = [];
      for (let tries = 0; tries < 100; tries++) {
        got.push(...(await queues.receive(queue, 10, visibilityMs)));
        if (got.length >= count) return got;
        await queues.pass(100);
      }

      throw new Error(`${got.length} of ${count} messages came`);
    }

    it('hand out what was sent, once, with its ids', async () => {
      const sent = message('r-ünï-😀', {
        subjectRefs: Array.from({ length: 16 }, (_, i) => `subject-${i}`),
      });
      await queues.send([sent]);
      const [delivery] = await arriving(1);
      expect(delivery).toMatchObject({ message: sent, receives: 1 });
      expect(await queues.receive(QUEUE, 10, LONG)).toEqual([]);
    });

    it('have nothing where nothing was sent', async () => {
      await queues.send([message('r1', { queue: QUEUES[1] })]);
      expect(await queues.receive(QUEUE, 10, LONG)).toEqual([]);
      expect(runsOf(await arriving(1, LONG, QUEUES[1]))).toEqual(['r1']);
    });

    it('take an empty list, and the same message twice', async () => {
      await queues.send([]);
      await queues.send([message('r1'), message('r1')]);
      expect(runsOf(await arriving(2))).toEqual(['r1', 'r1']);
    });

    it('hand out no more than was asked for', async () => {
      await queues.send(['r1', 'r2', 'r3'].map((run) => message(run)));
      expect(await queues.receive(QUEUE, 2, LONG)).toHaveLength(2);
      expect(await arriving(1)).toHaveLength(1);
    });

    it('hide a message from others while it is held, and hand it out again when its time is over, and count', async () => {
      await queues.send([message('held')]);
      await arriving(1);
      await queues.send([message('let go')]);
      await arriving(1, SECOND);
      const again = await arriving(1);
      expect(again.map((each) => [each.message.run, each.receives])).toEqual([['let go', 2]]);
      expect(await queues.receive(QUEUE, 10, LONG)).toEqual([]);
    });

    it('hold a message back for as long as was asked, and no other', async () => {
      await queues.send([
        message('much later', { delayMs: MESSAGE_DELAY_MAX_MS }),
        message('soon', { delayMs: SECOND }),
        message('now'),
      ]);
      expect(runsOf(await arriving(2))).toEqual(['now', 'soon']);
      expect(await queues.receive(QUEUE, 10, LONG)).toEqual([]);
    });

    it('do not bring back what is done', async () => {
      await queues.send([message('done'), message('failed')]);
      for (const { receipt, message: of } of await arriving(2)) {
        if (of.run === 'done') await queues.done(QUEUE, receipt);
        else await queues.release(QUEUE, receipt, 0);
      }
      expect(runsOf(await arriving(1))).toEqual(['failed']);
    });

    it('bring back of a batch only what failed', async () => {
      const runs = Array.from({ length: 10 }, (_, i) => `r${i}`);

      await queues.send(runs.map((run) => message(run)));

      const failing = new Set(['r3', 'r7']);
      for (const { receipt, message: of } of await arriving(10)) {
        await (failing.has(of.run)
          ? queues.release(QUEUE, receipt, 0)
          : queues.done(QUEUE, receipt));
      }

      const again = await arriving(2);

      expect(again.map((each) => [each.message.run, each.receives]).sort()).toEqual([
        ['r3', 2],
        ['r7', 2],
      ]);

      expect(await queues.receive(QUEUE, 10, LONG)).toEqual([]);
    });

    it('put what came too often into the dead-letter queue of its own queue, with its ids, and nothing else', async () => {
      const hopeless = message('hopeless', { subjectRefs: ['s1', 's2'] });

      await queues.send([hopeless, message('elsewhere', { queue: QUEUES[1] })]);

      for (let receives = 1; receives <= MAX_RECEIVES; receives++) {
        const [delivery] = await arriving(1);
        expect(delivery).toMatchObject({ message: { run: 'hopeless' }, receives });
        await queues.release(QUEUE, delivery?.receipt ?? '', 0);
      }

      expect(await queues.dead(QUEUE)).toEqual([]);
      expect(await queues.receive(QUEUE, 10, LONG)).toEqual([]);

      const { queue: _, ...ids } = hopeless;

      expect(await queues.dead(QUEUE)).toMatchObject([ids]);
      expect(await queues.dead(QUEUES[1] ?? '')).toEqual([]);
      expect(runsOf(await arriving(1, LONG, QUEUES[1]))).toEqual(['elsewhere']);
    });

    it('lose none of hundreds of messages for many queues that were sent at once', async () => {
      const all = Array.from({ length: 230 }, (_, i) =>
        message(`r${i}`, { queue: QUEUES[i % QUEUES.length] }),
      );

      await queues.send(all);

      const got = await Promise.all(QUEUES.map((queue) => arriving(46, LONG, queue)));
      const pairs = (some: readonly Message[]) =>
        some.map((each) => `${each.queue} ${each.run}`).sort();

      expect(pairs(got.flat().map((each) => each.message))).toEqual(pairs(all));
    });
  });
}
