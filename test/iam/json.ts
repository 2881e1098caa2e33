import { PolicyError } from './errors.ts';

/**
 * What a template leaves to CloudFormation or the CDK when it is not resolved: it never says what a
 * policy will be.
 */
const LEFT_OPEN = /\$\{(Token\[|AWS::)/;

/** A member or a list of members: IAM makes no difference. */
export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : [value];

/**
 * A text, a number or a boolean as text.
 *
 * @throws {@link PolicyError} for all else, such as `{ Ref: … }` and `{ 'Fn::GetAtt': … }`.
 */
export function textOf(value: unknown, what: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'string')
    throw new PolicyError(`${what} must be text, got ${JSON.stringify(value)}`);
  if (LEFT_OPEN.test(value)) throw new PolicyError(`${what} is not resolved: ${value}`);
  return value;
}

/** @throws {@link PolicyError} also when the list is empty, which IAM refuses. */
export function textsOf(value: unknown, what: string): readonly string[] {
  const texts = listOf(value).map((member) => textOf(member, what));
  if (texts.length === 0) throw new PolicyError(`${what} must have a member`);
  return texts;
}

/**
 * @throws {@link PolicyError} when the value is no object, or has a member that is not among
 *   `known`.
 */
export function recordOf(
  value: unknown,
  what: string,
  known?: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PolicyError(`${what} must be an object, got ${JSON.stringify(value)}`);

  for (const member of Object.keys(value)) {
    if (member.startsWith('Fn::') || member === 'Ref')
      throw new PolicyError(`${what} is not resolved: ${JSON.stringify(value)}`);
    if (known !== undefined && !known.includes(member))
      throw new PolicyError(`${what} has an unknown member "${member}"`);
  }

  return value as Readonly<Record<string, unknown>>;
}
