import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { type CurrentDocument, commitmentOf, type StoredEntry } from '#shared/audit/index.ts';
import type { TrailPage, TrailPageRequest, TrailReader } from '../../ports.ts';
import { RUN } from '../../tables.ts';
import { placeAfter, type TrailPlace, trailCursor } from '../../trail-cursor.ts';
import { bytes, type Item, number, text } from './items.ts';
import { DynamoReader, type DynamoReaderOptions } from './reader.ts';

/**
 * Reads the trail and the current documents from DynamoDB. It scans tables, which no function of an
 * automation is allowed to do. It is for verification of the evidence.
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

  /** The index contains only keys; the entries are read from the trail itself. */
  async ofRun(run: string, request: TrailPageRequest): Promise<TrailPage> {
    const { trail } = this.#tables;
    const { limit } = request;

    const places = await this.#reader.places({
      table: trail,
      index: RUN,
      partition: run,
      count: limit + 1,
      start: startOf(run, placeAfter(request)),
    });

    const shown = places.slice(0, limit);
    const keys = shown.map(({ pk, sk }) => ({ pk, sk }) as Item);
    const items = keys.length === 0 ? [] : await this.#reader.items({ [trail]: keys });
    const found = new Map(items.map((item) => [trailCursor(placeOf(item)), toEntry(item)]));
    const entries = shown
      .toSorted(inOrder)
      .flatMap((place) => found.get(trailCursor(placeOf(place))) ?? []);
    const last = shown.at(-1);

    return places.length > limit && last !== undefined
      ? { entries, next: trailCursor(placeOf(last)) }
      : { entries };
  }

  async *all(): AsyncIterable<StoredEntry> {
    for await (const item of this.#scan(this.#tables.trail)) yield toEntry(item);
  }

  async *standing(): AsyncIterable<CurrentDocument> {
    for (const table of [this.#tables.state, this.#tables.keys]) {
      for await (const item of this.#scan(table)) {
        const [target, rev] = [text(item, 'name'), number(item, 'rev')];

        yield {
          target,
          rev,
          commitment: commitmentOf(target, rev, bytes(item, 'body')),
          stored: text(item, 'commitment'),
        };
      }
    }
  }

  async *#scan(table: string): AsyncIterable<Item> {
    let from: Item | undefined;
    do {
      const request = new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ExclusiveStartKey: from,
      });

      const page = await this.#reader.attempt(() => this.#client.send(request));
      yield* page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }
}

function toEntry(item: Item): StoredEntry {
  // a function that may write entries chooses their content, which may be missing
  return {
    writer: text(item, 'pk'),
    n: number(item, 'sk'),
    bytes: item.body?.B ?? new Uint8Array(),
  };
}

/** Returns the position of an item of the trail, or of its index. */
function placeOf(item: Item): TrailPlace {
  return { time: item[RUN.sort]?.N ?? '', n: item.sk?.N ?? '', writer: text(item, 'pk') };
}

/** Compares entries. For entries with the same time, the index has only an internal order. */
function inOrder(a: Item, b: Item): number {
  return (
    number(a, RUN.sort) - number(b, RUN.sort) ||
    compare(text(a, 'pk'), text(b, 'pk')) ||
    number(a, 'sk') - number(b, 'sk')
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function startOf(run: string, place: TrailPlace | undefined): Item | undefined {
  if (place === undefined) return undefined;
  const { time, n, writer } = place;
  return { [RUN.partition]: { S: run }, [RUN.sort]: { N: time }, pk: { S: writer }, sk: { N: n } };
}
