import { execFileSync } from 'node:child_process';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { readLock } from '#infra/lock/read-lock.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { LOCK_FILE } from './lock-file.ts';

/** Authority lock at a git commit. */
export interface LockAt {
  readonly commit: string;
  readonly lock: AuthorityLock;
}

/**
 * Reads the lock at a revision from the git repository of the checkout.
 *
 * @param revision - Branch, tag or commit in any notation of git, such as `HEAD~3`.
 * @throws `revision.unreadable` without git or a repository, `revision.unknown`,
 *   `authority.no-lock`, `authority.lock-format`.
 */
export function lockAt(revision: string, root: string): LockAt {
  if (git(root, 'rev-parse', '--git-dir') === undefined)
    throw new InvalidInputError(
      'revision.unreadable',
      `${root} is not in a git repository, so there is no revision "${revision}" to compare with`,
    );

  // git must not read a revision that starts with "-" as an option; later calls use the hash
  const named = /^-|^$/.test(revision)
    ? undefined
    : git(root, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`);
  const commit = named?.trim() ?? '';
  if (!/^[0-9a-f]{40,64}$/.test(commit))
    throw new InvalidInputError('revision.unknown', `git knows no commit "${revision}"`, {
      revision,
    });

  const text = git(root, 'cat-file', 'blob', `${commit}:./${LOCK_FILE}`);
  if (text === undefined)
    throw new InvalidInputError(
      'authority.no-lock',
      `there is no ${LOCK_FILE} in ${revision} (${commit.slice(0, 12)})`,
      { revision },
    );

  return { commit, lock: readLock(text, `${LOCK_FILE} of ${revision}`) };
}

/** Runs git without a shell. Returns its output, or undefined if it fails or is not installed. */
function git(root: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}
