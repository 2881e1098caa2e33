import {
  type DynamoDBClient,
  ExecuteTransactionCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIST } from '#shared/ledger/tables.ts';
import { TABLES } from '../dynamo-ledger.ts';
import { definitionsOf } from '../tables.ts';
import { type DynamoFront, startDynamoFront } from './front.ts';
import { clientOf } from './ledger-tables.ts';

let front: DynamoFront;
let client: DynamoDBClient;
beforeEach(async () => {
  front = await startDynamoFront();
  client = clientOf(front);
  await front.createTables(...definitionsOf(TABLES));
});
afterEach(() => front.close());

/** Page "Quotas in Amazon DynamoDB". */
const [PARTITION, SORT] = [2_048, 1_024];

/** Inserts an item with these attributes. @returns `applied`, or the reason. */
const insert = ({
  pk = 'a',
  sk = 'now',
  name = 'a',
  listName = 'l',
  listSort = 's',
}: Readonly<Partial<Record<string, string>>>) =>
  client
    .send(
      new ExecuteTransactionCommand({
        TransactStatements: [
          {
            Statement: `INSERT INTO "${TABLES.state}" VALUE {'pk': ?, 'sk': ?, 'name': ?, 'rev': ?, 'commitment': ?, 'body': ?, 'listName': ?, 'listSort': ?}`,
            Parameters: [pk, sk, name, '1', 'c', 'b', listName, listSort].map((S) => ({ S })),
          },
        ],
      }),
    )
    .then(
      () => 'applied',
      (error) => error.CancellationReasons?.[0]?.Code ?? error.name,
    );

/**
 * As the reason of its statement, or of the whole transaction where the key is already looked for.
 */
const REFUSED = /^Validation(?:Error|Exception)$/;

describe('a key in the front', () => {
  it.each([
    ['the partition key of a table', 'pk', PARTITION],
    ['the sort key of a table', 'sk', SORT],
    ['the partition key of an index', LIST.partition, PARTITION],
    ['the sort key of an index', LIST.sort, SORT],
  ])('that is %s has as many bytes as in AWS, and no more', async (_, name, most) => {
    expect(await insert({ [name]: 'é'.repeat(most / 2) })).toBe('applied');
    expect(await insert({ pk: 'b', [name]: `${'é'.repeat(most / 2)}x` })).toMatch(REFUSED);
    expect(await insert({ pk: 'c', [name]: 'x'.repeat(most + 1) })).toMatch(REFUSED);
  });

  it('may be as long as it likes where the attribute is no key', async () => {
    expect(await insert({ name: 'x'.repeat(5_000) })).toBe('applied');
  });

  it('is refused in the place where a page is to begin', async () => {
    const page = (sort: string) =>
      client.send(
        new QueryCommand({
          TableName: TABLES.state,
          IndexName: LIST.index,
          KeyConditionExpression: '#of = :of',
          ExpressionAttributeNames: { '#of': LIST.partition },
          ExpressionAttributeValues: { ':of': { S: 'l' } },
          ExclusiveStartKey: {
            [LIST.partition]: { S: 'l' },
            [LIST.sort]: { S: sort },
            pk: { S: 'a' },
            sk: { S: 'now' },
          },
        }),
      );

    expect((await page('x'.repeat(SORT))).Items).toEqual([]);
    await expect(page('x'.repeat(SORT + 1))).rejects.toMatchObject({ name: 'ValidationException' });
  });
});
