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
 * Limits of one request. SQS API Reference, SendMessageBatch: 10 messages, 1,048,576 bytes
 * together.
 */
const BATCH_MESSAGES = 10;
const BATCH_BYTES = 1_048_576;
/** Maximum number of concurrent requests. */
const MAX_CONCURRENT = 16;
/** Retry limits: waits of at most 750 ms, in addition to the requests. */
const LIMITS = { attempts: 5, baseMs: 50, capMs: 400 };

export interface SqsSenderOptions {
  /**
   * Client created by {@link sqsClient}. It must not retry, because its retries would multiply with
   * those of the sender.
   */
  readonly client: Pick<SQSClient, 'send'>;
  /** Returns the URL of a queue by its name. If it throws, nothing is sent. */
  readonly urlOf: (queue: string) => string;
  /** Timers that keep the process alive. See `backoff`. */
  readonly timers: Timers;
  readonly random: Random;
}

/**
 * Creates a client with the settings that {@link SqsSender} needs: one attempt, and the client's
 * own endpoint for every queue. By default, the SDK takes the host from the queue's URL and ignores
 * the endpoint that the network or a test has configured.
 */
export function sqsClient(config: SQSClientConfig): SQSClient {
  return new SQSClient({ ...AWS_CLIENT, ...config, maxAttempts: 1, useQueueUrlAsEndpoint: false });
}

/**
 * Sends messages to SQS queues, up to ten per request. If all messages are for one queue and fit
 * into one request, sending takes one round trip.
 *
 * Retries only the messages that SQS did not accept, a limited number of times with pauses. If a
 * response is lost, the whole request is repeated, so messages may arrive twice.
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
    const next = batches.values(); // shared by the workers: each takes the next batch
    const worker = async () => {
      for (const batch of next) unsent.push(...(await this.#sendBatch(batch)));
    };

    await Promise.all(Array.from({ length: Math.min(MAX_CONCURRENT, batches.length) }, worker));

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

  /**
   * Sends one batch. Never rejects, because other batches are in progress.
   *
   * @returns the messages that could not be sent, with the reasons.
   */
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
      // messages that the response does not name were not accepted
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

/** Outcome of one request. */
interface Attempt {
  readonly left: readonly SendMessageBatchRequestEntry[];
  /** Reasons of the entries that SQS will never accept. */
  readonly malformed: readonly string[];
  /** True if SQS may accept the remaining entries later. */
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

    // rounded up to seconds: never earlier than requested
    const DelaySeconds = Math.ceil((message.delayMs ?? 0) / SECOND);

    batch.push({ Id: String(batch.length), MessageBody: body, DelaySeconds });
  }

  return batches.map((entries) => ({ url, entries }));
}

/** Returns the body in the exact form that the function behind the queue expects. */
function bodyOf({ workspace, run, step, subjectRefs }: Message): string {
  return JSON.stringify({ workspace, run, step, subjectRefs });
}
