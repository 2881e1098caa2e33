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

/** How often a reading is tried, and how long is waited in between. */
const ATTEMPTS = { attempts: 5, baseMs: 25, capMs: 200 };

/** An index, and the attributes it is made of. */
type Index = typeof DUE | typeof SWEEP | typeof LIST | typeof RUN;

type Keys = NonNullable<BatchGetItemCommandInput['RequestItems']>;

/** Reads documents: by key, consistently, and by index. */
export class DynamoReader {
  readonly #options: DynamoReaderOptions;

  constructor(options: DynamoReaderOptions) {
    this.#options = options;
  }

  /**
   * @param targets - At most {@link READ_MAX_TARGETS}. One request, unless the answer is too
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
      // one of its own for each place that asks
      return item === undefined ? undefined : toDocument(item);
    });
  }

  /** Items by key, consistently, in no order. */
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
   * The index of lists holds keys; the documents are read as they stand. One that has gone is left
   * out.
   */
  async #list({ list, after, limit, newestFirst }: Extract<Query, { by: 'list' }>): Promise<Page> {
    const start = after === undefined ? undefined : startOf(list, after);

    const places = await this.places(
      this.#options.tables.state,
      LIST,
      list,
      limit + 1,
      start,
      newestFirst,
    );

    // where a document is said to be, whoever inserted it has said: what is no key of ours would
    // fail the reading of all others
    const targets = places.slice(0, limit).map((place) => text(place, 'pk'));
    const found = { documents: await this.#inOrder(targets.filter(isTarget)) };
    const last = places[limit - 1];

    return places.length > limit && last !== undefined ? { ...found, next: cursorOf(last) } : found;
  }

  /** Up to `count` items of one partition of an index, in its order, from behind `start` on. */
  async places(
    table: string,
    index: Index,
    of: string,
    count: number,
    start: Item | undefined,
    newestFirst?: true,
  ): Promise<Item[]> {
    const places: Item[] = [];
    let from = start;

    do {
      const { Items = [], LastEvaluatedKey } = await this.#page(
        table,
        index,
        of,
        undefined,
        count - places.length,
        from,
        newestFirst,
      );

      places.push(...Items);
      from = LastEvaluatedKey;
    } while (from !== undefined && places.length < count);

    return places;
  }

  /** Documents as they stand; those that have gone are left out. */
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

  /** Of what an index led to, what can be read. One document that cannot hides no other. */
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

  /** What is due or marked, over all shards. The index holds whole documents. */
  async #marked({
    by,
    automation,
    until,
    limit,
  }: Extract<Query, { by: 'due' | 'sweep' }>): Promise<Page> {
    const index = by === 'due' ? DUE : SWEEP;
    const shards = await Promise.all(
      shardsOf(index, automation).map((shard) =>
        this.#shard(index, shard, automation, until, limit),
      ),
    );

    const items = shards.flat().sort((a, b) => number(a, index.sort) - number(b, index.sort));

    return { documents: this.#readable(items.slice(0, limit)) };
  }

  /**
   * The first of one shard. Who may insert documents chooses their index keys: one that is there
   * under another automation's name is nobody's business, and as many of them as there may be hide
   * nothing that stands behind them.
   */
  async #shard(
    index: typeof DUE | typeof SWEEP,
    of: string,
    automation: string,
    until: number,
    limit: number,
  ): Promise<Item[]> {
    const own: Item[] = [];
    let from: Item | undefined;
    let strangers = 0;

    do {
      // after strangers, as many as DynamoDB gives at once: who put them there shall not cost a
      // request for each few
      const { Items = [], LastEvaluatedKey } = await this.#page(
        this.#options.tables.state,
        index,
        of,
        until,
        strangers > 0 ? undefined : limit,
        from,
      );

      const mine = Items.filter((item) => automationOf(text(item, 'pk')) === automation);
      own.push(...mine);
      strangers = Items.length - mine.length;
      if (strangers > 0) this.#options.metrics.add('IndexMismatches', strangers);

      from = LastEvaluatedKey;
    } while (strangers > 0 && from !== undefined && own.length < limit);

    return own;
  }

  async #page(
    TableName: string,
    { index, partition, sort }: Index,
    of: string,
    until: number | undefined,
    limit: number | undefined,
    from?: Item,
    backwards?: true,
  ): Promise<{ readonly Items?: Item[]; readonly LastEvaluatedKey?: Item }> {
    const request = new QueryCommand({
      TableName,
      IndexName: index,
      KeyConditionExpression: until === undefined ? '#of = :of' : '#of = :of AND #at <= :until',
      ExpressionAttributeNames:
        until === undefined ? { '#of': partition } : { '#of': partition, '#at': sort },
      ExpressionAttributeValues: {
        ':of': { S: of },
        ...(until === undefined ? {} : { ':until': { N: `${until}` } }),
      },
      Limit: limit,
      ExclusiveStartKey: from,
      ScanIndexForward: backwards === undefined ? undefined : false,
    });
    return this.attempt(() => this.#options.client.send(request));
  }

  #backoff(): () => Promise<boolean> {
    return backoff(ATTEMPTS, this.#options.timers, this.#options.random);
  }

  /**
   * Reads something, more than once if need be: a reading changes nothing, so whatever failed is
   * tried again, unless it would fail always.
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

/** Place and key of the last document of a page, in the form every ledger gives. */
function cursorOf(place: Item): string {
  return JSON.stringify([text(place, LIST.sort), text(place, 'pk')]);
}

/**
 * Where a page begins: after the place and key that the page before ended with. @throws {@link
 * LedgerRefusedError}
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
