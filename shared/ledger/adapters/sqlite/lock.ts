import { chmodSync, existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LedgerCorruptError, LedgerLockedError, LedgerStoppedError } from '../../errors.ts';

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/**
 * Locks a folder for one process. The lock ends when it is released, or when the process ends for
 * any reason.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #path: string;
  /**
   * Inode of each file when it was opened. While a process has a file open, its name can be removed
   * or given to another file.
   */
  readonly #held = new Map<string, bigint | undefined>();
  #db: DatabaseSync;

  /** @throws `ledger.locked`, `ledger.corrupt` (stop), and the errors of SQLite. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#path = join(resolve(folder), 'lock.db');
    if (!existsSync(this.#path)) assertUnused(folder);
    this.#db = this.#take();
  }

  /** Adds a file whose path must not change from now on. */
  hold(path: string): void {
    this.#held.set(path, inodeOf(path));
  }

  /**
   * Checks that this process still owns the folder. Called within each writing transaction. Another
   * process that acquires the folder starts with a transaction, so it either waits for this
   * transaction or is detected here.
   *
   * @throws `ledger.stopped`, `ledger.locked` (stop): the folder has another owner, or files were
   *   removed while this process used them.
   */
  assertHeld(): void {
    if (inodeOf(this.#path) === undefined) this.#takeAgain();

    for (const [path, inode] of this.#held) {
      if (inodeOf(path) === inode) continue;
      throw new LedgerStoppedError(
        `${path} was removed or replaced while this process works on it; nothing more is written`,
        { path },
        { help: 'Put the file back, then start again.' },
      );
    }
  }

  release(): void {
    this.#db.close();
  }

  #takeAgain(): void {
    const db = this.#db;
    this.#db = this.#take();
    db.close();
  }

  #take(): DatabaseSync {
    const db = new DatabaseSync(this.#path);
    try {
      db.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
      chmodSync(this.#path, 0o600);
    } catch (cause) {
      db.close();
      throw refused(this.#folder, cause);
    }

    this.hold(this.#path);

    return db;
  }
}

/** Returns true while a process uses a folder. Does not change the folder. */
export function isLocked(folder: string): boolean {
  const path = join(resolve(folder), 'lock.db');
  if (!existsSync(path)) return false;

  try {
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      db.exec('PRAGMA busy_timeout = 0; SELECT count(*) FROM sqlite_schema');
      return false;
    } finally {
      db.close();
    }
  } catch (error) {
    return codeOf(error) === SQLITE_BUSY;
  }
}

/**
 * Checks that no process uses a folder whose lock file is missing. A process that uses the folder
 * has the ledger open, so the index of the log exists and exclusive access to the ledger fails.
 */
function assertUnused(folder: string): void {
  const path = join(resolve(folder), 'ledger.db');
  if (!existsSync(path) || !existsSync(`${path}-shm`)) return;

  const db = new DatabaseSync(path);
  try {
    db.exec(
      'PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema',
    );
  } catch (error) {
    if (codeOf(error) === SQLITE_BUSY) throw new LedgerLockedError(folder);
    // damage is reported when the ledger is opened
  } finally {
    db.close();
  }
}

function refused(folder: string, cause: unknown): unknown {
  if (codeOf(cause) === SQLITE_BUSY) return new LedgerLockedError(folder);
  if (codeOf(cause) !== SQLITE_NOTADB) return cause;
  return new LedgerCorruptError(
    `the lock of ${folder} cannot be taken: its lock.db is not a lock file of Writ`,
    { folder },
    { cause, help: 'Remove lock.db when no process works on the folder, or use another folder.' },
  );
}

const codeOf = (error: unknown) => ((error as { errcode?: number }).errcode ?? 0) % 256;

const inodeOf = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
