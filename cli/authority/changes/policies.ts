import type { AuthorityLock } from '#infra/lock/lock.ts';
import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { describeStatement } from '../descriptions/statement.ts';
import type { Change, ChangeDetail } from './change.ts';
import { statementChanges } from './statements.ts';

/**
 * Lists the changes of policies, including added and removed policies.
 *
 * @param subjectOf - Formats the name of a policy as the subject of a sentence.
 */
export function policyChanges(
  before: AuthorityLock,
  after: AuthorityLock,
  group: 'callers' | 'everyRole' | 'resources',
  subjectOf = (name: string) => name,
): Change[] {
  const [was, is] = [before[group], after[group]];
  return [...new Set([...Object.keys(is), ...Object.keys(was)])].flatMap((name) => {
    const [one, other] = [was[name], is[name]];
    const changes: ChangeDetail[] = [];
    if (one !== undefined && other !== undefined) changes.push(...statementChanges(one, other));
    else if (other !== undefined) changes.push(addedPolicy(other));
    else if (one !== undefined)
      changes.push(removedPolicy(one, wasRemovedWithOwner(name, before, after)));
    return changes.map((change) => ({ about: subjectOf(name), ...change }));
  });
}

function addedPolicy(policy: readonly LockedStatement[]): ChangeDetail {
  const allows = policy.some(({ Effect }) => Effect === 'Allow');
  const [direction, weight] = allows
    ? (['wider', 'statement'] as const)
    : (['narrower', 'refusal'] as const);
  return { direction, weight, says: ` has a policy now: ${describePolicy(policy)}` };
}

/**
 * Describes a removed policy. Removing a denial widens authority, unless the function that the
 * policy protected was also removed.
 */
function removedPolicy(policy: readonly LockedStatement[], withOwner: boolean): ChangeDetail {
  const refused = policy.some(({ Effect }) => Effect === 'Deny');
  const [direction, weight] =
    refused && !withOwner ? (['wider', 'refusal'] as const) : (['narrower', 'statement'] as const);
  return { direction, weight, says: ` no longer has a policy: ${describePolicy(policy)}` };
}

function wasRemovedWithOwner(name: string, before: AuthorityLock, after: AuthorityLock): boolean {
  const owner = / of ([a-z0-9.-]+)$/.exec(name)?.[1];
  const has = ({ functions }: AuthorityLock) =>
    Object.keys(functions).some((fn) => fn === owner || fn.startsWith(`${owner}.`));
  return has(before) && !has(after);
}

/**
 * Describes the statements of a policy: denials by their Sid, which is a sentence, others in full.
 */
function describePolicy(policy: readonly LockedStatement[]): string {
  const statements = policy.map(
    (statement) =>
      (statement.Effect === 'Deny' ? statement.Sid : undefined) ?? describeStatement(statement),
  );
  return statements.join('; ') || 'an empty one';
}
