import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LedgerCorruptError, LedgerLockedError } from '../../errors.ts';

const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/**
 * Makes this the only process that works in `folder`, until the returned function is called or the process ends, however
 * it ends: the operating system lets go of the lock.
 *
 * @throws {@link LedgerLockedError} when another process holds it.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'lock.db');
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    const { errcode } = cause as { errcode?: number };
    if (errcode === SQLITE_BUSY) throw new LedgerLockedError(folder);
    if (errcode !== SQLITE_NOTADB) throw cause;
    throw new LedgerCorruptError(`the lock of ${folder} cannot be taken: lock.db in it is not one of ours`, { folder }, { cause });
  }
  chmodSync(path, 0o600);
  return () => db.close();
}
