import type { AuthorityLock } from '#infra/lock/lock.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';

/**
 * Whether something belongs to a function or automation: it is one of its functions, or it is
 * called `… of <function>`.
 */
export function isAbout(what: string, name: string): boolean {
  const owner = / of ([a-z0-9.-]+)$/.exec(what)?.[1] ?? what;
  return owner === name || owner.startsWith(`${name}.`);
}

/** What a lock says of one automation, or of one function and what is its own. */
export function restrictTo(lock: AuthorityLock, name: string): AuthorityLock {
  const own = <T>(all: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(all).filter(([what]) => isAbout(what, name)));
  return {
    ...lock,
    automations: own(lock.automations),
    functions: own(lock.functions),
    callers: own(lock.callers),
    everyRole: {},
    resources: own(lock.resources),
  };
}

/**
 * @throws `authority.unknown-name` when none of the locks knows a function or an automation of
 *   the name.
 */
export function assertKnown(name: string, ...locks: readonly AuthorityLock[]): void {
  const functions = [...new Set(locks.flatMap((lock) => Object.keys(lock.functions)))];
  if (functions.some((fn) => isAbout(fn, name))) return;

  const automations = [...new Set(functions.map((fn) => fn.split('.', 1)[0]))];

  throw new InvalidInputError(
    'authority.unknown-name',
    `there is no "${name}"; there are ${[...automations, ...functions].join(', ')}`,
    {
      name,
    },
  );
}
