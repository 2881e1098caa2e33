import { type AttributeValue, paginateScan } from '@aws-sdk/client-dynamodb';
import type { Timers } from '#shared/kernel/index.ts';
import type { Tables } from '#shared/ledger/adapters/dynamodb/items.ts';
import { DUE, LIST, RUN, SWEEP } from '#shared/ledger/tables.ts';
import type { Clients } from '../clients.ts';
import { until } from '../patience.ts';

type Item = Record<string, AttributeValue>;
interface Index {
  readonly index: string;
  readonly partition: string;
  readonly sort?: string;
}

/**
 * Waits until every index of the ledger's tables shows what is in its table, each document at its
 * revision.
 */
export async function settled(
  clients: Pick<Clients, 'dynamodb'>,
  { state, trail }: Tables,
  timers: Timers,
): Promise<void> {
  for (const [table, indexes] of [[state, [DUE, SWEEP, LIST]] as const, [trail, [RUN]] as const]) {
    const items = await scan(clients, { TableName: table, ConsistentRead: true });
    for (const of of indexes as readonly Index[]) {
      const expected = pictureOf(items, of);

      await until(`index ${of.index} shows what is in ${table}`, timers, async () => {
        const shown = pictureOf(await scan(clients, { TableName: table, IndexName: of.index }), of);
        // an index that holds keys alone shows no revisions
        return (
          shown.length === expected.length &&
          shown.every((text, i) => expected[i]?.startsWith(text))
        );
      });
    }
  }
}

/**
 * The items that an index holds, each as a line: its keys and, where they are there, its place in
 * the index and its revision.
 */
function pictureOf(items: readonly Item[], { partition, sort }: Index): string[] {
  const held = items.filter(
    (item) => item[partition] !== undefined && (sort === undefined || item[sort] !== undefined),
  );
  const names = ['pk', 'sk', partition, ...(sort === undefined ? [] : [sort]), 'rev'];
  const line = (item: Item) =>
    names.flatMap((name) => (item[name] === undefined ? [] : JSON.stringify(item[name]))).join(' ');
  return held.map(line).sort();
}

async function scan(
  { dynamodb: client }: Pick<Clients, 'dynamodb'>,
  question: Parameters<typeof paginateScan>[1],
): Promise<Item[]> {
  const all: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, question)) all.push(...Items);
  return all;
}
