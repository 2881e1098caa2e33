import type { AuthorityLock } from '#infra/lock/lock.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';

/**
 * Checks whether a subject, `<function>` or `… of <function>`, belongs to a function or automation.
 */
export function isAbout(subject: string, name: string): boolean {
  const owner = / of ([a-z0-9.-]+)$/.exec(subject)?.[1] ?? subject;
  return owner === name || owner.startsWith(`${name}.`);
}

/** Restricts a lock to one automation, or to one function and its own resources. */
export function restrictTo(lock: AuthorityLock, name: string): AuthorityLock {
  const restrict = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([subject]) => isAbout(subject, name)));
  return {
    ...lock,
    automations: restrict(lock.automations),
    functions: restrict(lock.functions),
    callers: restrict(lock.callers),
    everyRole: {},
    resources: restrict(lock.resources),
  };
}

/**
 * Checks that one of the locks has a function or automation of this name.
 *
 * @throws `authority.unknown-name`.
 */
export function assertKnown(name: string, ...locks: readonly AuthorityLock[]): void {
  const functions = [...new Set(locks.flatMap((lock) => Object.keys(lock.functions)))];
  if (functions.some((fn) => isAbout(fn, name))) return;

  const automations = functions.map((fn) => fn.split('.', 1)[0]);
  const allowed = [...new Set([...automations, ...functions])];

  throw new InvalidInputError(
    'authority.unknown-name',
    `there is no automation or function "${name}"; allowed are ${allowed.join(', ')}`,
    { name },
  );
}
