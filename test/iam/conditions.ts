import { PolicyError } from './errors.ts';
import { recordOf, textsOf } from './json.ts';
import { type Operator, operatorOf } from './operators.ts';
import type { RequestContext } from './request-context.ts';
import type { Text } from './text.ts';

/** Puts values in for the variables of a text; `undefined` when one has none. */
export type Fill = (text: string) => Text | undefined;

/** One key of one operator of a `Condition` element. A statement applies where all of them hold. */
export type Condition = Presence | Comparison;

/** `Null`: whether the request lacks the key. */
interface Presence {
  readonly key: string;
  readonly absent: readonly boolean[];
}

interface Comparison {
  readonly key: string;
  readonly operator: Operator;
  /** How a key of several values is compared. Without it a key must have one value. */
  readonly quantifier: string | undefined;
  /** Whether the condition holds where the request lacks the key. */
  readonly ifExists: boolean;
  readonly values: readonly string[];
}

const NAME = /^(?:(?<quantifier>ForAllValues|ForAnyValue):)?(?<base>.+?)(?<ifExists>IfExists)?$/;

/**
 * @throws {@link PolicyError} for an operator that is unknown, or a value that it cannot compare.
 */
export function readConditions(element: unknown): Condition[] {
  return membersOf(element, 'Condition').flatMap(([name, keys]) =>
    membersOf(keys, name).map(([key, values]) =>
      readCondition(name, key, textsOf(values, `${name} of ${key}`)),
    ),
  );
}

/**
 * @throws {@link PolicyError} when there are none: a condition that says nothing was meant to say
 *   something.
 */
function membersOf(value: unknown, what: string): [string, unknown][] {
  const members = Object.entries(recordOf(value, what));
  if (members.length === 0) throw new PolicyError(`${what} is empty`);
  return members;
}

function readCondition(name: string, key: string, values: readonly string[]): Condition {
  if (name === 'Null') return { key, absent: values.map(readTruth) };
  const { quantifier, base = '', ifExists } = NAME.exec(name)?.groups ?? {};
  if (base === 'Null')
    throw new PolicyError(`condition operator "${name}" is unknown: Null stands alone`);
  const operator = operatorOf(base);
  values.forEach(operator.check);
  return { key, operator, quantifier, ifExists: ifExists !== undefined, values };
}

function readTruth(value: string): boolean {
  if (value !== 'true' && value !== 'false')
    throw new PolicyError(`Null must be true or false, got "${value}"`);
  return value === 'true';
}

/**
 * Whether a condition holds of a request.
 *
 * Where the request lacks the key: `ForAllValues` holds, `ForAnyValue` does not, a negated operator
 * holds, any other does not; `…IfExists` always holds.
 *
 * Source: IAM user guide, "Condition operators" and "Set operators for multivalued context keys".
 */
export function holds(condition: Condition, context: RequestContext, fill: Fill): boolean {
  if ('absent' in condition)
    return condition.absent.includes(context.values(condition.key).length === 0);

  const { key, operator, quantifier, ifExists, values } = condition;
  if (ifExists && !context.has(key)) return true;

  const texts = values.map(fill).filter((text) => text !== undefined);
  const compares = (actual: string) =>
    texts.some((text) => operator.compare(text, actual)) !== operator.negated;
  if (quantifier === 'ForAllValues') return context.values(key).every(compares);
  if (quantifier === 'ForAnyValue') return context.values(key).some(compares);

  const actual = context.single(key);

  return actual === undefined ? operator.negated : compares(actual);
}
