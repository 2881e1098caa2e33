import { describe, expect, it } from 'vitest';
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
  put,
  replace,
  runKey,
  times,
  transactions,
} from './dynamodb-bench.ts';

benchForEachTest();

describe('a trouble that passes', () => {
  const topLevel = [
    'LimitExceededException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ThrottlingException',
    'TransactionConflictException',
    'TransactionInProgressException',
  ].map((type): [string, Refusal] => [type, new Refusal(type, 'try again')]);

  const reasons = [
    'ProvisionedThroughputExceeded',
    'ThrottlingError',
    'TransactionConflict',
  ].flatMap((reason): [string, Refusal][] => [
    [`${reason} at the document`, cancelledFor(reason, 'None')],
    [`${reason} at the entry`, cancelledFor('None', reason)],
    [`${reason} everywhere`, cancelledFor(reason, reason)],
  ]);

  const failing = ['InternalServerError', 'ServiceUnavailable'].map((type): [string, Refusal] => [
    type,
    new Refusal(type, 'oh', {}, 500),
  ]);

  it.each([...topLevel, ...reasons, ...failing])(
    'is tried again, the same bytes under the same token: %s',
    async (_, refusal) => {
      bench.answer('ExecuteTransaction', refusal, refusal);
      const { entries } = await ledger.commit(one(insert('r1')));
      expect(entries[0]?.n).toBe(1);
      const sent = transactions().map(({ text }) => text);
      expect(sent).toEqual(times(3, sent[0]));
      expect(await bench.check()).toEqual({ entries: 1, problems: [] });
      expect(bench.counted()).toEqual({ CommitRetries: 2 });
    },
  );

  it.each([
    'conflict',
    'throttled',
    'in-progress',
    'lost-before',
    'lost-after',
    'error-before',
    'error-after',
    'late',
  ] as const)('never commits twice: %s', async (kind) => {
    bench.next(kind, kind);
    await ledger.commit(one(insert('r1')));
    await bench.front.deliverLate();

    const sent = transactions().map(({ text }) => text);

    expect(sent).toEqual(times(3, sent[0]));
    expect(bench.front.records('writ-test-trail')).toHaveLength(1);
    expect((await nextPlace(ledger)).n).toBe(2);
    expect(await bench.check()).toEqual({ entries: 2, problems: [] });
  });

  it('is not tried for ever, and what was refused leaves the number free', async () => {
    const before = await nextPlace(ledger);

    transactions();

    for (const [, refusal] of [...topLevel.slice(0, -1), ...reasons]) {
      bench.answer('ExecuteTransaction', ...times(COMMIT_ATTEMPTS, refusal));
      await expect(ledger.commit(one(insert('r1')))).rejects.toMatchObject({
        code: 'ledger.unavailable',
        fate: 'retry',
      });

      expect(transactions()).toHaveLength(COMMIT_ATTEMPTS);
    }

    expect(await nextPlace(ledger)).toEqual({ writer: before.writer, n: 2 });
  });

  it.each([
    ['AccessDeniedException', ACCESS_DENIED],
    ['ValidationException', INVALID],
    ['ValidationError', cancelledFor('None', 'ValidationError')],
    ['AccessDenied', cancelledFor('ThrottlingError', 'AccessDenied')],
  ])(
    'is not what a wrong right or form is: refused at once, with the word of the store (%s)',
    async (reason, refusal) => {
      const before = await nextPlace(ledger);

      transactions();
      bench.answer('ExecuteTransaction', refusal);
      await expect(ledger.commit(one(insert('r1')))).rejects.toMatchObject({
        code: 'ledger.unavailable',
        facts: { reason },
      });

      expect(transactions()).toHaveLength(1);
      expect(bench.counted()).toEqual({});
      expect(await nextPlace(ledger)).toEqual({ writer: before.writer, n: 2 });
    },
  );
});

describe('a request that arrives late', () => {
  it('after a repetition of it succeeded, does nothing', async () => {
    bench.next('late');
    const { entries } = await ledger.commit(one(insert('r1')));
    // DynamoDB's answer to the token it knows
    expect(await bench.front.deliverLate()).toEqual(['applied']);
    expect(bench.front.records('writ-test-trail')).toHaveLength(1);
    expect(entries[0]?.n).toBe(1);
  });

  it('after a repetition of it succeeded and its token is forgotten, fails by its number', async () => {
    bench.next('late');
    await ledger.commit({ entries: [entry()] });
    bench.clock.advance(11 * 60_000);
    expect(await bench.front.deliverLate()).toEqual(['TransactionCanceledException']);
    expect(await bench.check()).toEqual({ entries: 1, problems: [] });
  });

  it('after the ledger gave up, happens under the old writer, and nobody takes its number', async () => {
    bench.next('late', ...times(COMMIT_ATTEMPTS - 1, 'lost-before' as const));
    expect(await endOf(ledger.commit(one(insert('r1'))))).toBe('ledger.unknown');
    expect(await ledger.read([runKey('r1')])).toEqual([undefined]);

    const own = await nextPlace(ledger);

    expect(await bench.front.deliverLate()).toEqual(['applied']);
    expect(await ledger.read([runKey('r1')])).toMatchObject([{ rev: 1 }]);

    const entries = await bench.entries();

    expect(entries.map(({ n }) => n)).toEqual([1, 1]);
    expect(entries.map(({ writer }) => writer)).toContain(own.writer);
    expect(await bench.check()).toEqual({ entries: 2, problems: [] });
  });

  it('after the caller committed again, fails: never both', async () => {
    const at = await put(ledger, 'r1', { paid: 0 });
    bench.next('late', ...times(COMMIT_ATTEMPTS - 1, 'lost-before' as const));
    expect(await endOf(ledger.commit(one(replace('r1', at, { paid: 1 }))))).toBe('ledger.unknown');
    await ledger.commit(one(replace('r1', at, { paid: 1 })));
    expect(await bench.front.deliverLate()).toEqual(['TransactionCanceledException']);
    expect(await ledger.read([runKey('r1')])).toMatchObject([{ rev: 2, body: { paid: 1 } }]);
    expect(await bench.check()).toEqual({ entries: 2, problems: [] });
  });

  it('before the caller commits again, wins, and the caller is told of a conflict: never both', async () => {
    const at = await put(ledger, 'r1', { paid: 0 });
    bench.next('late', ...times(COMMIT_ATTEMPTS - 1, 'lost-before' as const));
    expect(await endOf(ledger.commit(one(replace('r1', at, { paid: 1 }))))).toBe('ledger.unknown');
    expect(await bench.front.deliverLate()).toEqual(['applied']);
    expect(await endOf(ledger.commit(one(replace('r1', at, { paid: 1 }))))).toBe('ledger.conflict');
    expect(await bench.check()).toEqual({ entries: 2, problems: [] });
  });
});
