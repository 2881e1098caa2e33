import { ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountedMetrics } from '#shared/kernel/adapters/counted-metrics.ts';
import { type MetricName, systemClock } from '#shared/kernel/index.ts';
import { shardsOf } from '#shared/ledger/adapters/dynamodb/items.ts';
import { dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import type { Change, Document, Ledger } from '#shared/ledger/index.ts';
import { DUE, LIST, SWEEP } from '#shared/ledger/tables.ts';
import { type DynamoStore, openDynamoStore, TABLES } from '../../support/aws/dynamo-ledger.ts';

/** What a role may do that may insert into the table: put items there that no ledger wrote. */
let put: (...items: Record<string, Attribute>[]) => Promise<unknown>;
let store: DynamoStore;
let ledger: Ledger;
let counted: () => Partial<Record<MetricName, number>>;
beforeEach(async () => {
  const metrics = new CountedMetrics(systemClock);

  store = await openDynamoStore(metrics);
  ledger = store.ledger('invoice-approval.pay');

  counted = () => {
    metrics.flush();
    return Object.fromEntries(
      Object.entries(metrics.snapshot().totals).map(([name, { sum }]) => [name, sum]),
    );
  };

  const { url: endpoint, requestHandler } = store.front;

  const client = dynamoClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 't', secretAccessKey: 't' },
    endpoint,
    requestHandler,
  });

  put = (...items) => {
    const TransactStatements = items.map((item) => ({
      Statement: `INSERT INTO "${TABLES.state}" VALUE {${Object.keys(item)
        .map((name) => `'${name}': ?`)
        .join(', ')}}`,
      Parameters: Object.values(item),
    }));
    return client.send(new ExecuteTransactionCommand({ TransactStatements }));
  };
});
afterEach(() => store.close());

type Attribute = { readonly S: string } | { readonly N: string } | { readonly B: Uint8Array };
const S = (text: string): Attribute => ({ S: text });
const N = (n: number): Attribute => ({ N: String(n) });
const B = (text: string): Attribute => ({ B: Buffer.from(text) });

/** An item as a document is one, but for what is said otherwise. */
const item = (pk: string, over: Record<string, Attribute> = {}): Record<string, Attribute> => ({
  pk: S(pk),
  sk: S('now'),
  name: S(pk),
  rev: N(1),
  commitment: S('A'.repeat(43)),
  body: B('{}'),
  ...over,
});

const UNREADABLE: [string, Record<string, Attribute>][] = [
  ['a body that is text', { body: S('{}') }],
  ['a body that is no JSON', { body: B('{') }],
  ['a body that is empty', { body: B('') }],
  ['a revision that is text', { rev: S('1') }],
  ['a commitment that is none', { commitment: N(1) }],
];
const places = ({ documents }: { readonly documents: readonly Document[] }) =>
  documents.map(({ target }) => target.split('#')[3]);

/** A way to find documents, and what an item or a document needs to be found by it at a place. */
interface Way {
  at(place: number): Record<string, Attribute>;
  good(id: string, place: number): Change;
  find(): Promise<{ readonly documents: readonly Document[] }>;
}
const WAYS: [string, Way][] = [
  [
    'a list',
    {
      at: (place) => ({ [LIST.partition]: S('gates#acme'), [LIST.sort]: S(`0${place}`) }),
      good: (id, place) => ({
        op: 'insert',
        target: `gate#invoice-approval#acme#${id}`,
        body: {},
        index: { list: { name: 'gates#acme', sort: `0${place}` } },
      }),
      find: () => ledger.query({ by: 'list', list: 'gates#acme', limit: 100 }),
    },
  ],
  [
    'what is due',
    {
      at: (place) => ({
        [DUE.partition]: S(shardsOf(DUE, 'invoice-approval')[place % 8] as string),
        [DUE.sort]: N(place),
      }),
      good: (id, dueAt) => ({
        op: 'insert',
        target: `timer#invoice-approval#acme#${id}`,
        body: {},
        index: { dueAt },
      }),
      find: () =>
        ledger.query({ by: 'due', automation: 'invoice-approval', until: 100, limit: 100 }),
    },
  ],
  [
    'what is marked',
    {
      at: (place) => ({
        [SWEEP.partition]: S(shardsOf(SWEEP, 'invoice-approval')[place % 8] as string),
        [SWEEP.sort]: N(place),
      }),
      good: (id, sweepAt) => ({
        op: 'insert',
        target: `run#invoice-approval#acme#${id}`,
        body: {},
        sweepAt,
      }),
      find: () =>
        ledger.query({ by: 'sweep', automation: 'invoice-approval', until: 100, limit: 100 }),
    },
  ],
];

describe.each(WAYS)('%s on DynamoDB', (what, { at, good, find }) => {
  const commit = (...changes: Change[]) =>
    ledger.commit({
      changes,
      entries: [
        {
          workspace: 'acme',
          actor: { kind: 'service', id: 'x' },
          action: 'step.done',
          outcome: 'ok',
        },
      ],
    });

  it('gives every document beside one that cannot be read, and counts that one', async () => {
    await commit(good('first', 0), good('last', 9));
    for (const [i, [, over]] of UNREADABLE.entries())
      await put(item(`run#invoice-approval#acme#bad${i}`, { ...over, ...at(i + 1) }));
    expect(places(await find())).toEqual(['first', 'last']);
    expect(counted().DocumentsUnreadable).toBe(UNREADABLE.length);
  });

  it('gives every document beside one whose key is none of ours', async () => {
    await commit(good('first', 0), good('last', 9));

    const strangers = [
      '',
      '#',
      'run',
      'run#*#acme#r1',
      'nobody#knows#it',
      'x'.repeat(2_048),
      `run#other#acme#${'r'.repeat(201)}`,
    ];

    for (const [i, pk] of strangers.filter((key) => key !== '').entries())
      await put(item(pk, at(i + 1)));

    expect(places(await find())).toEqual(['first', 'last']);
    if (what !== 'a list') expect(counted().IndexMismatches).toBe(strangers.length - 1);
  });
});

describe('strangers in the partitions of an automation on DynamoDB', () => {
  it('cost no request for each few of them', async () => {
    const shards = shardsOf(DUE, 'invoice-approval');
    for (let from = 0; from < 300; from += 100)
      await put(
        ...Array.from({ length: 100 }, (_, i) =>
          item(`timer#evil#acme#r${from + i}`, {
            [DUE.partition]: S(shards[0] as string),
            [DUE.sort]: N(1),
          }),
        ),
      );

    store.front.clearRequests();
    expect(
      (await ledger.query({ by: 'due', automation: 'invoice-approval', until: 100, limit: 10 }))
        .documents,
    ).toEqual([]);

    expect(store.front.count('Query')).toBe(shards.length + 1);
    expect(counted().IndexMismatches).toBe(300);
  });
});

describe('a cursor on DynamoDB', () => {
  it.each([
    ['place', JSON.stringify(['é'.repeat(513), 'run#invoice-approval#acme#r1'])],
    ['key', JSON.stringify(['01', 'r'.repeat(1_025)])],
  ])(
    'is refused when its %s is longer than a key can be, and nothing is asked',
    async (_, after) => {
      store.front.clearRequests();

      await expect(
        ledger.query({ by: 'list', list: 'gates#acme', limit: 1, after }),
      ).rejects.toMatchObject({
        code: 'ledger.refused',
        fate: 'refuse',
      });

      expect(store.front.requests).toEqual([]);
    },
  );
});
