import { type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { commitmentOf, type StandingDocument, type StoredEntry } from '#shared/audit/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import type { TrailReader } from '../../ports.ts';
import { RUN } from '../../tables.ts';
import { bytes, type Item, number, text } from './items.ts';
import { DynamoReader, type DynamoReaderOptions } from './reader.ts';

/**
 * Reads the trail and the standing documents on DynamoDB. It scans, which no function of an automation may: it is for those who
 * check the evidence.
 */
export class DynamoTrail implements TrailReader {
  readonly #client: Pick<DynamoDBClient, 'send'>;
  readonly #tables: DynamoReaderOptions['tables'];
  readonly #reader: DynamoReader;

  constructor(options: DynamoReaderOptions) {
    this.#client = options.client;
    this.#tables = options.tables;
    this.#reader = new DynamoReader(options);
  }

  /** The index holds keys; the entries are read from the trail itself. */
  async ofRun(run: string): Promise<readonly StoredEntry[]> {
    const { trail } = this.#tables;
    const entries: StoredEntry[] = [];
    let from: Item | undefined;
    do {
      const request = new QueryCommand({
        TableName: trail,
        IndexName: RUN.index,
        KeyConditionExpression: '#run = :run',
        ExpressionAttributeNames: { '#run': RUN.partition },
        ExpressionAttributeValues: { ':run': { S: run } },
        Limit: PAGE,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const page = await this.#reader.attempt(() => this.#client.send(request));
      const keys = (page.Items ?? []).map(({ pk, sk }) => ({ pk, sk }) as Item);
      if (keys.length > 0) entries.push(...(await this.#reader.items({ [trail]: keys })).map(toEntry));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return entries
      .map((entry) => ({ entry, time: (parseJson(entry.bytes) as { readonly time: number }).time }))
      .sort((a, b) => a.time - b.time || compare(a.entry.writer, b.entry.writer) || a.entry.n - b.entry.n)
      .map(({ entry }) => entry);
  }

  async *all(): AsyncIterable<StoredEntry> {
    for await (const item of this.#scan(this.#tables.trail)) yield toEntry(item);
  }

  async *standing(): AsyncIterable<StandingDocument> {
    for (const table of [this.#tables.state, this.#tables.keys]) {
      for await (const item of this.#scan(table)) {
        const [target, rev] = [text(item, 'name'), number(item, 'rev')];
        yield { target, rev, commitment: commitmentOf(target, rev, bytes(item, 'body')) };
      }
    }
  }

  async *#scan(table: string): AsyncIterable<Item> {
    let from: Item | undefined;
    do {
      const request = new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const page = await this.#reader.attempt(() => this.#client.send(request));
      yield* page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }
}

/** The keys that one batch of reads takes. */
const PAGE = 100;

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function toEntry(item: Item): StoredEntry {
  return { writer: text(item, 'pk'), n: number(item, 'sk'), bytes: bytes(item, 'body') };
}
