import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#shared/kernel/index.ts';
import { dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { directoryName } from '#shared/ledger/index.ts';
import type { Fault } from '../../support/aws/dynamodb/faults.ts';
import { Refusal } from '../../support/aws/dynamodb/refusal.ts';
import {
  ACCESS_DENIED,
  bench,
  benchForEachTest,
  COMMIT_ATTEMPTS,
  cancelledFor,
  endOf,
  entry,
  INVALID,
  insert,
  ledger,
  nextPlace,
  one,
  PLACE,
  put,
  replace,
  runKey,
  STALE,
  times,
  transactions,
} from './dynamodb-bench.ts';

benchForEachTest();

describe('a commit without trouble', () => {
  it('is one request; a reading is one; a removal is two', async () => {
    const at = await put(ledger, 'r1');

    expect(bench.sent().map(({ operation }) => operation)).toEqual(['ExecuteTransaction']);
    await ledger.read([runKey('r1'), runKey('r2')]);
    expect(bench.sent().map(({ operation }) => operation)).toEqual(['BatchGetItem']);
    await ledger.commit(one({ op: 'remove', target: runKey('r1'), at }, insert('r3')));
    expect(bench.sent().map(({ operation }) => operation)).toEqual([
      'BatchGetItem',
      'ExecuteTransaction',
    ]);

    expect(bench.counted()).toEqual({});
  });

  it('takes as many numbers as it has entries', async () => {
    const { entries } = await ledger.commit({ entries: [entry(), entry({ run: 'r1' }), entry()] });
    expect(entries.map(({ n }) => n)).toEqual([1, 2, 3]);
    expect((await nextPlace(ledger)).n).toBe(4);
    expect(await bench.check()).toEqual({ entries: 4, problems: [] });
  });

  it('has a token of its own', async () => {
    for (const id of ['r1', 'r2', 'r3']) await put(ledger, id);
    expect(
      new Set(transactions().map(({ text }) => JSON.parse(text).ClientRequestToken)).size,
    ).toBe(3);
  });
});

describe('how a commit ended', () => {
  it('in a conflict: the number is free, and the documents are named that moved on', async () => {
    const at = await put(ledger, 'r1');
    const before = await nextPlace(ledger);
    const commit = one(replace('r1', at), replace('r2', STALE), insert('r3'));
    const error = await ledger
      .commit({ ...commit, checks: [{ target: runKey('r4'), at: STALE }] })
      .catch((error) => error);

    expect(error).toMatchObject({
      code: 'ledger.conflict',
      fate: 'reread',
      targets: [runKey('r2'), runKey('r4')],
    });

    expect(await nextPlace(ledger)).toEqual({ writer: before.writer, n: before.n + 1 });
    expect(bench.counted()).toEqual({ CommitConflicts: 1 });
  });

  it('in a conflict beside a trouble that would pass: it is not tried again', async () => {
    bench.answer('ExecuteTransaction', cancelledFor('ConditionalCheckFailed', 'ThrottlingError'));
    expect(await endOf(ledger.commit(one(insert('r1'))))).toBe('ledger.conflict');
    expect(transactions()).toHaveLength(1);
  });

  it('in a removal of what is gone or has moved on: a conflict, counted as one, before anything is sent', async () => {
    const at = await put(ledger, 'r1');

    await ledger.commit(one(replace('r1', at)));
    transactions();
    expect(await endOf(ledger.commit(one({ op: 'remove', target: runKey('r0'), at })))).toBe(
      'ledger.conflict',
    );
    expect(await endOf(ledger.commit(one({ op: 'remove', target: runKey('r1'), at })))).toBe(
      'ledger.conflict',
    );
    expect(transactions()).toEqual([]);
    expect(bench.counted()).toEqual({ CommitConflicts: 2 });
    expect((await nextPlace(ledger)).n).toBe(3);
  });

  it('without an answer: not known, and another writer begins at 1', async () => {
    const before = await nextPlace(ledger);

    transactions();
    bench.next(...times(20, 'lost-before' as const));
    await expect(ledger.commit(one(insert('r1')))).rejects.toMatchObject({
      code: 'ledger.unknown',
      fate: 'reread',
    });

    expect(transactions()).toHaveLength(COMMIT_ATTEMPTS);
    bench.next();

    const after = await nextPlace(ledger);

    expect(after.n).toBe(1);
    expect(after.writer).not.toBe(before.writer);
    expect(after.writer.split('#')[0]).toBe('invoice-approval.pay');
    expect(bench.counted()).toEqual({ CommitRetries: COMMIT_ATTEMPTS - 1, CommitsUnknown: 1 });
    expect(await bench.check()).toEqual({ entries: 2, problems: [] });
  });

  it.each(['TransactionInProgressException', 'IdempotentParameterMismatchException'])(
    'with word of another request under its token, each time: not known (%s)',
    async (type) => {
      const before = await nextPlace(ledger);
      bench.answer(
        'ExecuteTransaction',
        ...times(COMMIT_ATTEMPTS, new Refusal(type, 'the token is in use')),
      );
      expect(await endOf(ledger.commit(one(insert('r1'))))).toBe('ledger.unknown');
      expect((await nextPlace(ledger)).writer).not.toBe(before.writer);
    },
  );

  const refusals: [string, Refusal][] = [
    ['AccessDeniedException', ACCESS_DENIED],
    ['ValidationException', INVALID],
    ['a document that moved on', cancelledFor('ConditionalCheckFailed', 'None')],
    ['a document that is there', cancelledFor('DuplicateItem', 'None')],
    ['ValidationError at a statement', cancelledFor('None', 'ValidationError')],
  ];

  const silences: Fault['kind'][] = ['lost-before', 'late', 'error-before', 'in-progress'];

  it.each(
    refusals.flatMap(([name, refusal]) => silences.map((kind) => [kind, name, refusal] as const)),
  )('after %s, %s says nothing: not known', async (kind, _, refusal) => {
    const before = await nextPlace(ledger);
    transactions();
    bench.next(kind);
    bench.answer('ExecuteTransaction', 'arrive', refusal);
    expect(await endOf(ledger.commit(one(insert('r1'))))).toBe('ledger.unknown');
    expect(transactions()).toHaveLength(2);
    expect((await nextPlace(ledger)).writer).not.toBe(before.writer);
  });

  it.each(['DuplicateItem', 'ValidationError'])(
    'after silence, an entry at our own number proves it: %s',
    async (code) => {
      const at = await put(ledger, 'r1');

      bench.next('lost-after', 'token-expired'); // the document has moved on, by this very commit

      if (code === 'ValidationError')
        bench.answer('ExecuteTransaction', 'arrive', duplicateInWords());

      const { revisions, entries } = await ledger.commit(one(replace('r1', at)));

      expect(entries[0]?.n).toBe(2);
      expect((await ledger.read([runKey('r1')]))[0]).toMatchObject(revisions.get(runKey('r1'))!);
      expect((await nextPlace(ledger)).n).toBe(3);
      expect(await bench.check()).toEqual({ entries: 3, problems: [] });
      expect(bench.counted()).toEqual({ CommitRetries: 1 });
    },
  );

  it("without silence, an entry at our number is another's: refused, and another writer begins", async () => {
    const before = await nextPlace(ledger);
    bench.answer('ExecuteTransaction', cancelledFor('None', 'DuplicateItem'));
    expect(await endOf(ledger.commit(one(insert('r1'))))).toBe('ledger.unavailable');
    const after = await nextPlace(ledger);
    expect([after.n, after.writer === before.writer]).toEqual([1, false]);
  });

  it('without credentials or a way out: refused, because nothing left', async () => {
    const first = await nextPlace(ledger);

    const { port } = await new Promise<AddressInfo>((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address() as AddressInfo;
        server.close(() => resolve(address)); // nobody listens there now
      });
    });

    const nobody = dynamoClient({ ...PLACE, endpoint: `http://127.0.0.1:${port}` });

    const unsigned = dynamoClient({
      ...PLACE,
      endpoint: bench.front.url,
      credentials: () =>
        Promise.reject(
          Object.assign(new Error('no credentials'), { name: 'CredentialsProviderError' }),
        ),
    });

    let client = nobody;
    const troubled = bench.ledger('invoice-approval.pay', {
      client: { send: ((command: never) => client.send(command)) as typeof client.send },
    });

    expect(await endOf(troubled.commit(one(insert('r1'))))).toBe('ledger.unavailable');
    client = unsigned;
    expect(await endOf(troubled.commit(one(insert('r1'))))).toBe('ledger.unavailable');
    client = bench.options.client;

    const after = await nextPlace(troubled);

    expect(after.n).toBe(1);
    expect(bench.counted()).not.toHaveProperty('CommitsUnknown');
    expect(after.writer).not.toBe(first.writer);
  });

  it.each([undefined, null, 'a word', 7])(
    'with something thrown that is no error: not known (%s)',
    async (thrown) => {
      const before = await nextPlace(ledger);
      let isBroken = true;
      const send = (command: never) =>
        isBroken ? Promise.reject(thrown) : bench.options.client.send(command);
      const troubled = bench.ledger('invoice-approval.pay', {
        client: { send: send as typeof bench.options.client.send },
      });

      expect(await endOf(troubled.commit(one(insert('r1'))))).toBe('ledger.unknown');
      isBroken = false;
      expect(await nextPlace(troubled)).toMatchObject({
        n: 1,
        writer: expect.not.stringContaining(before.writer),
      });
    },
  );

  it('is told apart over a connection, too', async () => {
    const client = dynamoClient({ ...PLACE, endpoint: bench.front.url });
    const troubled = bench.ledger('invoice-approval.pay', { client });

    bench.next('lost-after');
    expect(await endOf(troubled.commit(one(insert('r1'))))).toBe('n 1');
    bench.next(...times(COMMIT_ATTEMPTS, 'lost-before' as const));
    expect(await endOf(troubled.commit(one(insert('r2'))))).toBe('ledger.unknown');
    expect(await endOf(troubled.commit(one(insert('r2'))))).toBe('n 1');
    expect(await bench.check()).toEqual({ entries: 2, problems: [] });
    client.destroy();
  });
});

