import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type { Delivery } from '#shared/ledger/index.ts';
import type { QueueFunction } from '../wiring/embedded.ts';

/** Queues as a driver uses them: a subset of the operations of SQS. */
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

/** Maximum number of messages in one event, as in the event source mapping on AWS. */
const BATCH = 10;
/** Maximum number of concurrent events of one queue. */
const PARALLEL = 8;
/** Maximum number of deliveries. A message that still fails goes to the dead-letter queue. */
const MAX_RECEIVES = 5;
/** Number of deliveries after which the pause before the next delivery stops growing. */
const MAX_PAUSES = 60;
const AGAIN_AFTER_MS = 500;

/**
 * Delivers the messages of one queue, as SQS and the poller of Lambda do on AWS. Invokes the
 * function with batches, deletes handled messages, redelivers failed messages and moves messages
 * that failed too often to the dead-letter queue.
 */
export class QueueDriver {
  readonly #queues: MessageQueues;
  readonly #fn: QueueFunction;
  readonly #onStop: (error: unknown) => void;
  #busy = 0;
  #stopped = false;
  #whenIdle: (() => void)[] = [];

  readonly #againAfterMs: number;

  /**
   * @param againAfterMs - Pause before a failed message is redelivered, multiplied by the number of
   *   its deliveries.
   */
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

  /** Stops receiving messages. Resolves when the work in progress has ended. */
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
      // A dead-letter queue has no dead-letter queue itself: its messages are redelivered until
      // handled.
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
   * Returns the receipts of failed messages. If the function itself failed, returns the receipts of
   * all messages.
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
