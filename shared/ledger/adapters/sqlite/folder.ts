import { existsSync, mkdirSync, readdirSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isWritError } from '#shared/kernel/index.ts';
import { LedgerFullError, LedgerStoppedError } from '../../errors.ts';

const KIB = 1_024;
/** Less than that is not begun with: an empty ledger and its log. */
const ROOM_BYTES = 1_024 * KIB;

/**
 * Makes the folder of a store, for its owner alone. Git passes over a folder that was made here, or
 * was empty: what is in it is no part of anybody's sources, and some of it is secret.
 *
 * @throws `ledger.stopped`, `ledger.full` (stop): it cannot be made, or its disk has no room.
 */
export function makeDataFolder(folder: string): void {
  try {
    // not recursive where it need not be: below some special folders that never ends
    if (!existsSync(folder))
      mkdirSync(folder, { recursive: !existsSync(dirname(folder)), mode: 0o700 });
  } catch (cause) {
    // somebody else made it meanwhile
    if ((cause as { code?: string }).code !== 'EEXIST') throw unusable(folder, cause);
  }

  try {
    if (freeBytes(folder) < ROOM_BYTES) throw noRoom(folder);
    if (readdirSync(folder).length === 0)
      writeFileSync(join(folder, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (cause) {
    if ((cause as { code?: string }).code !== 'EEXIST') throw unusable(folder, cause);
  }
}

/** Why a folder or file cannot be worked with at all. */
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

/** Why a ledger that was worked on stops. */
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
  return new LedgerFullError(folder, Math.floor(freeBytes(folder) / KIB), ROOM_BYTES / KIB);
}

/** What the disk of a folder has room for. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
