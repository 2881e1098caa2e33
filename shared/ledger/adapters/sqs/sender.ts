import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { AWS_CLIENT, awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { isTransient } from '#shared/kernel/adapters/aws-errors.ts';
import { backoff, type Random, SECOND, type Timers } from '#shared/kernel/index.ts';
import { LedgerUnavailableError } from '../../errors.ts';
import type { Message, MessageSender } from '../../ports.ts';

/**
 * Messages and bytes of one request. SQS API Reference, SendMessageBatch: 10 messages, 1,048,576
 * bytes together.
 */
const BATCH_MESSAGES = 10;
const BATCH_BYTES = 1_048_576;
/** Requests that are under way at once. */
const LANES = 16;
/** Waits of 750 ms at most, besides the requests themselves. */
const LIMITS = { attempts: 5, baseMs: 50, capMs: 400 };

export interface SqsSenderOptions {
  /** Made by {@link sqsClient}: retries of its own would multiply with ours. */
  readonly client: Pick<SQSClient, 'send'>;
  /**
   * URL of the queue that messages call by this name. What it throws is thrown before anything is
   * sent.
   */
  readonly urlOf: (queue: string) => string;
  /** See `backoff`: they keep the process alive. */
  readonly timers: Timers;
  readonly random: Random;
}

/**
 * A client with the settings {@link SqsSender} needs. It makes one attempt. It talks to its own
 * endpoint, whatever host a queue's URL names: left to itself the SDK would let the URL choose the
 * host, past the endpoint that the network or a test has set up.
 */
export function sqsClient(config: SQSClientConfig): SQSClient {
  return new SQSClient({ ...AWS_CLIENT, ...config, maxAttempts: 1, useQueueUrlAsEndpoint: false });
}

/**
 * Puts messages into queues of SQS, up to ten a request; one round trip when all are for one queue
 * and fit.
 *
 * What SQS did not take is sent again, and only that, a bounded number of times with pauses in
 * between. A request whose answer was lost is sent again whole, so messages may come twice.
 */
export class SqsSender implements MessageSender {
  readonly #options: SqsSenderOptions;

  constructor(options: SqsSenderOptions) {
    this.#options = options;
  }

  async send(messages: readonly Message[]): Promise<void> {
    const batches = [...Map.groupBy(messages, ({ queue }) => queue)].flatMap(([queue, all]) =>
      batchesOf(this.#options.urlOf(queue), all),
    );
    const unsent: Unsent[] = [];
    const next = batches.values(); // shared by the lanes: each takes what no other has taken
    const lane = async () => {
      for (const batch of next) unsent.push(...(await this.#sendBatch(batch)));
    };

    await Promise.all(Array.from({ length: Math.min(LANES, batches.length) }, lane));

    if (unsent.length === 0) return;

    const reason = [...new Set(unsent.map((one) => one.reason))].sort().join(', ');

    throw new LedgerUnavailableError(
      `${unsent.length} of ${messages.length} messages could not be put into their queues: ${reason}`,
      {
        unsent: unsent.length,
        messages: messages.length,
        reason,
      },
    );
  }

  /** @returns what could not be sent, and why. Never rejects: other batches are under way. */
  async #sendBatch({ url, entries }: Batch): Promise<readonly Unsent[]> {
    const { timers, random } = this.#options;
    const again = backoff(LIMITS, timers, random);
    const malformed: Unsent[] = [];
    let left = entries;

    for (;;) {
      const end = await this.#attempt(url, left);
      malformed.push(...end.malformed.map((reason) => ({ reason })));
      left = end.left;

      if (left.length === 0) return malformed;
      if (!end.passing || !(await again()))
        return [...malformed, ...left.map(() => ({ reason: end.reason }))];
    }
  }

  async #attempt(url: string, entries: readonly SendMessageBatchRequestEntry[]): Promise<Attempt> {
    try {
      const { Successful = [], Failed = [] } = await this.#options.client.send(
        new SendMessageBatchCommand({ QueueUrl: url, Entries: [...entries] }),
      );
      const faults = Failed.filter(({ SenderFault }) => SenderFault);
      // what the answer does not name was not taken
      const settled = new Set([...Successful, ...faults].map(({ Id }) => Id));

      return {
        left: entries.filter(({ Id }) => !settled.has(Id)),
        malformed: faults.map(({ Code }) => awsErrorName({ name: Code })),
        passing: true,
        reason: awsErrorName({ name: Failed.find(({ SenderFault }) => !SenderFault)?.Code }),
      };
    } catch (error) {
      return {
        left: entries,
        malformed: [],
        passing: isTransient(error),
        reason: awsErrorName(error),
      };
    }
  }
}

interface Batch {
  readonly url: string;
  readonly entries: readonly SendMessageBatchRequestEntry[];
}

/** How one request ended. */
interface Attempt {
  readonly left: readonly SendMessageBatchRequestEntry[];
  /** For each entry that SQS will never take, why. */
  readonly malformed: readonly string[];
  /** Whether what is left may be taken another time. */
  readonly passing: boolean;
  readonly reason: string;
}

interface Unsent {
  readonly reason: string;
}

function batchesOf(url: string, messages: readonly Message[]): Batch[] {
  const batches: SendMessageBatchRequestEntry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;

  for (const message of messages) {
    const body = bodyOf(message);
    const size = Buffer.byteLength(body);
    let batch = batches.at(-1);

    if (batch === undefined || batch.length >= BATCH_MESSAGES || bytes + size > BATCH_BYTES) {
      batch = [];
      batches.push(batch);
      bytes = 0;
    }

    bytes += size;

    // up to whole seconds: never earlier than was asked
    const DelaySeconds = Math.ceil((message.delayMs ?? 0) / SECOND);

    batch.push({ Id: String(batch.length), MessageBody: body, DelaySeconds });
  }

  return batches.map((entries) => ({ url, entries }));
}

/** Exactly what a function behind a queue takes. */
function bodyOf({ workspace, run, step, subjectRefs }: Message): string {
  return JSON.stringify({ workspace, run, step, subjectRefs });
}
