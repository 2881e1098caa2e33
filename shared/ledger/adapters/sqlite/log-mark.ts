import { closeSync, openSync, readSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { LedgerCorruptError, RESTORE_LEDGER } from '../../errors.ts';
import { SCHEMA_VERSION } from './schema.ts';

/**
 * Where SQLite keeps `user_version` in the first page of a file. @see
 * https://sqlite.org/fileformat.html, section 1.3
 */
const VERSION_AT = 60;
/** In the file, without its log: the version of its format, negative. */
const MARKED = -SCHEMA_VERSION;
/** Commits without another try, after one that a reader was in the way of. */
const PAUSE = 256;

/**
 * Keeps a mark in the database file which says that its write-ahead log belongs to it: the version
 * of the format, negative. The log itself says the version as it is. So who reads both, with any
 * tool of SQLite, sees no mark; in a file whose log was lost or left behind it stands, and such a
 * file is not taken for a whole ledger.
 */
export class LogMark {
  readonly #db: DatabaseSync;
  readonly #file: number;
  #pause = 0;

  /**
   * Marks the file, which is open, with a transaction that writes, whatever it holds. @param path -
   * Of the file.
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
   * Marks the file again when the log was folded into it. Called before each commit; it costs one
   * read of four bytes.
   */
  renew(): void {
    if (this.#pause > 0) this.#pause--;
    else if (!this.#isMarked()) this.#mark();
  }

  /**
   * Closes the database, so that the log is folded into it. A log that a failure left with the mark
   * in it stays as it is.
   */
  close(): void {
    if (!this.#takeBack()) return; // the end of the process closes it, and leaves the log
    this.#db.close();
    // after the database: closing any handle of a file gives up the locks that this process has on
    // it
    closeSync(this.#file);
  }

  #mark(): void {
    this.#db.exec(
      `PRAGMA user_version = ${MARKED}; PRAGMA wal_checkpoint(PASSIVE); PRAGMA user_version = ${SCHEMA_VERSION}`,
    );
    if (!this.#isMarked()) this.#pause = PAUSE; // a reader is in the way
  }

  #takeBack(): boolean {
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
 * Makes sure that a log which belongs to a file is there. A mark beside a log that can be read is
 * that of a process which ended between two commits of {@link LogMark}.
 *
 * @throws {@link LedgerCorruptError} when it is not. Nothing was changed.
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
