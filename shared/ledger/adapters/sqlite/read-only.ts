import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { LedgerUnavailableError } from '../../errors.ts';
import { isLocked } from './lock.ts';

/** A database opened only for reading, without writes to its folder. */
export interface ReadOnlyDatabase {
  readonly db: DatabaseSync;
  /**
   * Checks that no process has started to use the file.
   *
   * @throws `ledger.unavailable` (retry): a process has, so the data may mix two states of the
   *   file.
   */
  assertStill(): void;
  close(): void;
}

/**
 * Opens a database for reading.
 *
 * - While a process uses it: as a snapshot in a read transaction of SQLite.
 * - Without a log, which means that no process uses it: as an immutable file.
 * - With a log that a process left behind, or that was copied with the file: as a copy in a
 *   temporary folder, because SQLite would otherwise write into the folder.
 *
 * @throws the errors of SQLite, and `ledger.unavailable`.
 */
export function openReadOnly(path: string): ReadOnlyDatabase {
  if (isLocked(dirname(path))) {
    const db = new DatabaseSync(path, { readOnly: true });
    db.exec('PRAGMA busy_timeout = 2000');
    return { db, assertStill: () => {}, close: () => db.close() };
  }

  const before = stateOf(path);

  const assertStill = () => {
    if (stateOf(path) === before) return;
    throw new LedgerUnavailableError(
      `a process began to work on ${path} while it was read`,
      { path },
      { help: 'Run the command again.' },
    );
  };
  if (sizeOf(`${path}-wal`) === 0) {
    const db = openUnchanging(path);
    return { db, assertStill, close: () => db.close() };
  }

  const { db, discard } = openCopy(path);
  const close = () => {
    db.close();
    discard();
  };

  try {
    assertStill();
  } catch (error) {
    close();
    throw error;
  }

  return { db, assertStill: () => {}, close };
}

const openUnchanging = (path: string) =>
  new DatabaseSync(new URL('?immutable=1', pathToFileURL(path)), { readOnly: true });

function openCopy(path: string): { readonly db: DatabaseSync; discard(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'writ-verify-'));
  const discard = () => rmSync(folder, { recursive: true, force: true });

  try {
    const copy = join(folder, 'ledger.db');
    for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, `${copy}${end}`);
    return { db: new DatabaseSync(copy, { readOnly: true }), discard };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Returns a value that changes when the file or its log is written. */
function stateOf(path: string): string {
  const states = [path, `${path}-wal`].map((file) => {
    const { ino, size, mtimeNs } = statSync(file, { bigint: true, throwIfNoEntry: false }) ?? {};
    return `${ino} ${size} ${mtimeNs}`;
  });
  return states.join('\n');
}

const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0);
