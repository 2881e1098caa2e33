import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { Delivery } from '#shared/ledger/index.ts';
import type { QueueFunction } from '../wiring/embedded.ts';

/** Queues as a driver uses them; a subset of what SQS offers. */
export interface MessageQueues {
  /** Calls `listener` whenever a message of the queue becomes visible. */
  listen(queue: string, listener: () => void): void;
  /** Returns up to `max` messages and hides each for `visibilityMs`. */
  receive(queue: string, max: number, visibilityMs: number): readonly Delivery[];
  delete(queue: string, receipt: string): void;
  /** Makes a message visible again after `delayMs`. */
  release(queue: string, receipt: string, delayMs: number): void;
  /** Moves a message to another queue. */
  move(queue: string, receipt: string, to: string): void;
}

/** Messages in one event, as the event source mapping on AWS has it. */
const BATCH = 10;
/** Events of one queue that may be under way at once. */
const PARALLEL = 8;
/** Deliveries after which a message goes to the dead-letter queue. */
const MAX_RECEIVES = 5;
/** Beyond so many deliveries the pause before the next does not grow any more. */
const MAX_PAUSES = 60;
const AGAIN_AFTER_MS = 500;

/**
 * Does for one queue what SQS and Lambda's poller do on AWS: hands batches to the function, deletes
 * what it dealt with, brings back what it did not, and moves to the dead-letter queue what came too
 * often.
 */
export class QueueDriver {
  readonly #queues: MessageQueues;
  readonly #fn: QueueFunction;
  readonly #onStop: (error: unknown) => void;
  #busy = 0;
  #stopped = false;
  #whenIdle: (() => void)[] = [];

  readonly #againAfterMs: number;

  /** @param againAfterMs - How long a failed message is held back, times its deliveries. */
  constructor(
    queues: MessageQueues,
    fn: QueueFunction,
    onStop: (error: unknown) => void,
    againAfterMs = AGAIN_AFTER_MS,
  ) {
    this.#againAfterMs = againAfterMs;
    this.#queues = queues;
    this.#fn = fn;
    this.#onStop = onStop;
  }

  start(): void {
    this.#queues.listen(this.#fn.queue, () => this.#pump());
  }

  /**
   * Takes no further messages; what is under way ends by itself. @returns a promise of that end.
   */
  stop(): Promise<void> {
    this.#stopped = true;
    return new Promise((resolve) => {
      if (this.#busy === 0) resolve();
      else this.#whenIdle.push(resolve);
    });
  }

  #pump(): void {
    while (!this.#stopped && this.#busy < PARALLEL) {
      const batch = this.#queues.receive(this.#fn.queue, BATCH, this.#fn.visibilityMs);
      if (batch.length === 0) return;

      this.#busy++;
      void this.#deliver(batch).finally(() => {
        this.#busy--;
        this.#pump();
        if (this.#stopped && this.#busy === 0) for (const tell of this.#whenIdle.splice(0)) tell();
      });
    }
  }

  async #deliver(batch: readonly Delivery[]): Promise<void> {
    const { queue, deadQueue, handler } = this.#fn;

    const live = batch.filter(({ receipt, receives }) => {
      // where undeliverable messages end, they stay until somebody deals with them: nothing gives
      // them up
      if (receives <= MAX_RECEIVES || deadQueue === undefined) return true;
      this.#queues.move(queue, receipt, deadQueue);
      return false;
    });
    if (live.length === 0) return;

    const failed = await this.#invoke(handler, live);
    for (const { receipt, receives } of live) {
      if (failed.has(receipt))
        this.#queues.release(queue, receipt, this.#againAfterMs * Math.min(receives, MAX_PAUSES));
      else this.#queues.delete(queue, receipt);
    }
  }

  /**
   * @returns receipts of the messages that are to come again: all of them when the function
   *   failed as a whole.
   */
  async #invoke(
    handler: QueueFunction['handler'],
    batch: readonly Delivery[],
  ): Promise<ReadonlySet<string>> {
    try {
      const { batchItemFailures } = await handler(eventOf(this.#fn.queue, batch));
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } catch (error) {
      this.#onStop(error);
      return new Set(batch.map(({ receipt }) => receipt));
    }
  }
}

function eventOf(queue: string, batch: readonly Delivery[]): SQSEvent {
  return { Records: batch.map((delivery) => recordOf(queue, delivery)) };
}

function recordOf(queue: string, { receipt, message, receives }: Delivery): SQSRecord {
  const { workspace, run, step, subjectRefs } = message;
  return {
    messageId: receipt,
    receiptHandle: receipt,
    body: JSON.stringify({ workspace, run, step, subjectRefs }),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '0',
      SenderId: 'embedded',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:local:000000000000:${queue}`,
    awsRegion: 'local',
  };
}
