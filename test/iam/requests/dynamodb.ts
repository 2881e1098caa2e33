import type { Context, Request } from '../types.ts';
import { type Caller, call } from './call.ts';

/**
 * What is asked of DynamoDB for each of its calls.
 *
 * Sources: DynamoDB developer guide, "Using IAM policy conditions for fine-grained access control",
 * "IAM security policies with PartiQL for DynamoDB", "Using IAM with DynamoDB transactions";
 * service authorization reference, "Amazon DynamoDB".
 */

/** An item, or what is asked of it. */
export interface Item {
  /** ARN of the table. */
  readonly table: string;
  /** Value of the partition key. */
  readonly key: string;
  /**
   * Names of every attribute the request mentions, keys and conditions included. Left out: the
   * request names none.
   */
  readonly attributes?: readonly string[];
}

/**
 * A PartiQL statement. A `Select` is also what `EXISTS` is; without a key it goes through the whole
 * table.
 */
export type PartiQL =
  | (Item & { readonly kind: 'Insert' | 'Update' | 'Delete' | 'Select' })
  | (Omit<Item, 'key'> & { readonly kind: 'Select'; readonly key?: undefined });

export interface Write extends Item {
  readonly kind: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
}

/** Items by the partition key of a table or, where one is named, of its index. */
export interface Page extends Item {
  readonly index?: string;
  /**
   * What `Select` says, or `SPECIFIC_ATTRIBUTES` where there is a projection. Left out: neither is
   * there.
   */
  readonly select?: string;
}

/**
 * A transaction asks for each of its statements by itself. There is no action for the transaction.
 */
export function executeTransaction(caller: Caller, statements: readonly PartiQL[]): Request[] {
  return statements.map((statement) =>
    partiQL(caller, statement, { 'dynamodb:EnclosingOperation': 'ExecuteTransaction' }),
  );
}

/** `ExecuteStatement`, and each statement of `BatchExecuteStatement`: nothing encloses them. */
export function executeStatements(caller: Caller, statements: readonly PartiQL[]): Request[] {
  return statements.map((statement) => partiQL(caller, statement, {}));
}

export function transactWriteItems(caller: Caller, writes: readonly Write[]): Request[] {
  return writes.map(({ kind, ...item }) =>
    call(caller, `dynamodb:${kind}Item`, item.table, {
      ...keysOf([item]),
      'dynamodb:EnclosingOperation': 'TransactWriteItems',
    }),
  );
}

export const getItem = (caller: Caller, item: Item) => single(caller, 'GetItem', item);
export const putItem = (caller: Caller, item: Item) => single(caller, 'PutItem', item);
export const updateItem = (caller: Caller, item: Item) => single(caller, 'UpdateItem', item);
export const deleteItem = (caller: Caller, item: Item) => single(caller, 'DeleteItem', item);
export const batchGetItem = (caller: Caller, items: readonly Item[]) =>
  batch(caller, 'BatchGetItem', items);
export const batchWriteItem = (caller: Caller, items: readonly Item[]) =>
  batch(caller, 'BatchWriteItem', items);

/** The leading key of a page of an index is the index's own partition key. */
export function query(caller: Caller, page: Page): Request[] {
  return [
    call(caller, 'dynamodb:Query', ofPage(page), {
      ...keysOf([page]),
      'dynamodb:Select': selectionOf(page),
    }),
  ];
}

/** Returns every item whatever its key, so it has no leading keys at all. */
export function scan(caller: Caller, page: Omit<Page, 'key'>): Request[] {
  return [
    call(caller, 'dynamodb:Scan', ofPage(page), {
      ...attributesOf([page]),
      'dynamodb:Select': selectionOf(page),
    }),
  ];
}

function partiQL(
  caller: Caller,
  { kind, table, key, attributes }: PartiQL,
  enclosing: Context,
): Request {
  const named = key === undefined ? attributesOf([{ attributes }]) : keysOf([{ key, attributes }]);
  const reading: Context =
    kind === 'Select' ? { 'dynamodb:FullTableScan': String(key === undefined) } : {};
  return call(caller, `dynamodb:PartiQL${kind}`, table, { ...named, ...reading, ...enclosing });
}

function single(caller: Caller, operation: string, item: Item): Request[] {
  return [call(caller, `dynamodb:${operation}`, item.table, keysOf([item]))];
}

/** Asks once for each table, with the keys of all its items. */
function batch(caller: Caller, operation: string, items: readonly Item[]): Request[] {
  const tables = Map.groupBy(items, (item) => item.table);
  return [...tables].map(([table, ofTable]) =>
    call(caller, `dynamodb:${operation}`, table, keysOf(ofTable)),
  );
}

function keysOf(items: readonly Pick<Item, 'key' | 'attributes'>[]): Context {
  return {
    'dynamodb:LeadingKeys': [...new Set(items.map(({ key }) => key))],
    ...attributesOf(items),
  };
}

function attributesOf(items: readonly Pick<Item, 'attributes'>[]): Context {
  const attributes = new Set(items.flatMap((item) => item.attributes ?? []));
  return attributes.size === 0 ? {} : { 'dynamodb:Attributes': [...attributes] };
}

function ofPage({ table, index }: Pick<Page, 'table' | 'index'>): string {
  return index === undefined ? table : `${table}/index/${index}`;
}

/**
 * What a page selects when it does not say it: all there is in the table, or all the index holds.
 */
function selectionOf({ index, select }: Pick<Page, 'index' | 'select'>): string {
  if (select !== undefined) return select;
  return index === undefined ? 'ALL_ATTRIBUTES' : 'ALL_PROJECTED_ATTRIBUTES';
}
