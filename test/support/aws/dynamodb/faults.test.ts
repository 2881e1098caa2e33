import {
  BatchGetItemCommand,
  type DynamoDBClient,
  ExecuteTransactionCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  FAULT_KINDS,
  type Fault,
  READ_FAULT_KINDS,
  type ReadFault,
  seededFaults,
  seededReadFaults,
} from './faults.ts';
import { type DynamoFront, startDynamoFront } from './front.ts';
import {
  type Asked,
  clientOf,
  DEFINITIONS,
  entry,
  insert,
  STATE,
  update,
} from './ledger-tables.ts';

const LOST = { name: 'TimeoutError', code: 'ECONNRESET' };

describe.each(['socket', 'in process'] as const)('a fault, %s', (way) => {
  let front: DynamoFront;
  let client: DynamoDBClient;

  beforeEach(async () => {
    front = await startDynamoFront();
    client = clientOf(front, way);
    await front.createTables(...DEFINITIONS);
  });

  afterEach(async () => {
    client.destroy();
    await front.close();
  });

  const execute = (statements: Asked[], ClientRequestToken?: string) =>
    client.send(
      new ExecuteTransactionCommand({ TransactStatements: statements, ClientRequestToken }),
    );

  /** Lets the next transaction have a fault, and those after it none. */
  function next(fault: Fault): void {
    front.faults = () => {
      front.faults = undefined;
      return fault;
    };
  }

  async function documents(): Promise<(string | undefined)[]> {
    const { Items = [] } = await client.send(
      new ScanCommand({ TableName: STATE, ConsistentRead: true }),
    );
    return Items.map(({ pk }) => pk?.S).toSorted();
  }

  it.each([
    [
      { kind: 'conflict', at: 1 },
      {
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
      },
    ],
    [{ kind: 'throttled' }, { name: 'ThrottlingException' }],
    [
      { kind: 'throttled', as: 'ProvisionedThroughputExceededException' },
      { name: 'ProvisionedThroughputExceededException' },
    ],
    [
      { kind: 'throttled', as: 'ThrottlingError' },
      {
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'ThrottlingError' }, { Code: 'None' }],
      },
    ],
    [{ kind: 'in-progress' }, { name: 'TransactionInProgressException' }],
    [{ kind: 'lost-before' }, LOST],
    [{ kind: 'error-before' }, { name: 'InternalServerError', $metadata: { httpStatusCode: 500 } }],
  ] as [Fault, object][])(
    '%o leaves everything as it was, and the token free',
    async (fault, error) => {
      next(fault);
      await expect(execute([insert('a'), entry('w', 1)], 'token')).rejects.toMatchObject(error);
      expect(await documents()).toEqual([]);
      expect(front.records(STATE)).toEqual([]);
      await execute([insert('b')], 'token');
      expect(await documents()).toEqual(['b']);
    },
  );

  it.each([
    [{ kind: 'lost-after' }, LOST],
    [{ kind: 'error-after' }, { name: 'InternalServerError' }],
  ] as [Fault, object][])(
    '%o has happened, and its repetition under the token succeeds',
    async (fault, error) => {
      next(fault);
      await expect(execute([insert('a')], 'token')).rejects.toMatchObject(error);
      expect(await documents()).toEqual(['a']);
      await execute([insert('a')], 'token');
      expect(front.records(STATE)).toHaveLength(1);
    },
  );

  it('lost-after says nothing of a transaction that was cancelled', async () => {
    next({ kind: 'lost-after' });
    await expect(execute([update('a', 1)])).rejects.toMatchObject(LOST);
    expect(await documents()).toEqual([]);
  });

  it('late: arrives after as many requests for data as it says', async () => {
    next({ kind: 'late', after: 2 });
    await expect(execute([insert('a')], 'token')).rejects.toMatchObject(LOST);
    await execute([insert('b')]);
    expect(await documents()).toEqual(['b']); // the second, before it
    expect(await documents()).toEqual(['a', 'b']);
  });

  it('late: arrives when told, once under its token, and may fail as any other', async () => {
    for (const id of ['a', 'b', 'c']) {
      next({ kind: 'late' });
      await expect(execute([insert(id)], `token-${id}`)).rejects.toMatchObject(LOST);
    }

    await execute([insert('a')], 'token-a'); // repeated, and there before the first
    await execute([insert('b')], 'another');
    expect(await front.deliverLate()).toEqual([
      'applied',
      'TransactionCanceledException',
      'applied',
    ]);

    expect(await front.deliverLate()).toEqual([]);
    expect(await documents()).toEqual(['a', 'b', 'c']);
    expect(front.records(STATE)).toHaveLength(3);
  });

  it('token-expired: a repetition is a transaction of its own', async () => {
    await execute([insert('a')], 'token');
    next({ kind: 'token-expired' });
    await expect(execute([insert('a')], 'token')).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      CancellationReasons: [{ Code: 'DuplicateItem' }],
    });
  });

  it('is not had by a transaction that is wrong in itself', async () => {
    next({ kind: 'lost-before' });
    await expect(execute([insert('a'), insert('a')])).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(execute([insert('a')])).rejects.toMatchObject(LOST);
  });

  it('of a read: refused, lost, or half an answer', async () => {
    await execute([insert('a'), insert('b'), entry('w', 1)]);

    const plan: (ReadFault | undefined)[] = [
      { kind: 'throttled' },
      { kind: 'lost' },
      { kind: 'partial' },
      { kind: 'partial', from: 0 },
    ];

    front.readFaults = (nth) => plan[nth - 1];

    const get = (ids: string[]) =>
      client.send(
        new BatchGetItemCommand({
          RequestItems: {
            [STATE]: {
              ConsistentRead: true,
              Keys: ids.map((id) => ({ pk: { S: id }, sk: { S: '-' } })),
            },
          },
        }),
      );

    await expect(get(['a'])).rejects.toMatchObject({ name: 'ThrottlingException' });
    await expect(get(['a'])).rejects.toMatchObject(LOST);

    const half = await get(['a', 'b', 'missing']);

    expect(half.Responses?.[STATE]?.map(({ pk }) => pk?.S)).toEqual(['b', 'a']);
    expect(half.UnprocessedKeys).toEqual({
      [STATE]: { ConsistentRead: true, Keys: [{ pk: { S: 'missing' }, sk: { S: '-' } }] },
    });

    const none = await get(['a', 'b']);

    expect(none.Responses ?? {}).toEqual({});
    expect(none.UnprocessedKeys?.[STATE]?.Keys).toHaveLength(2);
    expect((await get(['a', 'b'])).Responses?.[STATE]).toHaveLength(2);
  });

  it('leaves the other requests of the connection alone', async () => {
    front.faults = (nth) => (nth % 2 === 0 ? { kind: 'lost-before' } : undefined);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => execute([insert(`d${n}`)])),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect(await documents()).toHaveLength(5);
  });
});

