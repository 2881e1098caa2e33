import { type AttributeValue, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#shared/kernel/index.ts';
import { insertDocument, insertEntry } from '#shared/ledger/adapters/dynamodb/statements.ts';
import {
  type Change,
  type Document,
  directoryName,
  entriesOfRun,
  prepareCommit,
  type TrailPage,
} from '#shared/ledger/index.ts';
import { TABLES } from '../../support/aws/dynamo-ledger.ts';
import type { ReadFault } from '../../support/aws/dynamodb/faults.ts';
import type { Reply } from '../../support/aws/dynamodb/http.ts';
import { Refusal } from '../../support/aws/dynamodb/refusal.ts';
import {
  bench,
  benchForEachTest,
  cancelledFor,
  endOf,
  entry,
  insert,
  ledger,
  one,
  put,
  replace,
  runKey,
  times,
} from './dynamodb-bench.ts';

/** How often the adapter makes a request of a reading without getting anything. */
const ATTEMPTS = 5;

benchForEachTest();

const ids = (count: number) =>
  Array.from({ length: count }, (_, i) => `r${String(i).padStart(3, '0')}`);
const names = (documents: readonly (Document | undefined)[]) =>
  documents.map((document) => document?.target.split('#').at(-1));
const unavailable = { code: 'ledger.unavailable', fate: 'retry' };

/** Inserts many documents, as many to a commit as it takes. */
async function putAll(changes: readonly Change[]): Promise<void> {
  for (let i = 0; i < changes.length; i += 99)
    await ledger.commit({ changes: changes.slice(i, i + 99), entries: [entry()] });
  bench.sent();
}

describe('a reading by key', () => {
  it('finds a hundred documents of two tables with one request, in the order asked for', async () => {
    const token = `token#acme#alice.${'Ab9_'.repeat(11).slice(0, 43)}`;
    const as = directoryName('acme', seededRandom('row'));

    await putAll(ids(97).map((id) => insert(id, { id })));
    await ledger.commit(one({ op: 'insert', target: token, as, body: { at: 'token' } }));
    await ledger.commit(one({ op: 'insert', target: 'key#subject#acme#s1', body: { at: 'key' } }));
    bench.sent();

    const targets = [
      token,
      ...ids(97).map(runKey),
      runKey('missing'),
      'key#subject#acme#s1',
    ].reverse();

    const found = await ledger.read(targets);

    expect(found.map((document) => document?.target)).toEqual(
      targets.map((target) => (target === runKey('missing') ? undefined : target)),
    );
    expect(found.at(-1)).toMatchObject({ as, body: { at: 'token' } });

    const [request, ...more] = bench.sent();

    expect(more).toEqual([]);

    const { RequestItems } = JSON.parse(request!.text);

    expect(Object.keys(RequestItems).sort()).toEqual([TABLES.keys, TABLES.state]);

    for (const { ConsistentRead } of Object.values<{ ConsistentRead: boolean }>(RequestItems))
      expect(ConsistentRead).toBe(true);
  });

  it('of nothing asks nothing; a document that is asked for twice is read once and given twice', async () => {
    await put(ledger, 'r1', { a: [1] });
    bench.sent();
    expect(await ledger.read([])).toEqual([]);
    expect(bench.sent()).toEqual([]);
    const [first, second] = await ledger.read([runKey('r1'), runKey('r1')]);
    expect(first).toEqual(second);
    expect(first?.body).not.toBe(second?.body);
  });

  it.each([
    [['partial', 'partial', 'partial']],
    [['throttled', 'partial', 'lost', 'partial', 'throttled', 'partial', 'lost', 'partial']],
    // more than the attempts there are, but each time something came
    [[10, 10, 10, 10, 10, 10, 10, 10].map((from) => ({ kind: 'partial' as const, from }))],
  ] satisfies [(ReadFault['kind'] | ReadFault)[]][])(
    'gathers what comes back in parts: %j',
    async (faults) => {
      await putAll(ids(95).map((id) => insert(id)));
      bench.nextRead(...faults);
      expect(names(await ledger.read(ids(95).map(runKey)))).toEqual(ids(95));
      expect(bench.sent()).toHaveLength(faults.length + 1);
    },
  );

  it.each([
    ['throttled', 'ThrottlingException'],
    ['lost', 'ECONNRESET'],
    [{ kind: 'partial', from: 0 }, 'UnprocessedKeys'],
  ] satisfies [ReadFault | ReadFault['kind'], string][])(
    'is given up when nothing comes: %j',
    async (fault, reason) => {
      bench.nextRead(...times(20, fault));
      await expect(ledger.read([runKey('r1')])).rejects.toMatchObject({
        ...unavailable,
        facts: { reason },
      });
      expect(bench.sent()).toHaveLength(ATTEMPTS);
    },
  );

  it.each([
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ThrottlingException',
    'LimitExceededException',
  ])('is tried again after %s', async (type) => {
    bench.answer('BatchGetItem', new Refusal(type, 'slow down'));
    expect(await ledger.read([runKey('r1')])).toEqual([undefined]);
    expect(bench.sent()).toHaveLength(2);
  });

  it.each(['AccessDeniedException', 'ResourceNotFoundException', 'ValidationException'])(
    'is not tried again after %s',
    async (type) => {
      bench.answer('BatchGetItem', new Refusal(type, 'no'));
      await expect(ledger.read([runKey('r1')])).rejects.toMatchObject({
        ...unavailable,
        facts: { reason: type },
      });
      expect(bench.sent()).toHaveLength(1);
    },
  );

  it('before a removal fails as a reading does: nothing was sent, and the number is free', async () => {
    const at = await put(ledger, 'r1');

    bench.sent();
    bench.nextRead(...times(20, 'lost' as const));
    expect(await endOf(ledger.commit(one({ op: 'remove', target: runKey('r1'), at })))).toBe(
      'ledger.unavailable',
    );
    expect(bench.sent('ExecuteTransaction')).toEqual([]);
    expect(await endOf(ledger.commit(one(insert('r2'))))).toBe('n 2');
  });
});

describe('a list', () => {
  const list = (id: string): Change => ({
    ...(insert(id) as Change & { op: 'insert' }),
    index: { list: { name: 'runs', sort: id } },
  });

  const page = (limit: number, after?: string) =>
    ledger.query({ by: 'list', list: 'runs', limit, after });

  it('gives more than one batch of documents in a page, in order, read as they stand', async () => {
    await putAll(ids(250).map(list));

    const [first, second] = [await page(230), await page(230, (await page(230)).next)];

    expect(names([...first.documents, ...second.documents])).toEqual(ids(250));
    expect(second.next).toBeUndefined();
    bench.sent();
    await page(230);

    expect(
      bench
        .sent()
        .map(({ operation, text }) => [
          operation,
          JSON.parse(text).RequestItems?.[TABLES.state].Keys.length,
        ]),
    ).toEqual([
      ['Query', undefined],
      ['BatchGetItem', 100],
      ['BatchGetItem', 100],
      ['BatchGetItem', 30],
    ]);
  });

  it('goes on across documents that are gone, also with an index that still shows them', async () => {
    await putAll(ids(12).map(list));
    bench.front.fallBehind();

    const gone = await ledger.read(ids(12).slice(2, 9).map(runKey));

    await ledger.commit(
      one(
        ...gone.map(
          (document): Change => ({ op: 'remove', target: document!.target, at: document! }),
        ),
      ),
    );

    const [first] = await ledger.read([runKey('r000')]);

    await ledger.commit(one(replace('r000', first!, { v: 'new' })));

    const seen: (string | undefined)[] = [];
    for (let after: string | undefined, pages = 0; pages === 0 || after !== undefined; pages++) {
      const found = await page(3, after);
      expect(found.documents.length).toBeLessThanOrEqual(3);
      seen.push(...names(found.documents));
      after = found.next;
    }

    expect(seen).toEqual([0, 1, 9, 10, 11].map((i) => ids(12)[i]));
    expect((await page(1)).documents[0]).toMatchObject({ rev: 2, body: { v: 'new' } });
  });

  it('ends where its limit is also the number of what is left', async () => {
    await putAll(ids(4).map(list));
    expect((await page(4)).next).toBeUndefined();
    const first = await page(2);
    const second = await page(2, first.next);
    expect([names(second.documents), second.next]).toEqual([['r002', 'r003'], undefined]);
  });

  it.each(['', 'x', '[]', '{}', 'null', '["a"]', '["a",7]', '["",""]'])(
    'refuses a cursor that no page gave: %j',
    async (after) => {
      await expect(page(2, after)).rejects.toMatchObject({ code: 'ledger.refused' });
      expect(bench.sent()).toEqual([]);
    },
  );

  it('is tried again like any reading, and given up', async () => {
    await putAll(ids(2).map(list));
    bench.nextRead('throttled', 'lost', undefined, 'partial', 'throttled');
    expect(names((await page(2)).documents)).toEqual(ids(2));
    bench.nextRead(...times(20, 'throttled' as const));
    await expect(page(2)).rejects.toMatchObject(unavailable);
  });
});

describe('what is due', () => {
  const due = (limit: number, automation = 'invoice-approval') =>
    ledger.query({ by: 'due', automation, until: 100, limit });

  const timer = (id: string, dueAt: number, automation = 'invoice-approval'): Change => ({
    op: 'insert',
    target: `timer#${automation}#acme#${id}`,
    body: { id },
    index: { dueAt },
  });

  /**
   * Puts a document that names partitions of another automation, as a function that was taken over
   * might.
   */
  async function forge(id: string, dueAt: number, index: string): Promise<void> {
    const [prepared] = prepareCommit(one(timer(id, dueAt, 'intruder'))).changes;
    const { Statement, Parameters } = insertDocument(TABLES.state, prepared!);
    const forged = Parameters.map((value) =>
      value.S?.startsWith('due#intruder#') ? { S: index } : value,
    );

    await bench.options.client.send(
      new ExecuteTransactionCommand({ TransactStatements: [{ Statement, Parameters: forged }] }),
    );
  }

  it('is gathered from every shard, earliest first, up to the limit', async () => {
    await putAll(ids(90).map((id, i) => timer(id, (i * 37) % 90)));
    const found = (await due(40)).documents;
    expect(found.map(({ body }) => body)).toEqual(
      Array.from({ length: 40 }, (_, at) => ({ id: ids(90).find((_, i) => (i * 37) % 90 === at) })),
    );
    expect(bench.sent('Query')).toHaveLength(8);
    expect((await due(1_000)).documents).toHaveLength(90);
  });

  it('may be shown by an index after it is gone, as it was', async () => {
    await ledger.commit(one(timer('t1', 5)));
    bench.front.fallBehind();

    const [standing] = await ledger.read(['timer#invoice-approval#acme#t1']);

    await ledger.commit(
      one({ op: 'remove', target: standing!.target, at: standing! }, insert('r1')),
    );
    expect((await due(5)).documents).toEqual([standing]);
    await bench.front.catchUp();
    expect((await due(5)).documents).toEqual([]);
  });

  it("passes over another automation's documents and counts them, also where they stand before all others", async () => {
    await putAll(ids(30).map((id) => timer(id, 50)));
    for (let i = 0; i < 24; i++) await forge(`f${i}`, i, `due#invoice-approval#${i % 8}`);

    const [found] = (await due(1)).documents;

    expect(found?.target).toMatch(/^timer#invoice-approval#/);
    expect(bench.counted().IndexMismatches).toBeGreaterThan(0);

    const before = bench.counted().IndexMismatches ?? 0;

    expect(names((await due(100)).documents).sort()).toEqual(ids(30));
    expect(bench.counted().IndexMismatches).toBe(before + 24);
    expect((await due(100, 'intruder')).documents).toEqual([]);
    expect(bench.counted().IndexMismatches).toBe(before + 24);
  });

  it('is not given in part when one shard cannot be read', async () => {
    await putAll(ids(9).map((id) => timer(id, 1)));
    bench.answer(
      'Query',
      ...times(3, 'arrive' as const),
      new Refusal('AccessDeniedException', 'no'),
    );
    await expect(due(5)).rejects.toMatchObject(unavailable);
  });
});

describe('the trail of a run', () => {
  it('is read as it stands, over more pages than one, oldest first', async () => {
    for (let i = 0; i < 3; i++) {
      const entries = Array.from({ length: 70 }, () => entry({ run: 'run-1' })) as [
        ReturnType<typeof entry>,
      ];
      await bench.ledger(i === 1 ? 'invoice-approval.book' : undefined).commit({ entries });
      bench.clock.advance(1);
    }

    await ledger.commit({ entries: [entry({ run: 'run-2' }), entry()] });
    bench.nextRead('throttled', undefined, 'partial', 'lost');

    const told = (await entriesOfRun(bench.trail, 'run-1')).map(
      ({ writer, n }) => `${writer.split('#')[0]} ${n}`,
    );
    const numbers = Array.from({ length: 70 }, (_, i) => i + 1);

    // those of one time have no order over pages
    for (const [i, step] of ['pay', 'book', 'pay'].entries())
      expect(told.slice(70 * i, 70 * (i + 1)).sort()).toEqual(
        numbers.map((n) => `invoice-approval.${step} ${n}`).sort(),
      );

    expect(told.slice(0, 70)).toEqual(numbers.map((n) => `invoice-approval.pay ${n}`));
    expect(await entriesOfRun(bench.trail, 'run-3')).toEqual([]);
  });

  it('costs what a page does, however many entries there are', async () => {
    for (let i = 0; i < 5; i++) {
      const entries = Array.from({ length: 90 }, () => entry({ run: 'run-1' })) as [
        ReturnType<typeof entry>,
      ];
      await ledger.commit({ entries });
    }

    let after: string | undefined;
    for (const count of [100, 100, 100, 100, 50]) {
      bench.sent();
      const page = await bench.trail.ofRun('run-1', { limit: 100, after });
      expect(page.entries).toHaveLength(count);
      expect(bench.sent().map(({ operation }) => operation)).toEqual(['Query', 'BatchGetItem']);
      after = page.next;
    }

    expect(after).toBeUndefined();
  });

  it('goes on past any place that whoever writes entries may choose', async () => {
    const writer = `invoice-approval.pay#${'\u0001'.repeat(2_000)}`;
    const numbers = [`-${'9'.repeat(38)}`, '-1', '0', '1', '9'.repeat(38)];

    for (const N of numbers) {
      const { Statement, Parameters } = insertEntry(
        TABLES.trail,
        { writer, n: 1, bytes: new Uint8Array() },
        'run-1',
        1,
      );

      const forged = Parameters.map((value) => ('N' in value ? { N } : value)) as AttributeValue[];

      await bench.options.client.send(
        new ExecuteTransactionCommand({ TransactStatements: [{ Statement, Parameters: forged }] }),
      );
    }

    const places: string[] = [];
    let after: string | undefined;

    do {
      const page: TrailPage = await bench.trail.ofRun('run-1', { limit: 1, after });
      places.push(
        ...page.entries.map((one) => `${one.writer === writer} ${one.n} ${one.bytes.length}`),
      );
      after = page.next;
    } while (after !== undefined && places.length <= numbers.length);

    expect(places).toEqual(['true -1e+38 0', 'true -1 0', 'true 0 0', 'true 1 0', 'true 1e+38 0']);
  });

  it('holds an empty place for an entry without bytes, and goes on from a number that is written in another way', async () => {
    const place = { pk: { S: 'invoice-approval.pay#x' }, sk: { N: '1.5' }, time: { N: '1E+100' } };
    const reply = (body: object): Reply => ({ status: 200, text: JSON.stringify(body) });

    bench.answer('Query', reply({ Items: [place, { ...place, sk: { N: '2' } }] }));
    bench.answer(
      'BatchGetItem',
      reply({ Responses: { [TABLES.trail]: [{ ...place, body: { S: 'no bytes' } }] } }),
    );

    const { entries, next } = await bench.trail.ofRun('run-1', { limit: 1 });

    expect(entries).toEqual([
      { writer: 'invoice-approval.pay#x', n: 1.5, bytes: new Uint8Array() },
    ]);
    bench.sent();
    bench.answer('Query', reply({ Items: [] }));
    await bench.trail.ofRun('run-1', { limit: 1, after: next });

    const start = { ...place, run: { S: 'run-1' } };

    expect(bench.sent('Query').map(({ text }) => JSON.parse(text).ExclusiveStartKey)).toEqual([
      start,
    ]);
  });

  it('is refused, not shortened, when it cannot be read', async () => {
    bench.answer('Scan', ...times(20, cancelledFor('None')));
    await expect(bench.check()).rejects.toMatchObject(unavailable);
  });
});
