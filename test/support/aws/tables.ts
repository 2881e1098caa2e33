import type { CreateTableCommandInput, GlobalSecondaryIndex } from '@aws-sdk/client-dynamodb';
import { resourceNames } from '#functions/wiring/names.ts';
import type { Tables } from '#shared/ledger/adapters/dynamodb/items.ts';
import { DUE, LIST, RUN, SWEEP } from '#shared/ledger/tables.ts';

/** Names of the tables of an environment. */
export const tablesOf = (prefix: string): Tables => resourceNames(prefix).tables;

/**
 * The ledger's tables, as the templates make them (`test/shared/ledger/dynamodb-tables.test.ts`
 * compares the two).
 */
export function definitionsOf({ state, trail, keys }: Tables): CreateTableCommandInput[] {
  return [
    {
      ...table(state, 'S'),
      AttributeDefinitions: attributes({
        pk: 'S',
        sk: 'S',
        due: 'S',
        dueAt: 'N',
        sweep: 'S',
        sweepAt: 'N',
        listName: 'S',
        listSort: 'S',
      }),
      GlobalSecondaryIndexes: [index(DUE, 'ALL'), index(SWEEP, 'ALL'), index(LIST, 'KEYS_ONLY')],
    },
    {
      ...table(trail, 'N'),
      AttributeDefinitions: attributes({ pk: 'S', sk: 'N', run: 'S', time: 'N' }),
      GlobalSecondaryIndexes: [index(RUN, 'KEYS_ONLY')],
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    },
    table(keys, 'S'),
  ];
}

function table(TableName: string, sort: 'S' | 'N') {
  return {
    TableName,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: key('pk', 'sk'),
    AttributeDefinitions: attributes({ pk: 'S', sk: sort }),
  } satisfies CreateTableCommandInput;
}

function index(
  of: { readonly index: string; readonly partition: string; readonly sort?: string },
  projection: 'ALL' | 'KEYS_ONLY',
) {
  return {
    IndexName: of.index,
    KeySchema: key(of.partition, of.sort),
    Projection: { ProjectionType: projection },
  } satisfies GlobalSecondaryIndex;
}

function key(partition: string, sort?: string): NonNullable<CreateTableCommandInput['KeySchema']> {
  const hash = { AttributeName: partition, KeyType: 'HASH' as const };
  return sort === undefined ? [hash] : [hash, { AttributeName: sort, KeyType: 'RANGE' }];
}

function attributes(
  types: Readonly<Record<string, 'S' | 'N'>>,
): NonNullable<CreateTableCommandInput['AttributeDefinitions']> {
  return Object.entries(types).map(([AttributeName, AttributeType]) => ({
    AttributeName,
    AttributeType,
  }));
}
