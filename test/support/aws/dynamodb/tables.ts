import { type Body, type EngineAnswer, startEngine } from './engine.ts';
import { Refusal, refused } from './refusal.ts';
import type { Change } from './transaction.ts';
import { type Item, type Key, keyOf, keyText } from './value.ts';

/** What the front knows of a table besides its items. */
interface Table {
  /** Types of the attributes that are keys of the table or of an index. */
  readonly types: ReadonlyMap<string, string>;
  /** What each of them may hold at most, in bytes. */
  readonly most: ReadonlyMap<string, number>;
  /** The parts of its definition that dynalite does not answer for the base table. */
  readonly definition: Body;
  readonly indexed: boolean;
}

/**
 * Bytes of a key, of a table as of an index (page "Quotas in Amazon DynamoDB": partition key 2,048
 * bytes, sort key 1,024 bytes).
 */
const KEY_MAX_BYTES = { HASH: 2_048, RANGE: 1_024 } as const;

/** Most writes of one `BatchWriteItem` (API Reference). */
const BATCH = 25;

const shadowOf = (table: string): string => `${table}.shadow`;

/**
 * The items, in dynalite. A table with indexes is held twice: a base without them, which every
 * consistent read and every decision goes by, and a shadow with them, which changes reach through a
 * queue. So an index lies behind as long as wanted.
 */
export class Tables {
  readonly #send = startEngine();
  readonly #tables = new Map<string, Table>();
  #queue: Change[] = [];

