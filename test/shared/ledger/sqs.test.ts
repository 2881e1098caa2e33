import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seededRandom, waitingTimers } from '#shared/kernel/index.ts';
import { SqsSender, sqsClient } from '#shared/ledger/adapters/sqs/sender.ts';
import { MESSAGE_DELAY_MAX_MS, type Message } from '#shared/ledger/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { describeOnMoto } from '../../support/aws/moto.ts';
import {
  type CreatedQueue,
  createQueues,
  pollOnce,
  pollUntilQuiet,
} from '../../support/aws/poller.ts';

const QUEUE = 'invoice-approval.pay';
const message = (run: string, more: Partial<Message> = {}): Message => ({
  queue: QUEUE,
  workspace: 'acme',
  run,
  step: 'pay',
  subjectRefs: ['s1'],
  ...more,
});
const messages = (count: number, more: Partial<Message> = {}) =>
  Array.from({ length: count }, (_, i) => message(`r${i}`, more));
const credentials = { accessKeyId: 'AKIAFAKEFAKEFAKEFAKE', secretAccessKey: 'not-a-secret' };

interface Entry {
  readonly Id: string;
  readonly MessageBody: string;
  readonly DelaySeconds?: number;
}
interface SendRequest {
  readonly url: string;
  readonly entries: readonly Entry[];
}
/**
 * How SQS ends a request: it takes the entries but those that fail, fails as a whole, or cuts the
 * connection.
 */
type SendEnd =
  | {
      readonly fail?: (
        entry: Entry,
      ) => { readonly Code: string; readonly SenderFault: boolean } | undefined;
      readonly hide?: boolean;
    }
  | { readonly error: string; readonly status: number }
  | 'cut';

