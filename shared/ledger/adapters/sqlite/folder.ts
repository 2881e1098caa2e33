import { existsSync, mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isWritError } from '#shared/kernel/index.ts';
import { LedgerFullError, LedgerStoppedError } from '../../errors.ts';

const KIB = 1_024;
/** Minimum free space at the start, for an empty ledger and its log. */
const MIN_FREE_BYTES = 1_024 * KIB;

/**
 * Creates the folder of a store, accessible only to its owner. A folder that was created here or
 * was empty is ignored by Git, because its content is not source code and is partly secret.
 *
 * @throws `ledger.stopped`, `ledger.full` (stop): it cannot be created, or its disk has no space.
 */
export function makeDataFolder(folder: string): void {
  try {
    // not recursive when unnecessary: inside some special folders, the recursive call never returns
    if (!existsSync(folder))
      mkdirSync(folder, { recursive: !existsSync(dirname(folder)), mode: 0o700 });
  } catch (cause) {
    // another process has created it in the meantime
    if ((cause as { code?: string }).code !== 'EEXIST') throw unusable(folder, cause);
  }

  try {
    if (freeBytes(folder) < MIN_FREE_BYTES) throw noRoom(folder);
    if (readdirSync(folder).length === 0)
      writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'EEXIST') throw unusable(folder, cause);
  }
}

/** Converts an error from using a folder or file. */
export function unusable(path: string, cause: unknown): LedgerStoppedError | LedgerFullError {
  if (cause instanceof LedgerFullError) return cause;

  const {
    code = 'unknown error',
    errstr,
    errcode,
  } = cause as { code?: string; errstr?: string; errcode?: number };
  if (NO_ROOM.includes(code) || errcode === SQLITE_FULL) return noRoom(path);

  return new LedgerStoppedError(
    `${path} cannot be used: ${errstr ?? code}`,
    { path, code },
    { cause, help: 'Use a folder that this user can read and write.' },
  );
}

/** Converts an error from writing to an open ledger. */
export function notWritten(folder: string, cause: unknown): LedgerStoppedError {
  const { errstr, errcode } = cause as { errstr?: string; errcode?: number };
  const reason = isWritError(cause) ? cause.code : (errstr ?? 'unknown error');
  const free =
    errcode === SQLITE_FULL ? `; ${Math.floor(freeBytes(folder) / KIB)} KiB are free` : '';

  return new LedgerStoppedError(
    `the ledger in ${folder} cannot be written: ${reason}${free}; every acknowledged commit is safe`,
    { folder },
    { cause, help: 'Fix the cause, then start again.' },
  );
}

const NO_ROOM = ['ENOSPC', 'EDQUOT'];
const SQLITE_FULL = 13;

function noRoom(folder: string): LedgerFullError {
  return new LedgerFullError(folder, Math.floor(freeBytes(folder) / KIB), MIN_FREE_BYTES / KIB);
}

/** Returns the free space of a folder's disk. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
