import { join } from 'node:path';
import type { CommandContext } from '#cli/command/command.ts';
import type { Page } from '#cli/command/page.ts';
import { loadDeclarations } from '#infra/declarations/declared.ts';
import { authorityLock } from '#infra/lock/authority-lock.ts';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { toSentence } from './changes/change.ts';
import { compareLocks } from './changes/compare-locks.ts';
import { environmentsIn } from './environments.ts';
import { checkLock, LOCK_FILE, writeLock } from './lock-file.ts';
import { assertKnown, isAbout, restrictTo } from './restrict-to.ts';
import { type LockAt, lockAt } from './revision.ts';
import { show } from './show.ts';
import { showChanges, showStatementChanges } from './show-changes.ts';

export interface AuthorityOptions {
  readonly statements?: true;
  readonly json?: true;
  readonly config?: string;
  readonly diff?: string;
  readonly check?: true;
  readonly write?: true;
}

/** Runs `writ authority` with its options. */
export async function performAuthority(
  name: string | undefined,
  options: AuthorityOptions,
  { root, out }: CommandContext,
): Promise<void> {
  const lock = authorityLock(await loadDeclarations());
  if (options.check) {
    checkLock(lock, root);
    out.line(`${LOCK_FILE} matches the declarations.`);
  } else if (options.write) reportWrite(out, writeLock(lock, root));
  else if (options.diff !== undefined)
    reportDiff(out, { from: lockAt(options.diff, root), after: lock, name, options });
  else
    await report(out, lock, name, {
      ...options,
      config: options.config ?? join(root, 'infra/config.ts'),
    });
}

async function report(
  out: Page,
  lock: AuthorityLock,
  name: string | undefined,
  options: AuthorityOptions & { config: string },
): Promise<void> {
  if (name !== undefined) assertKnown(name, lock);

  const shown = name === undefined ? lock : restrictTo(lock, name);
  const environments = await environmentsIn(options.config);

  if (options.json) out.raw(JSON.stringify({ ...shown, environments }, undefined, 2));
  else
    show(out, shown, environments, {
      statements: options.statements ?? false,
      isComplete: name === undefined,
    });
}

function reportWrite(out: Page, { written, changes }: ReturnType<typeof writeLock>): void {
  const compared = changes !== undefined;
  if (compared) showChanges(out, changes);
  out.heading(
    written
      ? `${LOCK_FILE} is written${compared ? '' : '; there was none to compare it with'}.`
      : `${LOCK_FILE} was up to date.`,
  );
}

interface DiffReport {
  readonly from: LockAt;
  readonly after: AuthorityLock;
  readonly name: string | undefined;
  readonly options: AuthorityOptions;
}

function reportDiff(out: Page, { from, after, name, options }: DiffReport): void {
  const { commit, lock: before } = from;
  if (name !== undefined) assertKnown(name, before, after);

  const changes = compareLocks(before, after).filter(
    ({ about }) => name === undefined || isAbout(about, name),
  );
  if (options.json) {
    const rows = changes.map((change) => ({
      direction: change.direction,
      about: change.about,
      says: toSentence(change),
    }));

    out.raw(JSON.stringify({ since: commit, changes: rows }, undefined, 2));
    return;
  }

  const since = `${commit.slice(0, 12)}${name === undefined ? '' : `, as far as ${name} is concerned`}`;

  out.line(
    changes.length === 0
      ? `Nothing that is declared has changed since ${since}.`
      : `Changes of authority since ${since}:`,
  );

  showChanges(out, changes);
  if (changes.length > 0) out.line('');

  out.line(
    'Not compared: the code of rules and steps. A rule that compares something else may be as declared as before.',
    {
      style: 'dim',
    },
  );

  if (options.statements)
    showStatementChanges(
      out,
      name === undefined ? [before, after] : [restrictTo(before, name), restrictTo(after, name)],
    );
}
