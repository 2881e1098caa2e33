import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DefectError } from '#shared/kernel/index.ts';
import { DocumentCorruptError } from '../../errors.ts';
import type { Document, IndexKeys } from '../../ports.ts';
import { assertIntact, documentOf } from '../../stored-document.ts';
import { DUE, LIST, SWEEP } from '../../tables.ts';
import { automationOf, isSweepable } from '../../targets.ts';

/** Names of the tables of one environment. */
export interface Tables {
  /** State table: documents, except rows of keys and of the directory. */
  readonly state: string;
  /** Key table: rows of keys and of the directory. Its backups are kept for only a few days. */
  readonly trail: string;
  /** Key table: rows of keys and of the directory, whose backups last only days. */
  readonly keys: string;
}

export type Item = Record<string, AttributeValue>;

/** Sort key of the current document: the only item of its partition. */
const CURRENT_SORT_KEY = 'now';

/**
 * Number of partitions of an index that share the timers and marks of an automation. Each accepts
 * about 1,000 writes a second. Part of the format, because readers query exactly these partitions.
 */
const SHARDS = 8;

/** Returns the table of a document. */
export function tableOf(tables: Tables, target: string): string {
  return /^(?:key|token)#/.test(target) ? tables.keys : tables.state;
}

export function documentKey(target: string): {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
} {
  return { pk: { S: target }, sk: { S: CURRENT_SORT_KEY } };
}

/** Returns the partitions of an index that contain documents of an automation. */
export function shardsOf({ partition }: typeof DUE | typeof SWEEP, automation: string): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => `${partition}#${automation}#${shard}`);
}

/**
 * Returns the index attributes of a new document, in the order of the statements. A document that
 * can be marked for a sweeper gets its partition on insertion, even if it is never marked.
 */
export function indexAttributes(
  target: string,
  index: IndexKeys = {},
  sweepAt?: number,
): readonly (readonly [string, AttributeValue])[] {
  const shard = shardOf(target);
  const { list, dueAt } = index;

  const attributes: [string, AttributeValue][] = [];

  if (list !== undefined)
    attributes.push([LIST.partition, { S: list.name }], [LIST.sort, { S: list.sort }]);

  if (dueAt !== undefined)
    attributes.push(
      [DUE.partition, { S: `${DUE.partition}#${shard}` }],
      [DUE.sort, { N: `${dueAt}` }],
    );

  if (isSweepable(target)) attributes.push([SWEEP.partition, { S: `${SWEEP.partition}#${shard}` }]);

  if (sweepAt !== undefined) attributes.push([SWEEP.sort, { N: `${sweepAt}` }]);

  return attributes;
}

/** Returns the automation and one of its shards, by a stable hash of the key (FNV-1a). */
function shardOf(target: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < target.length; i++) hash = Math.imul(hash ^ target.charCodeAt(i), 0x01000193);
  return `${automationOf(target)}#${(hash >>> 0) % SHARDS}`;
}

/**
 * Reads a document from its item, after checking that it matches its commitment. Returns a new
 * object for each caller.
 *
 * @throws `ledger.corrupt`
 */
export function toDocument(item: Item): Document {
  const target = text(item, 'pk');
  const { name, rev, commitment, body } = item;
  if (
    name?.S === undefined ||
    rev?.N === undefined ||
    commitment?.S === undefined ||
    body?.B === undefined
  )
    throw new DocumentCorruptError(target); // missing or of another type

  const stored = {
    target,
    name: name.S,
    rev: Number(rev.N),
    commitment: commitment.S,
    body: body.B,
  };

  assertIntact(stored);

  return documentOf(stored);
}

export function text(item: Item, attribute: string): string {
  return present(item[attribute]?.S, attribute);
}

export function number(item: Item, attribute: string): number {
  return Number(present(item[attribute]?.N, attribute));
}

export function bytes(item: Item, attribute: string): Uint8Array {
  return present(item[attribute]?.B, attribute);
}

function present<T>(value: T | undefined, attribute: string): T {
  if (value === undefined)
    throw new DefectError(
      `an item of the tables has no "${attribute}" of the type it is written with`,
    );
  return value;
}