describe('a sender to SQS', () => {
  const servers: Server[] = [];

  afterEach(() => {
    vi.unstubAllEnvs();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /**
   * SQS as the API reference has its JSON protocol (SendMessageBatch), because moto takes whatever
   * is well-formed.
   */
  async function sqs(endOf: (request: SendRequest, n: number) => SendEnd = () => ({})) {
    const requests: SendRequest[] = [];
    const taken: Entry[] = [];

    const server = createServer(async (incoming, response) => {
      const { QueueUrl, Entries } = JSON.parse(await text(incoming)) as {
        QueueUrl: string;
        Entries: Entry[];
      };

      const request = { url: QueueUrl, entries: Entries };

      requests.push(request);

      const end = endOf(request, requests.length);
      if (end === 'cut') return void incoming.socket.destroy();
      if ('error' in end) {
        response.writeHead(end.status, { 'content-type': 'application/x-amz-json-1.0' });
        return void response.end(
          JSON.stringify({
            __type: `com.amazonaws.sqs#${end.error}`,
            message: 'words of the service',
          }),
        );
      }

      const Failed = Entries.flatMap((entry) => {
        const failure = end.fail?.(entry);
        return failure === undefined
          ? []
          : [{ Id: entry.Id, Message: 'words of the service', ...failure }];
      });

      const good = Entries.filter(({ Id }) => !Failed.some((one) => one.Id === Id));

      taken.push(...good);

      const md5 = (body: string) => createHash('md5').update(body).digest('hex');
      const Successful = good.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: `m-${Id}`,
        MD5OfMessageBody: md5(MessageBody),
      }));

      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(end.hide ? { Successful } : { Successful, Failed }));
    });

    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const timers = new ManualTimers(0);
    const waits: number[] = [];

    const sender = new SqsSender({
      client: sqsClient({ endpoint, region: 'local-1', credentials }),
      urlOf: (queue) => `https://sqs.local-1.amazonaws.com/123456789012/${queue}`,
      timers: {
        after(ms, act) {
          waits.push(ms);
          return timers.after(ms, act);
        },
      },
      random: seededRandom('sqs'),
    });

    /** Sends, and lets the time of pauses pass at once. */
    const send = async (all: readonly Message[]) => {
      let settled = false;
      const sent = sender.send(all).finally(() => {
        settled = true;
      });
      const outcome = Promise.allSettled([sent]);

      while (!settled) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        timers.advance(1_000);
      }

      await outcome;

      return sent;
    };

    const bodies = () =>
      taken.map(({ MessageBody }) => (JSON.parse(MessageBody) as Message).run).sort();

    return { send, requests, taken, waits, bodies, endpoint };
  }

  it('needs one round trip for ten messages of one queue', async () => {
    const { send, requests, waits } = await sqs();
    await send(messages(10));
    expect(requests.map(({ url, entries }) => [url, entries.length])).toEqual([
      [`https://sqs.local-1.amazonaws.com/123456789012/${QUEUE}`, 10],
    ]);
    expect(new Set(requests[0]?.entries.map(({ Id }) => Id)).size).toBe(10);
    expect(waits).toEqual([]);
  });

  it('asks nothing where there is nothing to send', async () => {
    const { send, requests } = await sqs();
    await send([]);
    expect(requests).toEqual([]);
  });

  it('sends no more than ten of one queue at once, and those of another queue apart', async () => {
    const { send, requests, bodies } = await sqs();
    await send([...messages(21), ...messages(2, { queue: 'invoice-approval.notify' })]);
    const sizes = requests.map(({ url, entries }) => `${url.split('.').at(-1)} ${entries.length}`);
    expect(sizes.sort()).toEqual(['notify 2', 'pay 1', 'pay 10', 'pay 10']);
    expect(bodies()).toHaveLength(23);
  });

  it('sends no more than a mebibyte at once, counted in bytes', async () => {
    const { send, requests } = await sqs();
    const [ids] = ['ü'.repeat(150_000)]; // 300 kB, longer than a ledger lets a message be
    await send(messages(7, { subjectRefs: [ids] }));
    expect(requests.map(({ entries }) => entries.length).sort()).toEqual([1, 3, 3]);

    for (const { entries } of requests) {
      expect(
        entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0),
      ).toBeLessThanOrEqual(1_048_576);
    }
  });

  it('writes the ids and nothing else', async () => {
    const { send, taken } = await sqs();
    await send([
      { ...message('r1', { delayMs: 5 }), amount: 1_250, creditor: 'someone' } as Message,
    ]);
    expect(taken.map(({ MessageBody }) => JSON.parse(MessageBody))).toEqual([
      { workspace: 'acme', run: 'r1', step: 'pay', subjectRefs: ['s1'] },
    ]);
  });

  it.each([
    [undefined, 0],
    [0, 0],
    [1, 1],
    [1_000, 1],
    [1_001, 2],
    [MESSAGE_DELAY_MAX_MS, 900],
  ])(
    'holds a message back for whole seconds, never less than asked: %s ms are %i s',
    async (delayMs, seconds) => {
      const { send, taken } = await sqs();
      await send([message('r1', delayMs === undefined ? {} : { delayMs })]);
      expect(taken.map(({ DelaySeconds }) => DelaySeconds)).toEqual([seconds]);
    },
  );

  it('sends again only what SQS did not take', async () => {
    const { send, requests, bodies } = await sqs((_, n) => ({
      fail: ({ Id }) =>
        n === 1 && ['2', '5'].includes(Id)
          ? { Code: 'InternalError', SenderFault: false }
          : undefined,
    }));

    await send(messages(10));
    expect(
      requests.map(({ entries }) => entries.map(({ MessageBody }) => JSON.parse(MessageBody).run)),
    ).toEqual([Array.from({ length: 10 }, (_, i) => `r${i}`), ['r2', 'r5']]);
    expect(bodies()).toHaveLength(10);
  });

  it('sends again what the answer does not name', async () => {
    const { send, bodies, requests } = await sqs((_, n) => ({
      fail: ({ Id }) =>
        n === 1 && Id === '0' ? { Code: 'InternalError', SenderFault: false } : undefined,
      hide: true,
    }));
    await send(messages(3));
    expect([requests.length, bodies()]).toEqual([2, ['r0', 'r1', 'r2']]);
  });

  it.each<[string, SendEnd]>([
    ['is throttled', { error: 'RequestThrottled', status: 400 }],
    ['is throttled, by another name', { error: 'ThrottlingException', status: 400 }],
    ['is throttled because the key is', { error: 'KmsThrottled', status: 400 }],
    ['meets an error of the service', { error: 'InternalFailure', status: 500 }],
    ['finds the service gone', { error: 'ServiceUnavailable', status: 503 }],
    ['loses the connection', 'cut'],
  ])('sends the whole request again when it %s, with pauses', async (_what, end) => {
    const { send, requests, bodies, waits } = await sqs((_request, n) => (n < 5 ? end : {}));
    await send(messages(3));
    expect([requests.length, bodies()]).toEqual([5, ['r0', 'r1', 'r2']]);
    expect(waits).toHaveLength(4);
    for (const [i, ms] of waits.entries()) expect(ms).toBeLessThanOrEqual(50 * 2 ** i);
  });

  it.each<[string, SendEnd, string]>([
    ['is throttled', { error: 'RequestThrottled', status: 400 }, 'RequestThrottled'],
    ['loses the connection', 'cut', 'ECONNRESET'],
  ])('gives up after five attempts when it always %s', async (_what, end, reason) => {
    const { send, requests } = await sqs(() => end);
    await expect(send(messages(3))).rejects.toMatchObject({
      code: 'ledger.unavailable',
      fate: 'retry',
      facts: { unsent: 3, messages: 3, reason },
    });
    expect(requests).toHaveLength(5);
  });

  it('gives up after five attempts on an entry that always fails, and says how many it was', async () => {
    const { send, requests, bodies } = await sqs(() => ({
      fail: ({ MessageBody }) =>
        MessageBody.includes('"r1"') ? { Code: 'InternalError', SenderFault: false } : undefined,
    }));

    await expect(send(messages(3))).rejects.toMatchObject({
      code: 'ledger.unavailable',
      facts: { unsent: 1, messages: 3, reason: 'InternalError' },
    });

    expect([requests.map(({ entries }) => entries.length), bodies()]).toEqual([
      [3, 1, 1, 1, 1],
      ['r0', 'r2'],
    ]);
  });

  it('does not repeat an entry that SQS will never take', async () => {
    const { send, requests, bodies } = await sqs(() => ({
      fail: ({ MessageBody }) =>
        MessageBody.includes('"r1"')
          ? { Code: 'InvalidMessageContents', SenderFault: true }
          : undefined,
    }));

    await expect(send(messages(3))).rejects.toMatchObject({
      code: 'ledger.unavailable',
      facts: { unsent: 1, messages: 3, reason: 'InvalidMessageContents' },
    });

    expect([requests.length, bodies()]).toEqual([1, ['r0', 'r2']]);
  });

  it.each([
    ['AccessDeniedException', 403],
    ['QueueDoesNotExist', 400],
    ['ExpiredToken', 403],
    ['KmsAccessDenied', 400],
    ['UnsupportedOperation', 400],
  ])('does not repeat a request that is refused for good: %s', async (error, status) => {
    const { send, requests } = await sqs(() => ({ error, status }));
    await expect(send(messages(3))).rejects.toMatchObject({
      code: 'ledger.unavailable',
      facts: { unsent: 3, reason: error },
    });
    expect(requests).toHaveLength(1);
  });

  it('sends to the other queues when one of them cannot be reached', async () => {
    const { send, bodies } = await sqs(
      ({ url }): SendEnd =>
        url.endsWith('.pay') ? { error: 'QueueDoesNotExist', status: 400 } : {},
    );

    await expect(
      send([message('lost'), message('kept', { queue: 'other' })]),
    ).rejects.toMatchObject({ facts: { unsent: 1, messages: 2 } });
    expect(bodies()).toEqual(['kept']);
  });

  it('shows no words of the service and no ids in its error', async () => {
    const { send } = await sqs(() => ({ error: 'AccessDeniedException', status: 403 }));
    const error = (await send([message('run-of-somebody')]).catch(
      (thrown: unknown) => thrown,
    )) as Error;
    const shown = [error.message, error.stack, JSON.stringify(error)].join(' ');
    expect(shown).not.toMatch(/run-of-somebody|words of the service|acme/);
    expect(error.cause).toBeUndefined();
  });

  it('talks to its own endpoint, whatever host the URL of a queue names', async () => {
    const { endpoint, bodies } = await sqs();
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', endpoint);

    const client = sqsClient({ region: 'local-1', credentials });
    const urlOf = (queue: string) => `https://sqs.elsewhere.invalid/123456789012/${queue}`;

    await new SqsSender({ client, urlOf, timers: waitingTimers, random: seededRandom('sqs') }).send(
      [message('r1')],
    );
    expect(bodies()).toEqual(['r1']);
  });

  it('sends nothing at all where it has no URL for a queue', async () => {
    const { requests, endpoint } = await sqs();

    const sender = new SqsSender({
      client: sqsClient({ endpoint, region: 'local-1', credentials }),
      urlOf: (queue) => {
        if (queue === QUEUE) return endpoint;
        throw new Error('no such queue');
      },
      timers: waitingTimers,
      random: seededRandom('sqs'),
    });

    await expect(sender.send([message('r1'), message('r2', { queue: 'other' })])).rejects.toThrow(
      'no such queue',
    );
    expect(requests).toEqual([]);
  });
});

