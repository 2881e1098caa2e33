import { setTimeout as wait } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll } from 'vitest';
import { type Json, parseJson, systemRandom, waitingTimers } from '#shared/kernel/index.ts';
import { SqsSender } from '#shared/ledger/adapters/sqs/sender.ts';
import type { Delivery, Message } from '#shared/ledger/index.ts';
import { describeQueues, MAX_RECEIVES, QUEUES, type QueuesUnderTest } from '../../contracts/queues.ts';
import { destroyAll } from '../clients.ts';
import { TAG } from '../run.ts';
import { live } from './live.ts';

const { run, clients } = live();
const client = clients.sqs;
afterAll(() => destroyAll(clients));
let tests = 0;

/** Makes a queue of the suite. @returns its URL. */
async function make(name: string, Attributes: Record<string, string> = {}): Promise<string> {
  const QueueName = `${run.prefix}_${name.replaceAll('.', '_')}`;
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes, tags: { [TAG]: run.id } }));
  return QueueUrl;
}

async function arnOf(QueueUrl: string): Promise<string> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return Attributes?.QueueArn ?? '';
}

describeQueues('SQS of AWS', async (): Promise<QueuesUnderTest> => {
  const test = tests++;
  const urls = new Map<string, { readonly url: string; readonly deadUrl: string }>();
  for (const queue of QUEUES) {
    const deadUrl = await make(`${test}_${queue}_dead`);
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: await arnOf(deadUrl), maxReceiveCount: MAX_RECEIVES });
    urls.set(queue, { url: await make(`${test}_${queue}`, { RedrivePolicy }), deadUrl });
  }
  await wait(1_000); // SQS API Reference, CreateQueue: "you must wait at least one second after the queue is created"
  const of = (queue: string) => urls.get(queue) ?? { url: 'no such queue', deadUrl: 'no such queue' };
  const sender = new SqsSender({ client, urlOf: (queue) => of(queue).url, timers: waitingTimers, random: systemRandom() });
  return {
    send: (messages) => sender.send(messages),
    receive: (queue, max, visibilityMs) => receive(queue, of(queue).url, max, visibilityMs),
    async done(queue, receipt) {
      await client.send(new DeleteMessageCommand({ QueueUrl: of(queue).url, ReceiptHandle: receipt }));
    },
    async release(queue, receipt, delayMs) {
      const VisibilityTimeout = delayMs / 1_000;
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl: of(queue).url, ReceiptHandle: receipt, VisibilityTimeout }));
    },
    dead: async (queue) => (await receive(queue, of(queue).deadUrl, 10, 1_000)).map(({ message }) => message),
    pass: (ms) => wait(ms),
    async close() {
      for (const { url, deadUrl } of urls.values())
        for (const QueueUrl of [url, deadUrl]) await client.send(new DeleteQueueCommand({ QueueUrl }));
    },
  };
});

/**
 * Takes up to `max`. A long poll asks all of SQS's servers, and still may give fewer than there are: what is held for long is
 * asked for until nothing more comes.
 */
async function receive(queue: string, QueueUrl: string, max: number, visibilityMs: number): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = [];
  for (;;) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: max - deliveries.length,
        VisibilityTimeout: visibilityMs / 1_000,
        WaitTimeSeconds: 1,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    deliveries.push(
      ...Messages.map(({ Body = '', ReceiptHandle = '', Attributes }) => ({
        receipt: ReceiptHandle,
        message: { queue, ...(parseJson(Body) as { readonly [name: string]: Json }) } as unknown as Message,
        receives: Number(Attributes?.ApproximateReceiveCount),
      })),
    );
    if (Messages.length === 0 || deliveries.length === max || visibilityMs <= 60_000) return deliveries;
  }
}
