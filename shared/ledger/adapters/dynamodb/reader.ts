import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type DynamoDBClient,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { isTransient, readAwsError } from '#shared/kernel/adapters/aws-errors.ts';
import {
  backoff,
  isWritError,
  type Metrics,
  parseJson,
  type Random,
  type Timers,
} from '#shared/kernel/index.ts';
import { LedgerRefusedError, LedgerUnavailableError } from '../../errors.ts';
import { type Document, type Page, type Query, READ_MAX_TARGETS } from '../../ports.ts';
import { DUE, LIST, type RUN, SWEEP } from '../../tables.ts';
import { automationOf, isTarget } from '../../targets.ts';
import {
  documentKey,
  type Item,
  number,
  shardsOf,
  type Tables,
  tableOf,
  text,
  toDocument,
} from './items.ts';

export interface DynamoReaderOptions {
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tables: Tables;
  readonly random: Random;
  readonly timers: Timers;
  readonly metrics: Metrics;
}

/** Retry limits of a read. */
const ATTEMPTS = { attempts: 5, baseMs: 25, capMs: 200 };

/** An index and its attributes. */
type Index = typeof DUE | typeof SWEEP | typeof LIST | typeof RUN;

type Keys = NonNullable<BatchGetItemCommandInput['RequestItems']>;

/** Partition of an index, and the item to start after. */
interface PartitionRequest {
  readonly table: string;
  readonly index: Index;
  readonly partition: string;
  readonly start: Item | undefined;
  readonly newestFirst?: true;
}

interface PlacesRequest extends PartitionRequest {
  /** Maximum number of items. */
  readonly count: number;
}

interface PageRequest extends PartitionRequest {
  /** Highest sort key. */
  readonly until?: number;
  readonly limit: number | undefined;
}

interface ShardRequest {
  readonly index: typeof DUE | typeof SWEEP;
  readonly shard: string;
  readonly automation: string;
  readonly until: number;
  readonly limit: number;
}

/** Reads documents, by key (consistent) and by index. */
export class DynamoReader {
  readonly #options: DynamoReaderOptions;

  constructor(options: DynamoReaderOptions) {
    this.#options = options;
  }

  /**
   * Reads documents by key.
   *
   * @param targets - At most {@link READ_MAX_TARGETS}. One request, unless the response is too
   *   large for one.
   */
  async read(targets: readonly string[]): Promise<readonly (Document | undefined)[]> {
    const { tables } = this.#options;
    const byTable = Map.groupBy(new Set(targets), (target) => tableOf(tables, target));
    const items = await this.items(
      Object.fromEntries([...byTable].map(([table, own]) => [table, own.map(documentKey)])),
    );
    const found = new Map(items.map((item) => [text(item, 'pk'), item]));

    return targets.map((target) => {
      const item = found.get(target);
      // a separate object for each target
      return item === undefined ? undefined : toDocument(item);
    });
  }

  /** Reads items by key, consistently and in any order. */
  async items(keys: Readonly<Record<string, Item[]>>): Promise<Item[]> {
    let left: Keys = Object.fromEntries(
      Object.entries(keys).map(([table, Keys]) => [table, { Keys, ConsistentRead: true }]),
    );
    const items: Item[] = [];
    let again = this.#backoff();

    while (Object.keys(left).length > 0) {
      const request = new BatchGetItemCommand({ RequestItems: left });
      const { Responses = {}, UnprocessedKeys = {} } = await this.attempt(
        () => this.#options.client.send(request),
        again,
      );

      const got = Object.values(Responses).flat();
      items.push(...got);
      left = UnprocessedKeys;

      if (got.length > 0) again = this.#backoff();
      else if (Object.keys(left).length > 0 && !(await again()))
        throw unavailable('UnprocessedKeys');
    }

    return items;
  }

  query(query: Query): Promise<Page> {
    return query.by === 'list' ? this.#list(query) : this.#marked(query);
  }

  /**
   * Reads a page of a list. The index contains only keys. The current documents are read by key,
   * and missing documents are omitted.
   */
  async #list({ list, after, limit, newestFirst }: Extract<Query, { by: 'list' }>): Promise<Page> {
    const start = after === undefined ? undefined : startOf(list, after);

    const places = await this.places({
      table: this.#options.tables.state,
      index: LIST,
      partition: list,
      count: limit + 1,
      start,
      newestFirst,
    });

    // the function that inserted a document chose its index keys, and one invalid key would fail
    // the read of all the documents
    const targets = places.slice(0, limit).map((place) => text(place, 'pk'));
    const found = { documents: await this.#inOrder(targets.filter(isTarget)) };
    const last = places[limit - 1];

    return places.length > limit && last !== undefined ? { ...found, next: cursorOf(last) } : found;
  }

  /** Reads items of one partition of an index, in order, with as many requests as necessary. */
  async places({ count, start, ...query }: PlacesRequest): Promise<Item[]> {
    const places: Item[] = [];
    let from = start;

    do {
      const { Items = [], LastEvaluatedKey } = await this.#page({
        ...query,
        limit: count - places.length,
        start: from,
      });

