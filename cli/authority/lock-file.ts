import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { lockText } from '#infra/lock/lock-text.ts';
import { readLock } from '#infra/lock/read-lock.ts';
import { InvalidInputError, isWritError } from '#shared/kernel/index.ts';
import { type Change, toSentences } from './changes/change.ts';
import { compareLocks } from './changes/compare-locks.ts';

export const LOCK_FILE = 'authority.lock.json';

const HELP = 'run "npx writ authority --write" and commit the changed file';

/**
 * Checks that the committed lock matches the declarations.
 *
 * @throws `authority.stale` with the differences, `authority.no-lock`, `authority.lock-format`.
 */
export function checkLock(lock: AuthorityLock, root: string): void {
  const path = join(root, LOCK_FILE);
  if (!existsSync(path))
    throw new InvalidInputError(
      'authority.no-lock',
      `there is no ${LOCK_FILE} in ${root}`,
      {},
      { help: HELP },
    );

  const text = readFileSync(path, 'utf8');
  if (text === lockText(lock)) return;

  const changes = compareLocks(readLock(text, LOCK_FILE), lock);
  const differences =
    changes.length === 0 ? ['the same authority in another format'] : toSentences(changes);

  throw new InvalidInputError(
    'authority.stale',
    `${LOCK_FILE} does not match the declarations:\n${differences.map((text) => `  - ${text}`).join('\n')}`,
    { changes: changes.length },
    { help: HELP },
  );
}

/**
 * Writes the lock derived from the declarations.
 *
 * @returns the changes; undefined if the previous lock is missing or unreadable.
 */
export function writeLock(
  lock: AuthorityLock,
  root: string,
): { readonly written: boolean; readonly changes: readonly Change[] | undefined } {
  const path = join(root, LOCK_FILE);
  const [before, after] = [
    existsSync(path) ? readFileSync(path, 'utf8') : undefined,
    lockText(lock),
  ];
  if (before === after) return { written: false, changes: [] };

  const changes = before === undefined ? undefined : comparedWith(before, lock);

  writeFileSync(path, after);

  return { written: true, changes };
}

function comparedWith(before: string, lock: AuthorityLock): Change[] | undefined {
  try {
    return compareLocks(readLock(before, LOCK_FILE), lock);
  } catch (error) {
    if (isWritError(error, 'authority.lock-format')) return undefined;
    throw error;
  }
}
