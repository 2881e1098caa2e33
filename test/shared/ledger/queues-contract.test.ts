import { randomBytes } from 'node:crypto';
import { seededRandom } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import {
  describeQueues,
  MAX_RECEIVES,
  QUEUES,
  type QueuesUnderTest,
} from '../../contracts/queues.ts';
import { motoClientConfig } from '../../support/aws/moto.ts';
import { createQueues } from '../../support/aws/poller.ts';
import { sqsUnderTest } from '../../support/aws/sqs-under-test.ts';
import { newFolder } from './folder.ts';

describeQueues('embedded', async (): Promise<QueuesUnderTest> => {
  const { folder, discard } = newFolder();
  const timers = new ManualTimers(Date.UTC(2026, 0, 2));

  const store = new SqliteStore({
    folder,
    clock: timers,
    timers,
    random: seededRandom(folder),
    walPages: 0,
  });

  const ledger = store.ledger({ name: 'invoice-approval.sweeper', bundle: 'b'.repeat(64) });
  const { queues } = store;
  const deadOf = (queue: string) => `${queue}.dead`;

  return {
    send: (messages) => ledger.send(messages),
    async receive(queue, max, visibilityMs) {
      // who drives the queues moves what came too often, see QueueDriver
      const deliveries = queues.receive(queue, max, visibilityMs);
      for (const { receipt, receives } of deliveries)
        if (receives > MAX_RECEIVES) queues.move(queue, receipt, deadOf(queue));
      return deliveries.filter(({ receives }) => receives <= MAX_RECEIVES);
    },
    done: async (queue, receipt) => queues.delete(queue, receipt),
    release: async (queue, receipt, delayMs) => queues.release(queue, receipt, delayMs),
    async dead(queue) {
      await ledger.send([]); // a move is written with the next group
      return queues.receive(deadOf(queue), 10, 1_000).map(({ message }) => message);
    },
    pass: async (ms) => timers.advance(ms),
    async close() {
      store.close();
      discard();
    },
  };
});

const aws = await motoClientConfig('queues on SQS');
if (aws !== undefined) {
  const client = sqsClient(aws);
  describeQueues('SQS', async (): Promise<QueuesUnderTest> => {
    const prefix = randomBytes(4).toString('hex');
    const created = await createQueues(
      client,
      QUEUES.map((queue) => `${prefix}_${queue}`),
      { maxReceiveCount: MAX_RECEIVES },
    );

    const queues = new Map(
      [...created].map(([name, queue]) => [name.slice(`${prefix}_`.length), queue]),
    );

    return sqsUnderTest({
      client,
      queues,
      random: seededRandom(prefix),
      distributed: false,
      close: async () => {},
    });
  });
}
