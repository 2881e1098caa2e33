import type { LockedStatement } from './locked-statement.ts';

const KEYS = 'dynamodb:LeadingKeys';

/**
 * Returns the key patterns of the items on which a statement allows an action; empty if it does not
 * allow the action.
 *
 * The result is an overestimate. Other conditions count as met, and keys that a request may omit
 * count as unrestricted.
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

/** Returns whether a value with this prefix can match an IAM pattern. */
export function canBegin(pattern: string, beginning: string): boolean {
  const fixed = pattern.split(/[*?]/, 1)[0] ?? '';
  return fixed.startsWith(beginning) || (fixed !== pattern && beginning.startsWith(fixed));
}

/** Returns whether a value matches any of the IAM patterns. */
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
