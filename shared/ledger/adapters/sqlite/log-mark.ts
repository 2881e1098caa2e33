import { closeSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { LedgerCorruptError, RESTORE_LEDGER } from '../../errors.ts';
import { SCHEMA_VERSION } from './schema.ts';

/**
 * Offset of `user_version` in the first page of a file.
 *
 * @see https://sqlite.org/fileformat.html, section 1.3
 */
const VERSION_AT = 60;
/** Version in the file without its log: negative. */
const MARKED = -SCHEMA_VERSION;
/** Number of commits before the next attempt, if a reader blocked the previous attempt. */
const PAUSE = 256;

/**
 * Marks the database file to show that it is complete only with its write-ahead log. The mark is
 * the format version as a negative number in the file; the log contains the positive number. Any
 * SQLite tool that reads the file together with its log sees the positive number, not the mark. If
 * the log was lost or not copied, the mark is visible, and the file is not accepted as a complete
 * ledger.
 */
export class LogMark {
  readonly #db: DatabaseSync;
  readonly #file: number;
  #pause = 0;

  /**
   * Marks the open file in a transaction that always writes.
   *
   * @param path - Path of the file.
   */
  constructor(db: DatabaseSync, path: string) {
    this.#db = db;
    this.#file = openSync(path, 'r');

    try {
      this.#mark();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Marks the file again after a checkpoint. Called before each commit. Costs one read of four
   * bytes.
   */
  renew(): void {
    if (this.#pause > 0) this.#pause--;
    else if (!this.#isMarked()) this.#mark();
  }

  /**
   * Closes the database, which checkpoints the log. If a failure left the mark in the log, the log
   * is not changed.
   */
  close(): void {
    if (!this.#removeMark()) return; // the end of the process closes it, and leaves the log
    this.#db.close();
    // after the database: closing any handle of a file releases all locks of this process on that
    // file
    closeSync(this.#file);
  }

  #mark(): void {
    this.#db.exec(
      `PRAGMA user_version = ${MARKED}; PRAGMA wal_checkpoint(PASSIVE); PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
    if (!this.#isMarked()) this.#pause = PAUSE; // a reader blocked the checkpoint
  }

  #removeMark(): boolean {
    try {
      if (versionOf(this.#db) === MARKED) this.#db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
      return true;
    } catch {
      return false;
    }
  }

  #isMarked(): boolean {
    const bytes = Buffer.alloc(4);
    readSync(this.#file, bytes, 0, bytes.length, VERSION_AT);
    return bytes.readInt32BE() < 0;
  }
}

/**
 * Checks that the log of a file is present. A mark with a readable log is possible: it remains when
 * a process ended between two commits of {@link LogMark}.
 *
 * @throws {@link LedgerCorruptError} if the log is missing. Nothing was changed.
 */
export function assertLogThere(db: DatabaseSync, path: string): void {
  if (versionOf(db) !== MARKED) return;
  const { log } = db.prepare('PRAGMA wal_checkpoint(NOOP)').get() as { readonly log: number };
  if (log > 0) return;
  throw new LedgerCorruptError(
    `the write-ahead log ${path}-wal is missing, empty or damaged, and the last commits are in it`,
    { path },
    { help: RESTORE_LEDGER },
  );
}

const versionOf = (db: DatabaseSync) =>
  Number(db.prepare('PRAGMA user_version').get()?.user_version);
