import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredEntry } from '#shared/audit/index.ts';
import type { Revision } from '../../ports.ts';
import { nameOf, type PreparedChange } from '../../prepare.ts';
import { ENTRY, RUN, STORED, SWEEP } from '../../tables.ts';
import { isSweepable } from '../../targets.ts';
import { documentKey, indexAttributes } from './items.ts';

/**
 * Every form of statement that Writ sends to DynamoDB, all of them here. PartiQL, because its
 * INSERT alone is a permission that cannot overwrite: with `PutItem`, write-once would be a matter
 * of code.
 *
 * Names stand in double quotes, because some are reserved words. Values are always parameters.
 *
 * Source: Amazon DynamoDB Developer Guide, "PartiQL - a SQL-compatible query language for Amazon
 * DynamoDB".
 */
export interface Statement {
  readonly Statement: string;
  readonly Parameters: AttributeValue[];
}

/** Puts a document that is not there. Of one that is: `DuplicateItem`. */
export function insertDocument(
  table: string,
  { change, bytes, rev, commitment }: PreparedChange,
): Statement {
  const { pk, sk } = documentKey(change.target);

  const stored: AttributeValue[] = [
    pk,
    sk,
    { S: nameOf(change) },
    { N: `${rev}` },
    { S: commitment ?? '' },
    { B: bytes ?? new Uint8Array() },
  ];

  const index =
    change.op === 'insert' ? indexAttributes(change.target, change.index, change.sweepAt) : [];

  return insert(table, [
    ...STORED.map((name, i) => [name, stored[i] as AttributeValue] as const),
    ...index,
  ]);
}

/**
 * Puts an entry at its number; one of a run is found by it and by its time. Of one that is there:
 * `DuplicateItem`.
 */
export function insertEntry(
  table: string,
  { writer, n, bytes }: StoredEntry,
  run: string | undefined,
  time: number,
): Statement {
  const stored: AttributeValue[] = [{ S: writer }, { N: `${n}` }, { B: bytes }];
  const index =
    run === undefined
      ? []
      : [[RUN.partition, { S: run }] as const, [RUN.sort, { N: `${time}` }] as const];

  return insert(table, [
    ...ENTRY.map((name, i) => [name, stored[i] as AttributeValue] as const),
    ...index,
  ]);
}

/**
 * Replaces a document at its revision. Of another revision, or of none: `ConditionalCheckFailed`;
 * an UPDATE never creates. Of documents that can be marked for a sweeper it sets the mark or takes
 * it off.
 */
export function replaceDocument(
  table: string,
  { change, bytes, rev, commitment }: PreparedChange,
  at: Revision,
): Statement {
  const set: AttributeValue[] = [
    { N: `${rev}` },
    { S: commitment ?? '' },
    { B: bytes ?? new Uint8Array() },
  ];

  const sweepAt = change.op === 'replace' ? change.sweepAt : undefined;
  const marked = sweepAt === undefined ? [] : [{ N: `${sweepAt}` }];
  const mark = !isSweepable(change.target)
    ? ''
    : sweepAt === undefined
      ? ` REMOVE "${SWEEP.sort}"`
      : ` SET "${SWEEP.sort}"=?`;

  return {
    Statement: `UPDATE "${table}" SET "rev"=? SET "commitment"=? SET "body"=?${mark} WHERE ${AT_NAMED_REVISION}`,
    Parameters: [...set, ...marked, ...named(change.target, nameOf(change), at)],
  };
}

/**
 * Takes a document away at its revision. Of another revision: `ConditionalCheckFailed`. **Of one
 * that is not there it succeeds** and does nothing, so whether it is there is asked beforehand, and
 * its remover changes another document as well.
 *
 * Source: the same, "PartiQL delete statements for DynamoDB", note on the return value.
 */
export function removeDocument(table: string, { change }: PreparedChange, at: Revision): Statement {
  return {
    Statement: `DELETE FROM "${table}" WHERE ${AT_NAMED_REVISION}`,
    Parameters: named(change.target, nameOf(change), at),
  };
}

/** Relies on a document as it stands. Otherwise: `ConditionalCheckFailed`. */
export function checkDocument(table: string, target: string, at: Revision): Statement {
  const { pk, sk } = documentKey(target);
  return {
    Statement: `EXISTS(SELECT * FROM "${table}" WHERE "pk"=? AND "sk"=? AND "rev"=? AND "commitment"=?)`,
    Parameters: [pk, sk, { N: `${at.rev}` }, { S: at.commitment }],
  };
}

/**
 * Takes the mark off a document, whatever its revision. Of one that is not there:
 * `ConditionalCheckFailed`.
 */
export function unmarkDocument(table: string, target: string): Statement {
  const { pk, sk } = documentKey(target);
  return {
    Statement: `UPDATE "${table}" REMOVE "${SWEEP.sort}" WHERE "pk"=? AND "sk"=?`,
    Parameters: [pk, sk],
  };
}

const AT_NAMED_REVISION = '"pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?';

function named(target: string, name: string, at: Revision): AttributeValue[] {
  const { pk, sk } = documentKey(target);
  return [pk, sk, { S: name }, { N: `${at.rev}` }, { S: at.commitment }];
}

function insert(
  table: string,
  attributes: readonly (readonly [name: string, value: AttributeValue])[],
): Statement {
  return {
    Statement: `INSERT INTO "${table}" VALUE {${attributes.map(([name]) => `'${name}': ?`).join(', ')}}`,
    Parameters: attributes.map(([, value]) => value),
  };
}