describe('an error', () => {
  it('holds no value of a document and nothing of who a directory row is about, however the commit ended', async () => {
    const secret = 'sesame-4711';
    const known = 'Ab9_'.repeat(11).slice(0, 43);
    const target = `token#acme#alice.${known}`;
    const as = directoryName('acme', seededRandom('row'));
    const commit = one(insert('r1', { secret }), { op: 'insert', target, as, body: { secret } });
    const quoting = { Message: `no: ${secret}`, Item: { body: { S: secret }, pk: { S: target } } };

    const answers: (Refusal | 'cut')[][] = [
      [new Refusal('ValidationException', `no: ${secret} ${target}`)],
      [
        new Refusal('TransactionCanceledException', secret, {
          CancellationReasons: [
            { Code: 'ConditionalCheckFailed', ...quoting },
            { Code: 'DuplicateItem', ...quoting },
            { Code: 'None' },
          ],
        }),
      ],
      [
        new Refusal('TransactionCanceledException', secret, {
          CancellationReasons: [{ Code: 'ValidationError', ...quoting }],
        }),
      ],
      [
        new Refusal('TransactionCanceledException', secret, {
          CancellationReasons: [
            { Code: 'None' },
            { Code: 'None' },
            { Code: 'DuplicateItem', ...quoting },
          ],
        }),
      ],
      ['cut', new Refusal('ValidationException', `no: ${secret} ${target}`)],
      times(COMMIT_ATTEMPTS, new Refusal('InternalServerError', `${secret} ${target}`, {}, 500)),
    ];

    const codes: string[] = [];

    for (const replies of answers) {
      bench.answer('ExecuteTransaction', ...replies);

      const error = await ledger.commit(commit).catch((error) => error);
      codes.push(error.code);

      const seen =
        inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true }) +
        JSON.stringify(error);

      for (const word of [secret, known, Buffer.from(secret).toString('base64')])
        expect(seen).not.toContain(word);

      expect(error.cause).toBeUndefined();
    }

    expect(codes).toEqual([
      'ledger.unavailable',
      'ledger.conflict',
      'ledger.unavailable',
      'ledger.unavailable',
      'ledger.unknown',
      'ledger.unknown',
    ]);
  });
});

/** What DynamoDB may say of a transaction's INSERT that met an item. */
function duplicateInWords(): Refusal {
  const reason = { Code: 'ValidationError', Message: 'Duplicate primary key exists in table' };
  return new Refusal('TransactionCanceledException', 'cancelled', {
    CancellationReasons: [{ Code: 'ConditionalCheckFailed' }, reason],
  });
}
