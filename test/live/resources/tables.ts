import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  PutResourcePolicyCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { tablePolicy, trailPolicy } from '#infra/authority/policies.ts';
import type { Timers } from '#shared/kernel/index.ts';
import type { Tables } from '#shared/ledger/adapters/dynamodb/items.ts';
import { definitionsOf, tablesOf } from '../../support/aws/tables.ts';
import type { Clients } from '../clients.ts';
import { documentOf, until } from '../patience.ts';
import { type LiveRun, TAG } from '../run.ts';

/** The tables of the adapters' suites: without policies, so that the operator can empty them. */
export const suiteTables = ({ prefix }: Pick<LiveRun, 'prefix'>): Tables =>
  tablesOf(`${prefix}-suite`);

/**
 * Makes the tables of the facts, with the policies of deployed ones, and those of the suites; both
 * pay for what is asked.
 */
export async function makeTables(
  { dynamodb }: Clients,
  run: LiveRun,
  timers: Timers,
): Promise<void> {
  const { arns, id, prefix } = run;
  const Tags = [{ Key: TAG, Value: id }];
  const all = [...definitionsOf(tablesOf(prefix)), ...definitionsOf(suiteTables(run))];

  // one after another: an account makes a limited number of tables with indexes at a time
  for (const definition of all)
    await dynamodb.send(new CreateTableCommand({ ...definition, Tags }));

  for (const { TableName } of all) {
    await until(`table ${TableName} is active`, timers, async () => {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      return (
        Table?.TableStatus === 'ACTIVE' &&
        (Table.GlobalSecondaryIndexes ?? []).every(({ IndexStatus }) => IndexStatus !== 'CREATING')
      );
    });
  }

  const policies = {
    [arns.state]: tablePolicy(arns, 'state'),
    [arns.trail]: trailPolicy(arns),
    [arns.keys]: tablePolicy(arns, 'keys'),
  };

  for (const [ResourceArn, statements] of Object.entries(policies)) {
    await dynamodb.send(
      new PutResourcePolicyCommand({ ResourceArn, Policy: documentOf(statements) }),
    );
  }
}

/** `BatchWriteItem` takes so many. Source: DynamoDB API Reference, `BatchWriteItem`. */
const BATCH = 25;

/**
 * Takes every item out of some tables: the suite of the ledger counts whole tables, and to make new
 * ones for each test would take a minute each. Costs a unit for each started KB of each item and
 * index entry, and the scan.
 */
export async function emptyTables(
  { dynamodb: client }: Pick<Clients, 'dynamodb'>,
  tables: Tables,
  timers: Timers,
): Promise<void> {
  for (const TableName of Object.values(tables)) {
    const pages = paginateScan(
      { client },
      { TableName, ConsistentRead: true, ProjectionExpression: 'pk, sk' },
    );

    for await (const { Items = [] } of pages) {
      for (let from = 0; from < Items.length; from += BATCH) {
        let RequestItems = {
          [TableName]: Items.slice(from, from + BATCH).map((Key) => ({ DeleteRequest: { Key } })),
        };

        await until(`table ${TableName} is empty`, timers, async () => {
          const { UnprocessedItems = {} } = await client.send(
            new BatchWriteItemCommand({ RequestItems }),
          );
          RequestItems = UnprocessedItems as typeof RequestItems;
          return Object.keys(UnprocessedItems).length === 0;
        });
      }
    }
  }
}
