import { setTimeout as wait } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Json, parseJson, type Random, waitingTimers } from '#shared/kernel/index.ts';
import { SqsSender } from '#shared/ledger/adapters/sqs/sender.ts';
import type { Delivery, Message } from '#shared/ledger/index.ts';
import type { QueuesUnderTest } from '../../contracts/queues.ts';

export interface SqsUnderTestOptions {
  /** Made by `sqsClient`. */
  readonly client: SQSClient;
  /** By the names by which the suite calls them. */
  readonly queues: ReadonlyMap<string, { readonly url: string; readonly deadUrl: string }>;
  readonly random: Random;
  /**
   * Whether what is there may not show at once: each look then asks all of SQS's servers and waits
   * a second, and what is held for long is asked for until nothing more comes. Source: SQS
   * developer guide, "Amazon SQS short and long polling".
   */
  readonly distributed: boolean;
  close(): Promise<void>;
}

/** Longer than this a message stays with who took it, and no test counts how often it came. */
const HELD_MS = 60_000;

/** Queues of SQS as the suite of queues wants them. */
export function sqsUnderTest({
  client,
  queues,
  random,
  distributed,
  close,
}: SqsUnderTestOptions): QueuesUnderTest {
  const of = (queue: string) =>
    queues.get(queue) ?? { url: 'no such queue', deadUrl: 'no such queue' };

  const sender = new SqsSender({
    client,
    urlOf: (queue) => of(queue).url,
    timers: waitingTimers,
    random,
  });

  async function look(
    queue: string,
    QueueUrl: string,
    max: number,
    visibilityMs: number,
  ): Promise<readonly Delivery[]> {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: max,
        VisibilityTimeout: visibilityMs / 1_000,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        ...(distributed ? { WaitTimeSeconds: 1 } : {}),
      }),
    );
    return Messages.map(({ Body = '', ReceiptHandle = '', Attributes }) => ({
      receipt: ReceiptHandle,
      message: {
        queue,
        ...(parseJson(Body) as { readonly [name: string]: Json }),
      } as unknown as Message,
      receives: Number(Attributes?.ApproximateReceiveCount),
    }));
  }

  async function receive(
    queue: string,
    url: string,
    max: number,
    visibilityMs: number,
  ): Promise<readonly Delivery[]> {
    const deliveries: Delivery[] = [];
    for (;;) {
      const found = await look(queue, url, max - deliveries.length, visibilityMs);
      deliveries.push(...found);

      if (
        !distributed ||
        found.length === 0 ||
        deliveries.length === max ||
        visibilityMs <= HELD_MS
      )
        return deliveries;
    }
  }

  return {
    send: (messages) => sender.send(messages),
    receive: (queue, max, visibilityMs) => receive(queue, of(queue).url, max, visibilityMs),
    async done(queue, receipt) {
      await client.send(
        new DeleteMessageCommand({ QueueUrl: of(queue).url, ReceiptHandle: receipt }),
      );
    },
    async release(queue, receipt, delayMs) {
      const VisibilityTimeout = delayMs / 1_000;

      await client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: of(queue).url,
          ReceiptHandle: receipt,
          VisibilityTimeout,
        }),
      );
    },
    dead: async (queue) =>
      (await receive(queue, of(queue).deadUrl, 10, 1_000)).map(({ message }) => message),
    pass: (ms) => wait(ms),
    close,
  };
}
