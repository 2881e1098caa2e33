import type { LockedStatement } from './locked-statement.ts';

const KEYS = 'dynamodb:LeadingKeys';

/**
 * Patterns of the items that a statement allows an action on; none when it does not allow it there.
 *
 * Errs on the side of more: other conditions count as met, and keys that a request may leave out
 * bind nothing.
 */
export function keysReached(
  { Effect, Action, NotAction = [], Resource = ['*'], Condition = {} }: LockedStatement,
  action: string,
  on: string,
) {
  const allowed = Action === undefined ? !matches(NotAction, action) : matches(Action, action);
  if (Effect !== 'Allow' || !allowed || !matches(Resource, on)) return [];
  const keys = Condition['ForAllValues:StringLike']?.[KEYS];
  return keys !== undefined && Condition.Null?.[KEYS]?.join() === 'false' ? keys : ['*'];
}

/** Whether a value that begins like this can match a pattern of IAM. */
export function canBegin(pattern: string, beginning: string): boolean {
  const fixed = pattern.split(/[*?]/, 1)[0] ?? '';
  return fixed.startsWith(beginning) || (fixed !== pattern && beginning.startsWith(fixed));
}

/** Whether any of the patterns of IAM takes a value in. */
export const matches = (patterns: readonly string[], value: string) =>
  patterns.some((pattern) =>
    /[*?]/.test(pattern)
      ? toRegExp(pattern).test(value)
      : pattern.toLowerCase() === value.toLowerCase(),
  );

function toRegExp(pattern: string): RegExp {
  const text = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${text.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i');
}
