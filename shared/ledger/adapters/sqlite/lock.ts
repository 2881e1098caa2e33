import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LedgerCorruptError, LedgerLockedError } from '../../errors.ts';

const SQLITE_BUSY = 5;

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
    if ((cause as { errcode?: number }).errcode === SQLITE_BUSY) throw new LedgerLockedError(folder);
    throw new LedgerCorruptError(
      `the lock of ${folder} cannot be taken: delete lock.db when no process works there`,
      { folder },
      { cause },
    );
  }
  chmodSync(path, 0o600);
  return () => db.close();
}
