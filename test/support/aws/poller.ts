import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';

/** A queue as a test made it. */
export interface CreatedQueue {
  readonly url: string;
  readonly arn: string;
  /** Where SQS moves what was received too often. */
  readonly deadUrl: string;
}

export interface QueueSettings {
  /** @default 5 */
  readonly maxReceiveCount?: number;
  /** In whole seconds. @default 30 */
  readonly visibilitySeconds?: number;
}

/**
 * Makes queues, each with a dead-letter queue of its own. SQS takes no `.` in a name: `a.b` becomes
 * `a_b` and `a_b_dead`.
 */
export async function createQueues(
  client: SQSClient,
  names: readonly string[],
  { maxReceiveCount = 5, visibilitySeconds = 30 }: QueueSettings = {},
): Promise<ReadonlyMap<string, CreatedQueue>> {
  const make = async (QueueName: string, Attributes: Record<string, string>) => {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    const { Attributes: has } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    return { url: QueueUrl, arn: has?.QueueArn ?? '' };
  };

  const one = async (name: string) => {
    const flat = name.replaceAll('.', '_');
    const dead = await make(`${flat}_dead`, {});
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount });
    const queue = await make(flat, { RedrivePolicy, VisibilityTimeout: String(visibilitySeconds) });
    return [name, { ...queue, deadUrl: dead.url }] as const;
  };

  return new Map(await Promise.all(names.map(one)));
}

export interface PollSettings {
  /**
   * How soon what failed comes again; Lambda leaves it to the queue's visibility. In whole seconds.
   * @default 0
   */
  readonly againSeconds?: number;
  /**
   * Messages in one event. @default 10 - the most SQS gives at once, and the default of an event
   * source mapping
   */
  readonly batchSize?: number;
}

/** What became of one batch. */
export interface Polled {
  readonly received: number;
  readonly deleted: number;
  /** What the handler threw, if it did: then nothing was deleted. */
  readonly error?: unknown;
}

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse | undefined | null>;

/**
 * Does once what Lambda's event source mapping does with a queue whose function reports failed
 * items: receives a batch, calls the function, deletes what did not fail. Moving what came too
 * often is the queue's own doing.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html, "Success and
 *   failure conditions"
 */
export async function pollOnce(
  client: SQSClient,
  queue: CreatedQueue,
  handler: Handler,
  settings: PollSettings = {},
): Promise<Polled> {
  const { againSeconds = 0, batchSize = 10 } = settings;
  const { url: QueueUrl, arn } = queue;

  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: batchSize,
      MessageSystemAttributeNames: ['All'],
    }),
  );
  if (Messages.length === 0) return { received: 0, deleted: 0 };

  const { failed, ...thrown } = await invoke(handler, Messages, arn);
  const entriesOf = (some: readonly Message[]) =>
    some.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
  const done = Messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
  const again = Messages.filter(({ MessageId = '' }) => failed.has(MessageId));

  if (done.length > 0)
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(done) }));

  if (again.length > 0) {
    const Entries = entriesOf(again).map((entry) => ({
      ...entry,
      VisibilityTimeout: againSeconds,
    }));
    await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
  }

  return { received: Messages.length, deleted: done.length, ...thrown };
}

/**
 * Calls the functions behind queues, one batch of each in turn, until a round in which none of them
 * had a message.
 */
export async function pollUntilQuiet(
  client: SQSClient,
  functions: readonly { readonly queue: CreatedQueue; readonly handler: Handler }[],
  settings: PollSettings = {},
): Promise<void> {
  for (let received = 1; received > 0; ) {
    const round = await Promise.all(
      functions.map(({ queue, handler }) => pollOnce(client, queue, handler, settings)),
    );
    received = round.reduce((sum, one) => sum + one.received, 0);
  }
}

/** @returns ids of the messages that are to come again. */
async function invoke(
  handler: Handler,
  messages: readonly Message[],
  arn: string,
): Promise<{ failed: ReadonlySet<string>; error?: unknown }> {
  const all = new Set(messages.map(({ MessageId = '' }) => MessageId));
  try {
    const answer = await handler({ Records: messages.map((message) => recordOf(message, arn)) });
    const failed = (answer?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier);
    // an id of no message in the batch fails the whole batch
    return { failed: failed.every((id) => all.has(id)) ? new Set(failed) : all };
  } catch (error) {
    return { failed: all, error };
  }
}

function recordOf(
  { MessageId = '', ReceiptHandle = '', Body = '', MD5OfBody = '', Attributes = {} }: Message,
  arn: string,
): SQSRecord {
  return {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: {
      ApproximateReceiveCount: Attributes.ApproximateReceiveCount ?? '',
      SentTimestamp: Attributes.SentTimestamp ?? '',
      SenderId: Attributes.SenderId ?? '',
      ApproximateFirstReceiveTimestamp: Attributes.ApproximateFirstReceiveTimestamp ?? '',
    },
    messageAttributes: {},
    md5OfBody: MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: arn.split(':')[3] ?? '',
  };
}