      places.push(...Items);
      from = LastEvaluatedKey;
    } while (from !== undefined && places.length < count);

    return places;
  }

  /** Reads current documents in order. Omits missing documents. */
  async #inOrder(targets: readonly string[]): Promise<Document[]> {
    const found = new Map<string, Item>();
    for (let from = 0; from < targets.length; from += READ_MAX_TARGETS)
      for (const item of await this.items({
        [this.#options.tables.state]: targets.slice(from, from + READ_MAX_TARGETS).map(documentKey),
      }))
        found.set(text(item, 'pk'), item);

    return this.#readable(
      targets.map((target) => found.get(target)).filter((item) => item !== undefined),
    );
  }

  /**
   * Returns the readable documents of an index query. Skips unreadable documents, so that they do
   * not hide readable documents.
   */
  #readable(items: readonly Item[]): Document[] {
    return items.flatMap((item) => {
      try {
        return [toDocument(item)];
      } catch (error) {
        if (!isWritError(error)) throw error;
        this.#options.metrics.add('DocumentsUnreadable', 1);
        return [];
      }
    });
  }

  /** Queries due or marked documents in all shards. The index contains complete documents. */
  async #marked({
    by,
    automation,
    until,
    limit,
  }: Extract<Query, { by: 'due' | 'sweep' }>): Promise<Page> {
    const index = by === 'due' ? DUE : SWEEP;
    const shards = await Promise.all(
      shardsOf(index, automation).map((shard) =>
        this.#shard({ index, shard, automation, until, limit }),
      ),
    );

    const items = shards.flat().sort((a, b) => number(a, index.sort) - number(b, index.sort));

    return { documents: this.#readable(items.slice(0, limit)) };
  }

  /**
   * Reads the first documents of one shard. The function that inserts a document chooses its index
   * keys, so the shard may contain documents of other automations. These are skipped, and never
   * hide later documents.
   */
  async #shard({ index, shard, automation, until, limit }: ShardRequest): Promise<Item[]> {
    const documents: Item[] = [];
    let from: Item | undefined;
    let mismatches = 0;

    do {
      // no limit after a mismatch, so that mismatched documents do not cause a request for every
      // few documents
      const { Items = [], LastEvaluatedKey } = await this.#page({
        table: this.#options.tables.state,
        index,
        partition: shard,
        until,
        limit: mismatches > 0 ? undefined : limit,
        start: from,
      });

      const matching = Items.filter((item) => automationOf(text(item, 'pk')) === automation);
      documents.push(...matching);
      mismatches = Items.length - matching.length;
      if (mismatches > 0) this.#options.metrics.add('IndexMismatches', mismatches);

      from = LastEvaluatedKey;
    } while (mismatches > 0 && from !== undefined && documents.length < limit);

    return documents;
  }

  async #page({
    table,
    index,
    partition,
    until,
    limit,
    start,
    newestFirst,
  }: PageRequest): Promise<{ readonly Items?: Item[]; readonly LastEvaluatedKey?: Item }> {
    const request = new QueryCommand({
      TableName: table,
      IndexName: index.index,
      KeyConditionExpression: until === undefined ? '#of = :of' : '#of = :of AND #at <= :until',
      ExpressionAttributeNames:
        until === undefined
          ? { '#of': index.partition }
          : { '#of': index.partition, '#at': index.sort },
      ExpressionAttributeValues:
        until === undefined
          ? { ':of': { S: partition } }
          : { ':of': { S: partition }, ':until': { N: `${until}` } },
      Limit: limit,
      ExclusiveStartKey: start,
      ScanIndexForward: newestFirst === undefined ? undefined : false,
    });

    return this.attempt(() => this.#options.client.send(request));
  }

  #backoff(): () => Promise<boolean> {
    return backoff(ATTEMPTS, this.#options.timers, this.#options.random);
  }

  /**
   * Retries a read. Reads change nothing, so every failure is retried unless it is permanent.
   *
   * @throws `ledger.unavailable` (retry).
   */
  async attempt<T>(call: () => Promise<T>, again = this.#backoff()): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if (!isTransient(error) || !(await again())) throw unavailable(readAwsError(error).name);
      }
    }
  }
}

function unavailable(reason: string): LedgerUnavailableError {
  return new LedgerUnavailableError(`the ledger cannot be read: ${reason}`, { reason });
}

/**
 * Returns the cursor of a page: the sort key and target of its last document, in the same format
 * for every ledger.
 */
function cursorOf(place: Item): string {
  return JSON.stringify([text(place, LIST.sort), text(place, 'pk')]);
}

/**
 * Parses the cursor of a page.
 *
 * @throws {@link LedgerRefusedError}
 */
function startOf(list: string, after: string): Item {
  try {
    const [sort, target] = parseJson(after) as [string, string];
    const isKey = (value: unknown) =>
      typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= 1_024;
    if (isKey(sort) && isKey(target))
      return { [LIST.partition]: { S: list }, [LIST.sort]: { S: sort }, ...documentKey(target) };
  } catch (error) {
    if (!isWritError(error) && !(error instanceof TypeError)) throw error;
  }

  throw new LedgerRefusedError('the cursor of a page is not one that a page gave');
}
