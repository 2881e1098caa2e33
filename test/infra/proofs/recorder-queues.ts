import { createHash } from 'node:crypto';
import { parseJson, SECOND } from '#shared/kernel/index.ts';
import { MemoryQueues } from '#shared/ledger/adapters/sqlite/queues.ts';
import type { Message } from '#shared/ledger/index.ts';
import type { ManualTimers } from '../../contracts/manual-timers.ts';
import { type RequestHandler, withoutSocket } from '../../support/aws/dynamodb/http.ts';

interface Batch {
  readonly QueueUrl: string;
  readonly Entries: readonly {
    readonly Id: string;
    readonly MessageBody: string;
    readonly DelaySeconds?: number;
  }[];
}

type Answer = { readonly status: number; readonly body: object };

/**
 * `SendMessageBatch` of SQS for a client in this process, as its API reference has it. What it
 * takes lies in queues in memory, which are not receivable for clients: that is Lambda's part.
 */
export class RecordedQueues {
  /** For a client's `requestHandler`. */
  readonly requestHandler: RequestHandler = withoutSocket(async (operation, text) => {
    const { status, body } =
      operation === 'AmazonSQS.SendMessageBatch'
        ? this.#send(JSON.parse(text))
        : refused('InvalidAction');
    return { status, text: JSON.stringify(body) };
  });
  /** Messages as functions get them, under the functions' names. */
  readonly queues: MemoryQueues;
  /**
   * Whether SQS turns the next batch for a function's queue away, as it does with one that comes
   * too fast.
   */
  turnsAway: (fn: string) => boolean = () => false;
  readonly #functions: ReadonlyMap<string, string>;
  readonly #timers: ManualTimers;
  #taken = 0;

  /** @param functions - By the URLs of their queues. There are no others. */
  constructor(functions: ReadonlyMap<string, string>, timers: ManualTimers) {
    this.#functions = functions;
    this.#timers = timers;
    const arrive = (id: number, message: Message) =>
      this.queues.arrive({ id, message, visibleAt: timers.now() });
    this.queues = new MemoryQueues({ delete() {}, move: arrive }, timers, timers);
  }

  #send({ QueueUrl, Entries }: Batch): Answer {
    const queue = this.#functions.get(QueueUrl);
    if (queue === undefined) return refused('QueueDoesNotExist');
    if (this.turnsAway(queue)) return refused('RequestThrottled');

    const Successful = Entries.map(({ Id, MessageBody, DelaySeconds = 0 }) => {
      const message = { ...(parseJson(MessageBody) as object as Omit<Message, 'queue'>), queue };

      this.queues.publish({
        id: ++this.#taken,
        message,
        visibleAt: this.#timers.now() + DelaySeconds * SECOND,
      });

      return {
        Id,
        MessageId: `m-${this.#taken}`,
        MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      };
    });

    return { status: 200, body: { Successful, Failed: [] } };
  }
}

const refused = (error: string): Answer => ({
  status: 400,
  body: { __type: `com.amazonaws.sqs#${error}`, message: 'words of the service' },
});
