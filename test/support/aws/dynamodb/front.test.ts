import {
  BatchGetItemCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ExecuteTransactionCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  type TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock, MINUTE } from '#shared/kernel/index.ts';
import { type DynamoFront, startDynamoFront } from './front.ts';
import {
  type Asked,
  bytesOf,
  clientOf,
  DEFINITIONS,
  entry,
  exists,
  insert,
  KEYS,
  remove,
  STATE,
  TRAIL,
  unmark,
  update,
} from './ledger-tables.ts';

const clock = new ManualClock(Date.UTC(2026, 0, 2));
let front: DynamoFront;
let client: DynamoDBClient;

beforeEach(async () => {
  front = await startDynamoFront({ clock });
  client = clientOf(front);
  await front.createTables(...DEFINITIONS);
});
afterEach(() => front.close());

const execute = (statements: Asked[], ClientRequestToken?: string) =>
  client.send(
    new ExecuteTransactionCommand({ TransactStatements: statements, ClientRequestToken }),
  );

/** The reasons of a transaction that is cancelled. */
const reasons = (statements: Asked[]) =>
  execute(statements).then(
    () => 'applied',
    (error: TransactionCanceledException) =>
      error.CancellationReasons?.map(({ Code }) => Code) ?? error.name,
  );

/** Documents and the revisions they stand at. */
async function documents(): Promise<Record<string, number>> {
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName: STATE, ConsistentRead: true }),
  );
  return Object.fromEntries(Items.map(({ pk, rev }) => [pk?.S, Number(rev?.N)]));
}

async function swept(more: object = {}): Promise<(string | undefined)[]> {
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: STATE,
      IndexName: 'sweep',
      KeyConditionExpression: '#of = :of AND #at <= :until',
      ExpressionAttributeNames: { '#of': 'sweep', '#at': 'sweepAt' },
      ExpressionAttributeValues: { ':of': { S: 'sweep' }, ':until': { N: '100' } },
      ...more,
    }),
  );
  return Items.map(({ pk }) => pk?.S);
}