  /** Makes a table, active when this resolves. @throws what dynalite refuses. */
  async create(body: Body): Promise<Body> {
    const { GlobalSecondaryIndexes: indexes, StreamSpecification: _, ...base } = body;
    const table = String(body.TableName);
    const definitions = body.AttributeDefinitions as {
      readonly AttributeName: string;
      readonly AttributeType: string;
    }[];

    const indexed = indexes !== undefined;

    if (indexed) {
      const keys = (body.KeySchema as { readonly AttributeName: string }[]).map(
        ({ AttributeName }) => AttributeName,
      );

      // the shadow first: it has the whole definition, so what is wrong with that is found before
      // anything is made
      await this.#make({ ...base, GlobalSecondaryIndexes: indexes, TableName: shadowOf(table) });

      await this.#make({
        ...base,
        AttributeDefinitions: definitions.filter(({ AttributeName }) =>
          keys.includes(AttributeName),
        ),
      });
    } else {
      await this.#make(base);
    }

    const { AttributeDefinitions, GlobalSecondaryIndexes, StreamSpecification } = body;

    this.#tables.set(table, {
      types: new Map(
        definitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
      ),
      most: mostOf(body),
      definition: { AttributeDefinitions, GlobalSecondaryIndexes, StreamSpecification },
      indexed,
    });

    return { TableDescription: (await this.describe(body)).Table };
  }

  async describe({ TableName: name }: Body): Promise<Body> {
    const { definition } = this.#table(String(name));
    const { Table } = await this.call('DescribeTable', { TableName: name });
    return { Table: { ...(Table as Body), ...definition } };
  }

  async delete({ TableName: name }: Body): Promise<Body> {
    const table = String(name);
    if (this.#table(table).indexed) await this.#unmake(shadowOf(table));
    const answer = await this.#unmake(table);
    this.#tables.delete(table);
    this.#queue = this.#queue.filter((change) => change.table !== table);
    return answer;
  }

  /**
   * Whether an item's attributes have the types its keys ask for; text and bytes of keys may be
   * neither empty nor too long.
   */
  fits(table: string, item: Item): boolean {
    return [...this.#table(table).types].every(([name, type]) => {
      const value: Partial<Record<string, string>> | undefined = item[name];
      return (
        value === undefined || ((value[type] ?? '') !== '' && this.#isShort(table, name, value))
      );
    });
  }

  /** The items there are, by {@link keyText}. */
  async read(
    keys: readonly { readonly table: string; readonly key: Key }[],
  ): Promise<ReadonlyMap<string, Item>> {
    const wanted: Record<string, { readonly ConsistentRead: true; readonly Keys: Key[] }> = {};
    for (const { table, key } of keys) {
      this.#table(table);
      wanted[table] ??= { ConsistentRead: true, Keys: [] };
      wanted[table].Keys.push(key);
    }

    const { Responses } = await this.batchGet({ RequestItems: wanted });
    const found = Object.entries(Responses).flatMap(([table, items]) =>
      items.map((item) => [keyText(table, keyOf(item)), item] as const),
    );

    return new Map(found);
  }

  /**
   * A whole `BatchGetItem`: dynalite answers about a megabyte at a time. Items come in an order
   * that is not that of the keys and is the same each time.
   */
  async batchGet(
    body: Body,
  ): Promise<{ readonly Responses: Record<string, Item[]>; readonly UnprocessedKeys: Body }> {
    const Responses: Record<string, Item[]> = {};
    for (let left = body.RequestItems; left !== undefined; ) {
      const answer = await this.call('BatchGetItem', { ...body, RequestItems: left });
      for (const [table, items] of Object.entries(answer.Responses as Record<string, Item[]>)) {
        Responses[table] = [...(Responses[table] ?? []), ...items];
      }

      left =
        Object.keys(answer.UnprocessedKeys as Body).length > 0 ? answer.UnprocessedKeys : undefined;
    }

    for (const items of Object.values(Responses))
      items.sort((a, b) => (place(a) < place(b) ? 1 : -1));

    return { Responses, UnprocessedKeys: {} };
  }

  /** `Query`, of an index, in the shadow; `Scan`, of a whole table. */
  search(operation: 'Query' | 'Scan', body: Body): Promise<Body> {
    const table = String(body.TableName);
    const { indexed } = this.#table(table);
    if (operation === 'Scan' && (body.IndexName ?? body.Segment) !== undefined)
      throw refused('the ledger scans no index and no segment');
    if (operation === 'Scan') return this.call(operation, body);
    if (body.IndexName === undefined) throw refused('the ledger queries indexes only');
    if (!indexed)
      throw refused(`The table does not have the specified index: ${String(body.IndexName)}`);

    return this.call(operation, { ...body, TableName: shadowOf(table) });
  }

  async write(changes: readonly Change[]): Promise<void> {
    await this.#apply(changes, (table) => table);
    this.#queue.push(...changes.filter(({ table }) => this.#table(table).indexed));
  }

  /** Brings every index up to date. */
  async replicate(): Promise<void> {
    const last = new Map(this.#queue.map((change) => [keyText(change.table, change.key), change]));
    this.#queue = [];
    await this.#apply([...last.values()], shadowOf);
  }

  async #apply(changes: readonly Change[], nameOf: (table: string) => string): Promise<void> {
    for (let start = 0; start < changes.length; start += BATCH) {
      const writes: Record<string, Body[]> = {};
      for (const { table, key, after } of changes.slice(start, start + BATCH)) {
        const write =
          after === undefined ? { DeleteRequest: { Key: key } } : { PutRequest: { Item: after } };
        const name = nameOf(table);
        writes[name] = [...(writes[name] ?? []), write];
      }

      const { status, body } = await this.#send('BatchWriteItem', { RequestItems: writes });
      // half a transaction may be written now: no answer of DynamoDB says that
      if (status !== 200 || Object.keys(body.UnprocessedItems as Body).length > 0)
        throw new Error(`dynalite: ${JSON.stringify(body)}`);
    }
  }

  /** Sends a request to dynalite as it is. @throws what dynalite refuses, as a {@link Refusal}. */
  async call(operation: string, body: Body): Promise<Body> {
    return accept(await this.#send(operation, body));
  }

  #isShort(table: string, name: string, value: Partial<Record<string, string>>): boolean {
    const bytes =
      value.B === undefined
        ? Buffer.byteLength(value.S ?? '')
        : Buffer.byteLength(value.B, 'base64');
    return bytes <= (this.#table(table).most.get(name) ?? Number.POSITIVE_INFINITY);
  }

  async #make(body: Body): Promise<void> {
    await this.call('CreateTable', body);
    await this.#state(String(body.TableName), (status) => status === 'ACTIVE');
  }

  async #unmake(name: string): Promise<Body> {
    const answer = await this.call('DeleteTable', { TableName: name });
    await this.#state(name, (status) => status === undefined);
    return answer;
  }

  /**
   * Waits for a state of a table, which a timer of dynalite sets; of a table that is gone it is
   * undefined.
   */
  async #state(name: string, wanted: (status: unknown) => boolean): Promise<void> {
    for (;;) {
      const { body } = await this.#send('DescribeTable', { TableName: name });
      if (wanted((body.Table as Body | undefined)?.TableStatus)) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #table(name: string): Table {
    const table = this.#tables.get(name);
    if (table === undefined)
      throw new Refusal(
        'ResourceNotFoundException',
        `Requested resource not found: Table: ${name} not found`,
      );
    return table;
  }
}

/**
 * What the keys of a table and of its indexes may hold; an attribute that is several holds the
 * least.
 */
function mostOf({ KeySchema, GlobalSecondaryIndexes = [] }: Body): ReadonlyMap<string, number> {
  type Schema = readonly {
    readonly AttributeName: string;
    readonly KeyType: keyof typeof KEY_MAX_BYTES;
  }[];

  const schemas = [
    KeySchema as Schema,
    ...(GlobalSecondaryIndexes as { readonly KeySchema: Schema }[]).map((index) => index.KeySchema),
  ];

  const most = new Map<string, number>();

  for (const { AttributeName, KeyType } of schemas.flat())
    most.set(
      AttributeName,
      Math.min(most.get(AttributeName) ?? Number.POSITIVE_INFINITY, KEY_MAX_BYTES[KeyType]),
    );

  return most;
}

const place = ({ pk, sk }: Item): string => JSON.stringify([pk, sk]);

function accept({ status, body }: EngineAnswer): Body {
  if (status === 200) return body;
  const type = String(body.__type).replace(/^.*#/, '');
  throw new Refusal(type, String(body.message ?? body.Message ?? type), {}, status);
}
