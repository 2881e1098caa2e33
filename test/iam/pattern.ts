import { readArn } from './arn.ts';
import { PolicyError } from './errors.ts';
import { checkVariables, plain, type Text } from './text.ts';

/**
 * Whether a value is what a pattern says, from end to end: `*` is any characters or none, `?` is
 * one, a dot is a dot.
 */
export function like(pattern: Text, value: string, caseMatters = true): boolean {
  return new RegExp(sourceOf(pattern, false), caseMatters ? 'su' : 'isu').test(value);
}

/**
 * Whether an ARN is what a pattern says, field by field: a wildcard never reaches past a colon,
 * except within the last field.
 *
 * Source: IAM user guide, "Condition operators", section on ARNs.
 *
 * @throws {@link PolicyError} when the pattern has fewer than six fields: AWS does not say what
 *   it compares then.
 */
export function arnLike(pattern: Text, value: string): boolean {
  readArn(plain(pattern));
  return new RegExp(sourceOf(pattern, true), 'su').test(value);
}

function sourceOf(pattern: Text, withinFields: boolean): string {
  let source = '';
  let colons = 0;

  for (const { text, literal } of pattern) {
    for (const character of text) {
      const any = withinFields && colons < 5 ? '[^:]' : '.';
      if (character === ':') colons++;
      if (character === '*' && !literal) source += `${any}*`;
      else if (character === '?' && !literal) source += any;
      else source += character.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
    }
  }

  return `^${source}$`;
}

/**
 * @throws {@link PolicyError} unless it is `*` or a service, a colon and a pattern of action
 *   names.
 */
export function checkActionPattern(pattern: string): void {
  if (!/^(\*|[a-z0-9-]+:[\w*?]+)$/i.test(pattern))
    throw new PolicyError(`"${pattern}" is not an action`);
}

/**
 * Wildcards may stand anywhere but in the partition and the service.
 *
 * AWS completes an ARN of fewer fields with wildcards in policies of identities, and refuses it in
 * policies of sessions. We refuse it everywhere: it is a slip.
 *
 * Source: IAM user guide, "Resource" and "IAM identifiers"; general reference, "ARNs", note on
 * incomplete ARNs.
 */
export function checkResourcePattern(pattern: string): void {
  if (pattern === '*') return;
  checkVariables(pattern);
  const { partition, service } = readArn(pattern);
  if (/[*?]/.test(partition + service))
    throw new PolicyError(`resource "${pattern}" has a wildcard in its partition or service`);
}