describe('a transaction', () => {
  it('does all it says, in every form', async () => {
    await execute([
      insert('a'),
      insert('b', { sweepAt: 5 }),
      insert('c'),
      insert('d', { sweepAt: 6 }),
      entry('w', 1),
      entry('w', 2, 'run-1'),
    ]);

    const answer = await execute([
      update('a', 1),
      update('b', 1, null),
      remove('c', 1),
      unmark('d'),
      entry('w', 3),
    ]);

    expect(answer.Responses).toEqual([]);
    await execute([exists('a', 2), update('b', 2, 7)]);
    expect(await documents()).toEqual({ a: 2, b: 3, d: 1 });

    const { Responses } = await client.send(
      new BatchGetItemCommand({
        RequestItems: {
          [STATE]: {
            ConsistentRead: true,
            Keys: [
              { pk: { S: 'b' }, sk: { S: '-' } },
              { pk: { S: 'd' }, sk: { S: '-' } },
            ],
          },
          [TRAIL]: {
            ConsistentRead: true,
            Keys: [1, 2, 3, 4].map((n) => ({ pk: { S: 'w' }, sk: { N: String(n) } })),
          },
        },
      }),
    );

    const key = { pk: { S: 'b' }, sk: { S: '-' } };
    const [d, b] = Responses?.[STATE] ?? [];

    expect(b).toEqual({
      ...key,
      name: { S: 'b' },
      rev: { N: '3' },
      commitment: { S: 'c3' },
      body: { B: bytesOf(3) },
      sweep: { S: 'sweep' },
      sweepAt: { N: '7' },
    });

    expect(d).not.toHaveProperty('sweepAt');
    expect(Responses?.[TRAIL]?.map(({ sk, run }) => [sk?.N, run?.S])).toEqual([
      ['3', undefined],
      ['2', 'run-1'],
      ['1', undefined],
    ]);
  });

  it('does nothing when one statement does not hold, and gives a reason for each', async () => {
    await execute([insert('a'), insert('b'), entry('w', 1)]);
    expect(await reasons([insert('a'), insert('c')])).toEqual(['DuplicateItem', 'None']);
    expect(await reasons([entry('w', 1), update('a', 1)])).toEqual(['DuplicateItem', 'None']);
    expect(await reasons([update('a', 1), update('b', 2)])).toEqual([
      'None',
      'ConditionalCheckFailed',
    ]);

    expect(await reasons([update('missing', 1), insert('c')])).toEqual([
      'ConditionalCheckFailed',
      'None',
    ]);

    expect(await reasons([unmark('missing'), insert('c')])).toEqual([
      'ConditionalCheckFailed',
      'None',
    ]);

    expect(await reasons([insert('c'), remove('a', 2)])).toEqual([
      'None',
      'ConditionalCheckFailed',
    ]);

    expect(await reasons([insert('c'), exists('a', 2)])).toEqual([
      'None',
      'ConditionalCheckFailed',
    ]);

    expect(await reasons([insert('c'), exists('missing', 1)])).toEqual([
      'None',
      'ConditionalCheckFailed',
    ]);

    expect(await reasons([insert('a'), update('b', 9), remove('missing', 1)])).toEqual([
      'DuplicateItem',
      'ConditionalCheckFailed',
      'None',
    ]);

    expect(await documents()).toEqual({ a: 1, b: 1 });
  });

  it('is one answer of the SDK: a type, a message and reasons in order', async () => {
    await execute([insert('a')]);
    await expect(execute([insert('b'), insert('a')])).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, DuplicateItem]',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'DuplicateItem', Message: 'Duplicate primary key exists in table' },
      ],
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('that removes what is not there succeeds and does nothing', async () => {
    expect(await reasons([remove('missing', 1), insert('a')])).toBe('applied');
    expect(await documents()).toEqual({ a: 1 });
    expect(front.records(STATE)).toHaveLength(1);
  });

  it('compares every condition: of each attribute that differs it does not hold', async () => {
    await execute([insert('a')]);

    for (const statement of [update('a', 1), remove('a', 1), exists('a', 1)]) {
      // past what is set, and past the key
      const start = statement.Statement.startsWith('UPDATE') ? 5 : 2;
      for (let index = start; index < statement.Parameters.length; index++) {
        const Parameters = statement.Parameters.with(index, { S: 'other' });
        expect(
          await reasons([{ ...statement, Parameters }]),
          `${statement.Statement} ${index}`,
        ).toEqual(['ConditionalCheckFailed']);
      }
    }

    expect(await documents()).toEqual({ a: 1 });
  });

  it('has 1 to 100 statements', async () => {
    const many = Array.from({ length: 101 }, (_, n) => insert(`d${n}`));

    await expect(execute([])).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(execute(many)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('101 statements'),
    });

    await execute(many.slice(1));
    expect(Object.keys(await documents())).toHaveLength(100);
  });

  it('names an item once', async () => {
    await execute([insert('a')]);
    await expect(execute([exists('a', 1), update('a', 1)])).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Transaction request cannot include multiple operations on one item',
    });
    await execute([insert('w'), entry('w', 1)]);
  });

  it('has items of 400 KB and no more, and 4 MB of them', async () => {
    // names and values of the other attributes
    const rest = 2 + 3 + 2 + 1 + 4 + 3 + 3 + 2 + 10 + 2 + 4;
    const largest = 400 * 1_024 - rest;

    expect(await reasons([insert('big', { bytes: largest })])).toBe('applied');
    expect(await reasons([insert('bug', { bytes: largest + 1 }), insert('a')])).toEqual([
      'ValidationError',
      'None',
    ]);

    const half = (count: number) =>
      Array.from({ length: count }, (_, n) => insert(`h${n}`, { bytes: 399 * 1_024 }));

    await expect(execute(half(11))).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await documents()).toEqual({ big: 1 });
    expect(await reasons(half(10))).toBe('applied');
    expect(Object.keys(await documents()).length).toBeGreaterThan(0);
  });

  it('has values that fit the keys of its table and of its indexes', async () => {
    const marked = insert('a', { sweepAt: 1 });
    const last = marked.Parameters.length - 1;

    expect(
      await reasons([{ ...marked, Parameters: marked.Parameters.with(last, { S: 'soon' }) }]),
    ).toEqual(['ValidationError']);
    expect(
      await reasons([{ ...marked, Parameters: marked.Parameters.with(last - 1, { S: '' }) }]),
    ).toEqual(['ValidationError']);

    const { Statement, Parameters } = entry('w', 1);

    expect(await reasons([{ Statement, Parameters: Parameters.with(1, { S: '1' }) }])).toBe(
      'ValidationException',
    );
    expect(await documents()).toEqual({});
  });

  it('is refused with its statement when it is not one of the ledger', async () => {
    const Statement = `SELECT * FROM "${STATE}" WHERE "pk"=? AND "sk"=?`;
    const asked = { Statement, Parameters: unmark('a').Parameters };

    await expect(execute([asked])).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(Statement),
    });

    await expect(
      execute([{ ...insert('a'), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as Asked]),
    ).rejects.toMatchObject({
      name: 'ValidationException',
    });

    const { Parameters } = insert('a');
    const other = insert('a').Statement.replace(STATE, 'writ-test-other');

    await expect(execute([{ Statement: other, Parameters }])).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  it('is applied once however many arrive at a time', async () => {
    await execute([insert('a')]);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => reasons([update('a', 1), entry('w', n)])),
    );
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1);
    expect(await documents()).toEqual({ a: 2 });
  });
});