describe('a client without a socket', () => {
  it('gives up a request when told, which goes on nevertheless', async () => {
    const front = await startDynamoFront();

    await front.createTables(...DEFINITIONS);

    const aborting = new AbortController();

    const answer = clientOf(front).send(
      new ExecuteTransactionCommand({ TransactStatements: [insert('a')] }),
      {
        abortSignal: aborting.signal,
      },
    );

    // the request is on its way once it is in the log
    while (front.count('ExecuteTransaction') === 0)
      await new Promise((resolve) => setImmediate(resolve));

    aborting.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });

    const { Items } = await clientOf(front).send(
      new ScanCommand({ TableName: STATE, ConsistentRead: true }),
    );

    expect(Items).toHaveLength(1);
    await front.close();
  });
});

describe('a seeded plan', () => {
  const request = { operation: 'ExecuteTransaction', body: { TransactStatements: [{}, {}, {}] } };
  const faultsOf = (seed: string, rate: number, kinds?: Fault['kind'][]) =>
    Array.from({ length: 400 }, (_, n) =>
      seededFaults(seed, { rate, ...(kinds === undefined ? {} : { kinds }) })(n + 1, request),
    );

  it('is the same for the same seed, and another for another', () => {
    expect(faultsOf('one', 0.5)).toEqual(faultsOf('one', 0.5));
    expect(faultsOf('one', 0.5)).not.toEqual(faultsOf('two', 0.5));

    const reads = (seed: string) =>
      Array.from({ length: 100 }, (_, n) => seededReadFaults(seed, { rate: 0.5 })(n + 1, request));

    expect(reads('one')).toEqual(reads('one'));
    expect(reads('one')).not.toEqual(reads('two'));
    expect(new Set(reads('one').map((fault) => fault?.kind))).toEqual(
      new Set([undefined, ...READ_FAULT_KINDS]),
    );
  });

  it('has as many faults as its rate says, of the kinds asked for', () => {
    expect(faultsOf('one', 0).every((fault) => fault === undefined)).toBe(true);
    expect(new Set(faultsOf('one', 1).map((fault) => fault?.kind))).toEqual(new Set(FAULT_KINDS));
    expect(new Set(faultsOf('one', 1, ['late', 'conflict']).map((fault) => fault?.kind))).toEqual(
      new Set(['late', 'conflict']),
    );

    const some = faultsOf('one', 0.25).filter((fault) => fault !== undefined).length;
    expect(some).toBeGreaterThan(70);
    expect(some).toBeLessThan(130);
  });

  it('puts a conflict at any of the statements there are', () => {
    const places = faultsOf('one', 1, ['conflict']).map((fault) =>
      fault?.kind === 'conflict' ? fault.at : undefined,
    );
    expect(new Set(places)).toEqual(new Set([0, 1, 2]));
  });
});
