import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DefectError } from '#shared/kernel/index.ts';
import { DocumentCorruptError } from '../../errors.ts';
import type { Document, IndexKeys } from '../../ports.ts';
import { assertIntact, documentOf } from '../../stored-document.ts';
import { DUE, LIST, SWEEP } from '../../tables.ts';
import { automationOf, isSweepable } from '../../targets.ts';

/** Names of the tables of one environment. */
export interface Tables {
  /** Documents, but for rows of keys and of the directory. */
  readonly state: string;
  /** Entries. */
  readonly trail: string;
  /** Rows of keys and of the directory, which are restored for days only. */
  readonly keys: string;
}

export type Item = Record<string, AttributeValue>;

/** Sort key of a document as it stands: the only item of its partition. */
const STANDING = 'now';

/**
 * Over so many partitions of an index the timers and the marks of an automation are spread, each of
 * which takes about 1,000 writes a second. Part of the format: a reader asks exactly these.
 */
const SHARDS = 8;

/** The table a document lies in. */
export function tableOf(tables: Tables, target: string): string {
  return /^(?:key|token)#/.test(target) ? tables.keys : tables.state;
}

export function documentKey(target: string): {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
} {
  return { pk: { S: target }, sk: { S: STANDING } };
}

/** Partitions of an index in which documents of an automation are. */
export function shardsOf({ partition }: typeof DUE | typeof SWEEP, automation: string): string[] {
  return Array.from({ length: SHARDS }, (_, shard) => `${partition}#${automation}#${shard}`);
}

/**
 * Attributes by which a new document is found other than by its key, in the order in which
 * statements name them. A document that can be marked for a sweeper gets its partition at once,
 * also when the mark comes later or never.
 */
export function indexAttributes(
  target: string,
  index: IndexKeys = {},
  sweepAt?: number,
): readonly (readonly [string, AttributeValue])[] {
  const shard = shardOf(target);
  const { list, dueAt } = index;

  return [
    ...(list === undefined
      ? []
      : [[LIST.partition, { S: list.name }] as const, [LIST.sort, { S: list.sort }] as const]),
    ...(dueAt === undefined
      ? []
      : [
          [DUE.partition, { S: `${DUE.partition}#${shard}` }] as const,
          [DUE.sort, { N: `${dueAt}` }] as const,
        ]),
    ...(isSweepable(target)
      ? [[SWEEP.partition, { S: `${SWEEP.partition}#${shard}` }] as const]
      : []),
    ...(sweepAt === undefined ? [] : [[SWEEP.sort, { N: `${sweepAt}` }] as const]),
  ];
}

/**
 * The automation and one of its shards, the same for a document whoever asks (FNV-1a over its key).
 */
function shardOf(target: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < target.length; i++) hash = Math.imul(hash ^ target.charCodeAt(i), 0x01000193);
  return `${automationOf(target)}#${(hash >>> 0) % SHARDS}`;
}

/**
 * A document from its item, when it is as it was committed. Parsed anew for each reader. @throws
 * `ledger.corrupt`
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
    throw new DocumentCorruptError(target); // not of the types it is written with

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
