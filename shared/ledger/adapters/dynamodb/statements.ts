import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredEntry } from '#shared/audit/index.ts';
import type { Revision } from '../../ports.ts';
import { nameOf, type PreparedChange } from '../../prepare.ts';
import { ENTRY, RUN, STORED, SWEEP } from '../../tables.ts';
import { isSweepable } from '../../targets.ts';
import { documentKey, indexAttributes } from './items.ts';

/**
 * A PartiQL statement. This module contains every statement that Writ sends to DynamoDB. Writ uses
 * PartiQL because the permission for INSERT does not allow overwriting. With `PutItem`, write-once
 * would depend on code.
 *
 * Names are in double quotes, because some are reserved words. Values are always parameters.
 *
 * Source: Amazon DynamoDB Developer Guide, "PartiQL - a SQL-compatible query language for Amazon
 * DynamoDB".
 */
export interface Statement {
  readonly Statement: string;
  readonly Parameters: AttributeValue[];
}

/** Inserts a document. Fails with `DuplicateItem` if the document exists. */
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
 * Inserts an entry at its number, with the index attributes of its run. Fails with `DuplicateItem`
 * if the number is taken.
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
 * Replaces a document at its revision. Fails with `ConditionalCheckFailed` for another revision or
 * a missing document; an UPDATE never creates one. Sets or removes the mark of documents that a
 * sweeper handles.
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
 * Deletes a document at its revision. Fails with `ConditionalCheckFailed` for another revision.
 * **Succeeds without effect for a missing document**, so the caller reads it first, and also
 * changes another document in the transaction.
 *
 * Source: Amazon DynamoDB Developer Guide, "PartiQL delete statements for DynamoDB", note on the
 * return value.
 */
export function removeDocument(table: string, { change }: PreparedChange, at: Revision): Statement {
  return {
    Statement: `DELETE FROM "${table}" WHERE ${AT_NAMED_REVISION}`,
    Parameters: named(change.target, nameOf(change), at),
  };
}

/** Requires that a document has this revision. Fails with `ConditionalCheckFailed`. */
export function checkDocument(table: string, target: string, at: Revision): Statement {
  const { pk, sk } = documentKey(target);
  return {
    Statement: `EXISTS(SELECT * FROM "${table}" WHERE "pk"=? AND "sk"=? AND "rev"=? AND "commitment"=?)`,
    Parameters: [pk, sk, { N: `${at.rev}` }, { S: at.commitment }],
  };
}

/**
 * Removes the mark of a document at any revision. Fails with `ConditionalCheckFailed` for a missing
 * document.
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
