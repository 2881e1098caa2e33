import type {
  SendMessageBatchCommand,
  SendMessageBatchCommandOutput,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import { type Clock, SECOND } from '#shared/kernel/index.ts';

/**
 * How often a queue hands a message out before it moves it to its dead-letter queue, as the
 * templates set it.
 */
const MAX_RECEIVES = 5;

interface Held {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receives: number;
  receipt?: string;
}

/**
 * What becomes of one `SendMessageBatch`: nobody answers although it was taken, it is refused for
 * now, or anything else.
 */
export type SendFault = 'lost-answer' | 'down' | (() => Promise<never>);

/** The dead-letter queue of a queue: each has its own. */
export const deadOf = (queue: string): string => `${queue}.dead`;

/**
 * Queues with the semantics of SQS, by a clock that is moved by hand: a message that was handed out
 * is hidden for a while and then comes again unless it was deleted, is counted, and after five
 * times lies in the dead-letter queue of its queue, which gives nothing up. A receipt of an earlier
 * handing-out deletes nothing.
 *
 * They are filled through a client of SQS, of which they are all: `SendMessageBatch`.
 *
 * @see
 *   https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
 */
export class SimulatedQueues {
  readonly client: Pick<SQSClient, 'send'>;
  /** Batches that were asked for, whatever became of them. */
  asked = 0;
  /** What goes wrong, asked for each batch by its number, from 1. */
  fault: ((nth: number) => SendFault | undefined) | undefined;
  /**
   * For each message that is sent, the pauses after which it arrives: one for each time. @default
   * once, at once
   */
  arrivals: () => readonly number[] = () => [0];
  readonly #clock: Clock;
  readonly #held = new Map<string, Held[]>();
  #ids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.client = {
      send: (command: SendMessageBatchCommand) => this.#batch(command),
    } as unknown as Pick<SQSClient, 'send'>;
  }

  put(queue: string, body: string, delayMs = 0): void {
    const held = {
      id: `m${++this.#ids}`,
      body,
      visibleAt: this.#clock.now() + delayMs,
      receives: 0,
    };
    this.#held.set(queue, [...(this.#held.get(queue) ?? []), held]);
  }

  /**
   * Up to `max` visible messages, which are hidden from now on. What came too often moves to the
   * dead-letter queue.
   */
  receive(
    queue: string,
    max: number,
    visibilityMs: number,
    gives: 'up' | 'nothing up' = 'up',
  ): SQSRecord[] {
    const now = this.#clock.now();
    const records: SQSRecord[] = [];

    for (const held of this.messages(queue)) {
      if (records.length === max) break;
      if (held.visibleAt > now) continue;
      if (gives === 'up' && held.receives >= MAX_RECEIVES) {
        this.#remove(queue, held);
        this.put(deadOf(queue), held.body);
        continue;
      }

      held.visibleAt = now + visibilityMs;
      held.receives++;
      held.receipt = `${held.id}/${held.receives}`;
      records.push(recordOf(queue, held, held.receipt));
    }

    return records;
  }

  delete(queue: string, receipt: string): void {
    const held = this.messages(queue).find((one) => one.receipt === receipt);
    if (held !== undefined) this.#remove(queue, held);
  }

  messages(queue: string): readonly Held[] {
    return this.#held.get(queue) ?? [];
  }

  /** Names of the queues that hold messages. */
  get filled(): readonly string[] {
    return [...this.#held].flatMap(([queue, held]) => (held.length > 0 ? [queue] : []));
  }

  /** When the next message becomes visible; undefined when there is none. */
  get nextAt(): number | undefined {
    const times = [...this.#held.values()].flat().map(({ visibleAt }) => visibleAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #remove(queue: string, held: Held): void {
    this.#held.set(
      queue,
      this.messages(queue).filter((one) => one !== held),
    );
  }

  async #batch({
    input: { QueueUrl = '', Entries = [] },
  }: SendMessageBatchCommand): Promise<SendMessageBatchCommandOutput> {
    const nth = ++this.asked;
    const fault = this.fault?.(nth);
    if (fault === 'down')
      throw Object.assign(new Error('unavailable'), {
        name: 'ServiceUnavailable',
        $metadata: { httpStatusCode: 503 },
      });
    if (typeof fault === 'function') return fault();

    const queue = QueueUrl.slice(QueueUrl.lastIndexOf('/') + 1);
    for (const { MessageBody = '', DelaySeconds = 0 } of Entries)
      for (const pauseMs of this.arrivals())
        this.put(queue, MessageBody, DelaySeconds * SECOND + pauseMs);

    if (fault === 'lost-answer') throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });

    return {
      $metadata: {},
      Successful: Entries.map(({ Id }) => ({ Id, MessageId: `${Id}`, MD5OfMessageBody: '' })),
      Failed: [],
    };
  }
}

function recordOf(queue: string, { id, body, receives }: Held, receiptHandle: string): SQSRecord {
  return {
    messageId: id,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '0',
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queue}`,
    awsRegion: 'eu-central-1',
  };
}
