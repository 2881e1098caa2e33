import {
  DeleteTableCommand,
  DescribeTableCommand,
  ListTagsOfResourceCommand,
  paginateListTables,
} from '@aws-sdk/client-dynamodb';
import type { Leftover, Whose } from '../cleanup.ts';
import type { Clients } from '../clients.ts';
import { isOurs, prefixOf, tagOf } from './ours.ts';

export async function* tablesLeft(
  { dynamodb: client }: Clients,
  whose: Whose,
): AsyncGenerator<Leftover> {
  for await (const { TableNames = [] } of paginateListTables({ client }, {})) {
    for (const TableName of TableNames.filter((name) => name.startsWith(prefixOf(whose)))) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName }));
      if (Table?.TableStatus === 'DELETING') continue;

      const { Tags } = await client.send(
        new ListTagsOfResourceCommand({ ResourceArn: Table?.TableArn }),
      );
      if (!isOurs(whose, tagOf(Tags), TableName)) continue;

      yield {
        what: `table ${TableName}`,
        remove: () => client.send(new DeleteTableCommand({ TableName })),
        command: `aws dynamodb delete-table --table-name ${TableName}`,
      };
    }
  }
}