await describeOnMoto('a poller that stands for Lambda’s event source mapping', (aws) => {
  const client = new SQSClient(aws);

  async function queueWith(runs: readonly string[], maxReceiveCount = 2) {
    const name = `${randomBytes(4).toString('hex')}.pay`;
    const queue = (await createQueues(client, [name], { maxReceiveCount })).get(
      name,
    ) as CreatedQueue;

    const sender = new SqsSender({
      client: sqsClient(aws),
      urlOf: () => queue.url,
      timers: waitingTimers,
      random: seededRandom(name),
    });

    await sender.send(runs.map((run) => message(run)));

    return queue;
  }

  const runOf = ({ body }: { readonly body: string }) => (JSON.parse(body) as Message).run;

  it('hands over records as Lambda does, and deletes what did not fail', async () => {
    const queue = await queueWith(['good', 'bad']);
    const events: SQSEvent[] = [];
    const polled = await pollOnce(client, queue, async (event) => {
      events.push(event);
      const failed = event.Records.filter((record) => runOf(record) === 'bad');
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    });

    expect(polled).toEqual({ received: 2, deleted: 1 });

    expect(events[0]?.Records.find((record) => runOf(record) === 'bad')).toMatchObject({
      body: '{"workspace":"acme","run":"bad","step":"pay","subjectRefs":["s1"]}',
      attributes: { ApproximateReceiveCount: '1' },
      eventSource: 'aws:sqs',
      eventSourceARN: queue.arn,
    });

    const again = await pollOnce(client, queue, async (event) => {
      events.push(event);
      return { batchItemFailures: [] };
    });

    expect([
      again,
      events[1]?.Records.map((record) => [
        runOf(record),
        record.attributes.ApproximateReceiveCount,
      ]),
    ]).toEqual([{ received: 1, deleted: 1 }, [['bad', '2']]]);

    expect(await pollOnce(client, queue, async () => null)).toEqual({ received: 0, deleted: 0 });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
    ],
    [
      'names no message of the batch',
      () => ({ batchItemFailures: [{ itemIdentifier: 'another' }] }),
    ],
    ['names nothing', () => ({ batchItemFailures: [{ itemIdentifier: '' }] })],
  ])('deletes nothing when the function %s', async (_, end) => {
    const queue = await queueWith(['r1', 'r2']);

    expect(await pollOnce(client, queue, async () => end())).toMatchObject({
      received: 2,
      deleted: 0,
    });

    expect(await pollOnce(client, queue, async () => undefined)).toEqual({
      received: 2,
      deleted: 2,
    });
  });

  it('leaves it to the queue to give up what comes too often, and goes on until all is quiet', async () => {
    const queue = await queueWith(['hopeless', 'fine'], 3);
    const seen: string[] = [];

    const handler = async ({ Records }: SQSEvent) => {
      seen.push(...Records.map(runOf));
      return {
        batchItemFailures: Records.filter((r) => runOf(r) === 'hopeless').map(({ messageId }) => ({
          itemIdentifier: messageId,
        })),
      };
    };

    await pollUntilQuiet(client, [{ queue, handler }], { batchSize: 1 });
    expect(seen.sort()).toEqual(['fine', 'hopeless', 'hopeless', 'hopeless']);

    const dead: string[] = [];

    await pollOnce(client, { ...queue, url: queue.deadUrl }, async ({ Records }) => {
      dead.push(...Records.map(runOf));
      return null;
    });

    expect(dead).toEqual(['hopeless']);
  });

  it('leaves what failed for as long as it is told', async () => {
    const queue = await queueWith(['r1']);

    await pollOnce(
      client,
      queue,
      async ({ Records }) => ({
        batchItemFailures: [{ itemIdentifier: Records[0]?.messageId ?? '' }],
      }),
      {
        againSeconds: 900,
      },
    );

    expect(await pollOnce(client, queue, async () => null)).toEqual({ received: 0, deleted: 0 });
  });
});