describe('a token', () => {
  it('makes the same transaction one, for ten minutes', async () => {
    await execute([insert('a')], 'token');
    await execute([update('a', 1)]);
    clock.advance(10 * MINUTE);
    await execute([insert('a')], 'token');
    expect(await documents()).toEqual({ a: 2 });
    clock.advance(1);
    await expect(execute([insert('a')], 'token')).rejects.toMatchObject({
      name: 'TransactionCanceledException',
    });
  });

  it('belongs to one transaction', async () => {
    await execute([insert('a')], 'token');
    await expect(execute([insert('b')], 'token')).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
    expect(await documents()).toEqual({ a: 1 });
  });

  it('is free again when its transaction was cancelled', async () => {
    await expect(execute([update('a', 1)], 'token')).rejects.toMatchObject({
      name: 'TransactionCanceledException',
    });
    await execute([insert('a')], 'token');
    expect(await documents()).toEqual({ a: 1 });
  });

  it('has 1 to 36 characters', async () => {
    await execute([insert('a')], 'x'.repeat(36));
    await expect(execute([insert('b')], 'x'.repeat(37))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    await expect(execute([insert('b')], '')).rejects.toMatchObject({ name: 'ValidationException' });
  });
});

describe('an index', () => {
  it('shows what was committed, those only that have its keys', async () => {
    await execute([
      insert('a', { sweepAt: 9 }),
      insert('b', { sweepAt: 3 }),
      insert('c'),
      insert('late', { sweepAt: 101 }),
    ]);

    expect(await swept()).toEqual(['b', 'a']);
    await execute([unmark('b'), remove('a', 1), update('late', 1, 100)]);
    expect(await swept()).toEqual(['late']);
  });

  it('lies behind when told to, while consistent reads do not', async () => {
    await execute([insert('a', { sweepAt: 1 })]);
    front.fallBehind();
    await execute([unmark('a'), insert('b', { sweepAt: 2 })]);
    await execute([update('b', 1, null), insert('c', { sweepAt: 3 })]);
    expect(await swept()).toEqual(['a']);
    expect(await documents()).toEqual({ a: 1, b: 2, c: 1 });
    await front.catchUp();
    expect(await swept()).toEqual(['c']);
    await execute([unmark('c')]);
    expect(await swept()).toEqual([]);
  });

  it('gives pages', async () => {
    await execute([
      insert('a', { sweepAt: 1 }),
      insert('b', { sweepAt: 1 }),
      insert('c', { sweepAt: 2 }),
    ]);

    expect(await swept({ Limit: 2 })).toEqual(['a', 'b']);

    const from = { pk: { S: 'b' }, sk: { S: '-' }, sweep: { S: 'sweep' }, sweepAt: { N: '1' } };
    expect(await swept({ ExclusiveStartKey: from })).toEqual(['c']);
  });

  it('cannot be read consistently', async () => {
    await expect(swept({ ConsistentRead: true })).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('a stream', () => {
  it('has a record for every change, in order, as a Lambda function gets it', async () => {
    await execute([insert('a'), entry('w', 1)]);
    await execute([update('a', 1)]);
    await execute([remove('a', 2)]);

    const image = (rev: number) => ({
      pk: { S: 'a' },
      sk: { S: '-' },
      name: { S: 'a' },
      rev: { N: String(rev) },
      commitment: { S: `c${rev}` },
      body: { B: Buffer.from(bytesOf(rev)).toString('base64') },
    });

    const records = front.records(STATE);
    const Keys = { pk: { S: 'a' }, sk: { S: '-' } };

    expect(records).toMatchObject([
      {
        eventName: 'INSERT',
        dynamodb: { Keys, NewImage: image(1), StreamViewType: 'NEW_AND_OLD_IMAGES' },
      },
      { eventName: 'MODIFY', dynamodb: { Keys, OldImage: image(1), NewImage: image(2) } },
      { eventName: 'REMOVE', dynamodb: { Keys, OldImage: image(2) } },
    ]);

    expect(records[0]?.dynamodb).not.toHaveProperty('OldImage');
    expect(records[2]?.dynamodb).not.toHaveProperty('NewImage');

    const sequence = records.map(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? 0));

    expect(sequence).toEqual(sequence.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(sequence).size).toBe(3);
  });

  it('has none for what was cancelled, repeated, or changed nothing', async () => {
    await execute([insert('a')], 'token');
    await execute([insert('a')], 'token');
    await reasons([insert('b'), update('a', 9)]);
    await execute([exists('a', 1), remove('missing', 1)]);
    await execute([unmark('a')]);
    expect(front.records(STATE)).toHaveLength(1);
  });

  it('is there only for a table that has one', () => {
    expect(() => front.records(KEYS)).toThrow(/no stream/);
  });
});

describe('the front', () => {
  it('logs what it was asked and counts it', async () => {
    await execute([insert('a')], 'token');
    await documents();
    expect(front.requests.map(({ operation }) => operation)).toEqual([
      'ExecuteTransaction',
      'Scan',
    ]);

    expect(front.requests[0]?.body).toMatchObject({
      ClientRequestToken: 'token',
      TransactStatements: [{ Statement: insert('a').Statement }],
    });

    expect(front.count('Scan')).toBe(1);
    front.clearRequests();
    expect(front.count('Scan')).toBe(0);
  });

  it('describes its tables, and makes one again that was deleted, empty', async () => {
    await execute([insert('a', { sweepAt: 1 })]);

    const { Table } = await client.send(new DescribeTableCommand({ TableName: STATE }));

    expect(Table).toMatchObject({
      TableName: STATE,
      TableStatus: 'ACTIVE',
      GlobalSecondaryIndexes: ['due', 'sweep', 'list'].map((IndexName) => ({ IndexName })),
    });

    front.fallBehind();
    await execute([insert('b', { sweepAt: 2 })]);
    await client.send(new DeleteTableCommand({ TableName: STATE }));
    await expect(documents()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await front.createTables(...DEFINITIONS.slice(0, 1));
    await front.catchUp();
    expect(await documents()).toEqual({});
    expect(await swept()).toEqual([]);
    expect(front.records(STATE)).toEqual([]);
  });

  it('gives everything a read asks for, also above what dynalite answers at a time', async () => {
    const ids = Array.from({ length: 12 }, (_, n) => `d${n}`);
    for (const part of [ids.slice(0, 6), ids.slice(6)])
      await execute(part.map((id) => insert(id, { bytes: 300_000 })));

    const Keys = ids.map((id) => ({ pk: { S: id }, sk: { S: '-' } }));
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetItemCommand({ RequestItems: { [STATE]: { ConsistentRead: true, Keys } } }),
    );

    expect(Responses?.[STATE]?.map(({ pk }) => pk?.S).toSorted()).toEqual(ids.toSorted());
    expect(UnprocessedKeys).toEqual({});
    await execute(ids.map((id) => update(id, 1))); // and so does a decision
  });

  it('refuses what the ledger does not use, and does not close in peace then', async () => {
    const other = await startDynamoFront();
    await other.createTables(...DEFINITIONS);

    const key = { pk: { S: 'a' }, sk: { S: '-' } };

    await expect(
      clientOf(other).send(new PutItemCommand({ TableName: STATE, Item: key })),
    ).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });

    await expect(
      clientOf(other, 'socket').send(new GetItemCommand({ TableName: STATE, Key: key })),
    ).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });

    await expect(other.close()).rejects.toThrow(/PutItem.*GetItem/);
  });

  it('reads only as the ledger does', async () => {
    const condition = {
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: 'a' } },
    };

    await expect(
      client.send(new QueryCommand({ TableName: STATE, ...condition })),
    ).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(
      client.send(new QueryCommand({ TableName: TRAIL, IndexName: 'x', ...condition })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
    });

    await expect(
      client.send(new ScanCommand({ TableName: STATE, IndexName: 'sweep' })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
    });

    await expect(
      client.send(new ScanCommand({ TableName: STATE, Segment: 0, TotalSegments: 2 })),
    ).rejects.toMatchObject({
      name: 'ValidationException',
    });
  });
});
