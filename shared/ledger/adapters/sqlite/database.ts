import { chmodSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { commitmentOf } from '#shared/audit/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { LedgerCorruptError, LedgerStoppedError, RESTORE_LEDGER } from '../../errors.ts';
import { freeBytes, unusable } from './folder.ts';
import { assertLogThere } from './log-mark.ts';
import { assertOurs, PRAGMAS, prepareSchema } from './schema.ts';

export interface OpenOptions {
  readonly walPages?: number;
  readonly maxPages?: number;
  /** See `prepareSchema`. */
  readonly mayMake: boolean;
}

/**
 * Opens the database of a store. Creates the tables of a new database, and checks an existing one.
 *
 * @throws `ledger.corrupt`, `ledger.stopped` (stop): nothing was changed.
 */
export function openDatabase(path: string, options: OpenOptions): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    assertWhole(path);
    db = new DatabaseSync(path);
    if (options.maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${options.maxPages}`);

    chmodSync(path, 0o600); // the log gets the same mode
    assertOurs(db, path);
    db.exec(PRAGMAS);
    prepareSchema(db, path, options.mayMake);
    assertInPlace(db, path);
    statements(db);
    growLog(db, path, options.walPages ?? 4_000);

    return db;
  } catch (cause) {
    db?.close();
    throw notOpened(path, cause);
  }
}

/**
 * Checks the file with a read-only connection. A writable connection would delete an unreadable log
 * on closing.
 */
function assertWhole(path: string): void {
  if (!existsSync(path)) return;

  const db = new DatabaseSync(path, { readOnly: true });
  try {
    assertOurs(db, path);
    assertLogThere(db, path);
  } catch (cause) {
    // a process was killed while it created the file, before the log existed: a writable connection
    // rolls the changes back
    if (((cause as { errcode?: number }).errcode ?? 0) % 256 !== SQLITE_READONLY) throw cause;
  } finally {
    db.close();
  }
}

const SQLITE_READONLY = 8;

/** Converts the error of opening a database. */
export function notOpened(path: string, cause: unknown): Error {
  if (isWritError(cause)) return cause;
  const { errcode = 0, errstr = 'unknown error' } = cause as { errcode?: number; errstr?: string };
  if ([1, 11, 26].includes(errcode % 256)) {
    return new LedgerCorruptError(
      `${path} is damaged or not a ledger: ${errstr}`,
      { path },
      { cause, help: RESTORE_LEDGER },
    );
  }
  if (errcode === SQLITE_FULL) return unusable(dirname(path), cause);

  return new LedgerStoppedError(`${path} cannot be opened: ${errstr}`, { path }, { cause });
}

/**
 * Checks that no document was moved to another key. A reader of the old key would find nothing, and
 * might take an action that the document was meant to prevent. A document that was changed in place
 * is detected when it is read.
 */
function assertInPlace(db: DatabaseSync, path: string): void {
  const statement = db.prepare(
    "SELECT target, name, rev, commitment, body FROM document WHERE name <> target AND name NOT GLOB 'token#*'",
  );

  statement.setReadBigInts(true);

  for (const { name, rev, commitment, body } of statement.iterate())
    if (commitment === commitmentOf(String(name), Number(rev), body as Uint8Array))
      throw new LedgerCorruptError(
        `${path} was changed outside of Writ: document ${name} is stored under another key`,
        { path },
        { help: RESTORE_LEDGER },
      );
}

/**
 * Grows the write-ahead log once, then restarts it at its beginning. Later commits overwrite the
 * log, which syncs faster than growing it. Skipped on a disk with little free space, because the
 * log would take space that the ledger needs.
 */
function growLog(db: DatabaseSync, path: string, pages: number): void {
  const bytes = pages * PAGE_BYTES;
  if (pages === 0 || freeBytes(dirname(path)) < ROOM_FOR_EACH * bytes) return;

  try {
    db.exec(
      `BEGIN IMMEDIATE; INSERT INTO ballast VALUES (zeroblob(${bytes})); DELETE FROM ballast; COMMIT; PRAGMA wal_checkpoint(RESTART);`,
    );
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_FULL) throw error;
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

/** Usable bytes of a page of 4 KiB for a large value. */
const PAGE_BYTES = 4_000;
/**
 * Required free space, as a multiple of the log size: one for the log, one for the file that it is
 * checkpointed into, and one for growth.
 */
const ROOM_FOR_EACH = 3;
const SQLITE_FULL = 13;

const document = 'SELECT target, name, rev, commitment, body, sort FROM document';
/** All entries, including those whose writer was removed. */
const trail =
  "SELECT coalesce(writer.name, '(no writer)') AS name, n, entry FROM trail LEFT JOIN writer ON writer.id = trail.writer";
const placed =
  'SELECT writer.name AS name, n, entry, time, trail.writer AS row FROM trail JOIN writer ON writer.id = trail.writer';
export const ALL_DOCUMENTS = `${document} ORDER BY target`;
export const ALL_MESSAGES =
  'SELECT id, queue, body, CAST(visible_at AS TEXT) AS visible_at FROM message ORDER BY id';
export const WHOLE_TRAIL = `${trail} ORDER BY trail.writer, n`;

/** Prepares all frequent statements of a connection. */
export function statements(db: DatabaseSync) {
  const prepare = (sql: string): StatementSync => db.prepare(sql);
  // a manipulated number may exceed JavaScript's range, so numbers are read as BigInt, which does
  // not throw
  const reading = (sql: string): StatementSync => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    return statement;
  };

  return {
    begin: prepare('BEGIN IMMEDIATE'),
    commit: prepare('COMMIT'),
    /** Changes when another connection has committed. */
    dataVersion: reading('PRAGMA data_version'),
    document: reading(`${document} WHERE target = ?`),
    insert: prepare(
      'INSERT INTO document (target, name, rev, commitment, body, automation, list, sort, due_at, sweep_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    replace: prepare(
      'UPDATE document SET rev = ?, commitment = ?, body = ?, sweep_at = ? WHERE target = ? AND rev = ?',
    ),
    remove: prepare('DELETE FROM document WHERE target = ?'),
    unmark: prepare('UPDATE document SET sweep_at = NULL WHERE target = ?'),
    list: reading(
      `${document} WHERE list = ? AND (sort, target) > (?, ?) ORDER BY sort, target LIMIT ?`,
    ),
    listBackwards: reading(
      `${document} WHERE list = ? AND (sort, target) < (?, ?) ORDER BY sort DESC, target DESC LIMIT ?`,
    ),
    due: reading(`${document} WHERE automation = ? AND due_at <= ? ORDER BY due_at LIMIT ?`),
    sweep: reading(`${document} WHERE automation = ? AND sweep_at <= ? ORDER BY sweep_at LIMIT ?`),
    insertWriter: prepare('INSERT INTO writer (name) VALUES (?)'),
    insertEntry: prepare('INSERT INTO trail (writer, n, time, run, entry) VALUES (?, ?, ?, ?, ?)'),
    trailOfRun: reading(
      `${placed} WHERE run = ? AND (time, trail.writer, n) > (?, ?, ?) ORDER BY time, trail.writer, n LIMIT ?`,
    ),
    insertMessage: prepare('INSERT INTO message (queue, body, visible_at) VALUES (?, ?, ?)'),
    deleteMessage: prepare('DELETE FROM message WHERE id = ?'),
    allMessages: reading(ALL_MESSAGES),
  };
}
