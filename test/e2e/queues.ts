import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { BuiltFunction } from '#infra/build/built-function.ts';
import type { FunctionName } from '#infra/naming/names.ts';
import { type CreatedQueue, createQueues, pollUntilQuiet } from '../support/aws/poller.ts';
import { known, type TestEnvironment } from './environment.ts';
import type { Functions } from './functions.ts';

/** How often a message comes that a function deals with at once: SQS promises once at least. */
export type Deliver = 'once' | 'twice';

/** Queues of an environment, each with its dead letters, and the functions behind them. */
export class TestQueues {
  /** By the name of the function. */
  readonly all: ReadonlyMap<FunctionName, CreatedQueue>;
  /** Every message that was ever handed out. */
  readonly bodies: string[] = [];
  readonly #sqs: SQSClient;
  readonly #consumed: readonly {
    readonly queue: CreatedQueue;
    readonly handler: (event: SQSEvent) => Promise<SQSBatchResponse>;
  }[];
  #deliver: Deliver = 'twice';

  private constructor(
    sqs: SQSClient,
    all: ReadonlyMap<FunctionName, CreatedQueue>,
    consumed: readonly [CreatedQueue, FunctionName][],
    of: Functions,
  ) {
    this.#sqs = sqs;
    this.all = all;
    this.#consumed = consumed.map(([queue, fn]) => ({
      queue,
      handler: (event) => this.#handOut(event, (again) => of.of(fn).invoke(again)),
    }));
  }

  /**
   * Makes a queue for each function that has one. A message is handed out five times, then it is a
   * dead letter.
   */
  static async open(
    sqs: SQSClient,
    { names, arns }: TestEnvironment,
    built: readonly BuiltFunction[],
    of: Functions,
  ): Promise<TestQueues> {
    const having = built.filter(({ kind }) => kind === 'step' || kind === 'intake');
    const made = await createQueues(
      sqs,
      having.map(({ name }) => names.queue(name)),
      { maxReceiveCount: 5 },
    );

    const all = new Map(having.map(({ name }) => [name, known(made, names.queue(name))]));

    const consumed = having.flatMap(({ name, automation }): [CreatedQueue, FunctionName][] => {
      const queue = known(all, name);
      return [
        [queue, name],
        [{ url: queue.deadUrl, arn: arns.deadLetters(name), deadUrl: '' }, `${automation}.dead`],
      ];
    });

    return new TestQueues(sqs, all, consumed, of);
  }

  /** Lets the functions work until no queue has a message left that could be handed out. */
  settle(deliver: Deliver = 'twice'): Promise<void> {
    this.#deliver = deliver;
    return pollUntilQuiet(this.#sqs, this.#consumed);
  }

  /** Takes what is in a queue out of it, unseen. @returns how many messages there were. */
  async lose(fn: FunctionName): Promise<number> {
    const { url: QueueUrl } = known(this.all, fn);
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    for (const { ReceiptHandle } of Messages)
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    return Messages.length;
  }

  /** How many messages are in each queue and among its dead letters, handed out or not. */
  async left(): Promise<Readonly<Record<string, number>>> {
    const urls = [...this.all.values()].flatMap(({ url, deadUrl }) => [url, deadUrl]);

    const counted = urls.map(async (QueueUrl) => {
      const { Attributes = {} } = await this.#sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      );
      const {
        ApproximateNumberOfMessages,
        ApproximateNumberOfMessagesNotVisible,
        ApproximateNumberOfMessagesDelayed,
      } = Attributes;

      const counts = [
        ApproximateNumberOfMessages,
        ApproximateNumberOfMessagesNotVisible,
        ApproximateNumberOfMessagesDelayed,
      ];

      return [QueueUrl, counts.reduce((sum, count) => sum + Number(count), 0)] as const;
    });

    return Object.fromEntries(await Promise.all(counted));
  }

  async #handOut(
    event: SQSEvent,
    invoke: (event: SQSEvent) => Promise<unknown>,
  ): Promise<SQSBatchResponse> {
    this.bodies.push(...event.Records.map(({ body }) => body));
    const answer = await invoke(event);
    if (this.#deliver === 'twice') await invoke(event);
    return answer as SQSBatchResponse;
  }
}
