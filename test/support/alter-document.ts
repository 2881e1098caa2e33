import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { canonicalBytes } from '#shared/kernel/index.ts';
import { replaceDocument, type Statement } from '#shared/ledger/adapters/dynamodb/statements.ts';
import type { Document } from '#shared/ledger/index.ts';

/**
 * What of a stored document is changed past every ledger, as a fault of a disk does it, or whoever
 * may write to the store.
 */
export interface Alteration {
  readonly rev?: number;
  readonly commitment?: string;
  readonly body?: Uint8Array;
}

/** Changes a document in the ledger of a data folder, also while a store works on it. */
export function alterDocument(folder: string, target: string, to: Alteration): void {
  const db = new DatabaseSync(join(folder, 'ledger.db'));
  try {
    for (const [column, value] of Object.entries(to)) {
      const { changes } = db
        .prepare(`UPDATE document SET ${column} = ? WHERE target = ?`)
        .run(value, target);
      if (changes !== 1) throw new Error(`there is no document ${target}`);
    }
  } finally {
    db.close();
  }
}

/**
 * The statement that changes a document in a table of DynamoDB: the one by which a ledger replaces
 * it, with values no ledger sends.
 *
 * @param standing - The document as it stands.
 */
export function alteration(table: string, standing: Document, to: Alteration): Statement {
  const { target, rev, commitment, body } = standing;

  const stored = {
    rev,
    commitment,
    bytes: canonicalBytes(body),
    ...to,
    ...(to.body === undefined ? {} : { bytes: to.body }),
  };

  return replaceDocument(
    table,
    { change: { op: 'replace', target, at: standing, body }, ...stored },
    standing,
  );
}
