import { setTimeout as wait } from 'node:timers/promises';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { afterAll } from 'vitest';
import { systemRandom } from '#shared/kernel/index.ts';
import { sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';
import {
  describeQueues,
  MAX_RECEIVES,
  QUEUES,
  type QueuesUnderTest,
} from '../../contracts/queues.ts';
import { sqsUnderTest } from '../../support/aws/sqs-under-test.ts';
import { destroyAll } from '../clients.ts';
import { TAG } from '../run.ts';
import { live } from './live.ts';

const { run, clients } = live();
// as functions have it: it repeats nothing by itself
const client = sqsClient({ region: run.region });
afterAll(() => {
  client.destroy();
  destroyAll(clients);
});
let tests = 0;

/** Makes a queue of the suite. @returns its URL. */
async function make(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = `${run.prefix}_${name.replaceAll('.', '_')}`;
  const { QueueUrl = '' } = await clients.sqs.send(
    new CreateQueueCommand({ QueueName, Attributes, tags: { [TAG]: run.id } }),
  );
  return QueueUrl;
}

async function arnOf(QueueUrl: string): Promise<string> {
  const { Attributes } = await clients.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return Attributes?.QueueArn ?? '';
}

describeQueues('SQS of AWS', async (): Promise<QueuesUnderTest> => {
  const test = tests++;
  const urls = new Map<string, { readonly url: string; readonly deadUrl: string }>();

  for (const queue of QUEUES) {
    const deadUrl = await make(`${test}_${queue}_dead`);
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: await arnOf(deadUrl),
      maxReceiveCount: MAX_RECEIVES,
    });

    urls.set(queue, { url: await make(`${test}_${queue}`, { RedrivePolicy }), deadUrl });
  }

  // SQS API Reference, CreateQueue: "you must wait at least one second after the queue is created"
  await wait(1_000);

  const close = async () => {
    for (const { url, deadUrl } of urls.values())
      for (const QueueUrl of [url, deadUrl])
        await clients.sqs.send(new DeleteQueueCommand({ QueueUrl }));
  };

  return sqsUnderTest({ client, queues: urls, random: systemRandom(), distributed: true, close });
});
