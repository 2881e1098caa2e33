import type { AuthorityLock } from '#infra/lock/lock.ts';
import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { statementInWords } from '../words/statement.ts';
import type { Change, Part } from './change.ts';
import { statementChanges } from './statements.ts';

/**
 * What has changed of policies that come and go as a whole. @param called - What one is called in a
 * sentence.
 */
export function policyChanges(
  before: AuthorityLock,
  after: AuthorityLock,
  group: 'callers' | 'everyRole' | 'resources',
  called = (name: string) => name,
): Change[] {
  const [was, is] = [before[group], after[group]];
  return [...new Set([...Object.keys(is), ...Object.keys(was)])].flatMap((name) => {
    const [one, other] = [was[name], is[name]];
    const parts: Part[] = [];
    if (one !== undefined && other !== undefined) parts.push(...statementChanges(one, other));
    else if (other !== undefined) parts.push(came(other));
    else if (one !== undefined) parts.push(went(one, wentWithItsOwner(name, before, after)));
    return parts.map((part) => ({ about: called(name), ...part }));
  });
}

function came(policy: readonly LockedStatement[]): Part {
  const allows = policy.some(({ Effect }) => Effect === 'Allow');
  const [direction, weight] = allows
    ? (['wider', 'statement'] as const)
    : (['narrower', 'refusal'] as const);
  return { direction, weight, says: ` has a policy now: ${inShort(policy)}` };
}

/** A refusal that is gone lets something through, unless what it protected is gone, too. */
function went(policy: readonly LockedStatement[], withItsOwner: boolean): Part {
  const refused = policy.some(({ Effect }) => Effect === 'Deny');
  const [direction, weight] =
    refused && !withItsOwner
      ? (['wider', 'refusal'] as const)
      : (['narrower', 'statement'] as const);
  return { direction, weight, says: ` no longer has a policy: ${inShort(policy)}` };
}

function wentWithItsOwner(name: string, before: AuthorityLock, after: AuthorityLock): boolean {
  const owner = / of ([a-z0-9.-]+)$/.exec(name)?.[1];
  const has = ({ functions }: AuthorityLock) =>
    Object.keys(functions).some((fn) => fn === owner || fn.startsWith(`${owner}.`));
  return has(before) && !has(after);
}

/** Refusals by their names, which are sentences; what is allowed in full. */
function inShort(policy: readonly LockedStatement[]): string {
  const said = policy.map(
    (statement) =>
      (statement.Effect === 'Deny' ? statement.Sid : undefined) ?? statementInWords(statement),
  );
  return said.join('; ') || 'an empty one';
}
