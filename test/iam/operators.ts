import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { readArn } from './arn.ts';
import { PolicyError } from './errors.ts';
import { arnLike, like } from './pattern.ts';
import { checkVariables, plain, type Text } from './text.ts';

/** A way to compare one value of a policy with one value of a request. */
interface Comparison {
  /**
   * @throws {@link PolicyError} when no request could be compared with a value that is so
   *   written.
   */
  check(value: string): void;
  compare(expected: Text, actual: string): boolean;
}

export interface Operator extends Comparison {
  /** Holds where none of the policy's values compares, and where the request lacks the key. */
  readonly negated: boolean;
}

/** Source of all operators: IAM user guide, "Condition operators". */
const COMPARISONS = new Map<string, Comparison>([
  ['StringEquals', ofTexts((expected, actual) => plain(expected) === actual)],
  [
    'StringEqualsIgnoreCase',
    ofTexts((expected, actual) => plain(expected).toLowerCase() === actual.toLowerCase()),
  ],
  ['StringLike', ofTexts((expected, actual) => like(expected, actual))],
  ['ArnEquals', ofArns()], // wildcards and all: the two behave identically
  ['ArnLike', ofArns()],
  ...ordered('Numeric', numberOf),
  ...ordered('Date', secondsOf),
  ['Bool', ofValues(booleanOf, (expected, actual) => expected === booleanOf(actual))],
  [
    'IpAddress',
    ofValues(
      networkOf,
      ({ family, block }, actual) => family === familyOf(actual) && block.check(actual, family),
    ),
  ],
]);

const NEGATIONS = new Map([
  ['StringNotEquals', 'StringEquals'],
  ['StringNotEqualsIgnoreCase', 'StringEqualsIgnoreCase'],
  ['StringNotLike', 'StringLike'],
  ['ArnNotEquals', 'ArnEquals'],
  ['ArnNotLike', 'ArnLike'],
  ['NumericNotEquals', 'NumericEquals'],
  ['DateNotEquals', 'DateEquals'],
  ['NotIpAddress', 'IpAddress'],
]);

/**
 * @throws {@link PolicyError} when there is no such operator, or none that we know
 *   (`BinaryEquals`).
 */
export function operatorOf(name: string): Operator {
  const affirmed = NEGATIONS.get(name) ?? name;
  const comparison = COMPARISONS.get(affirmed);
  if (comparison === undefined) throw new PolicyError(`condition operator "${name}" is unknown`);
  return { ...comparison, negated: affirmed !== name };
}

/** Compares texts, which may hold variables. */
function ofTexts(compare: Comparison['compare']): Comparison {
  return { check: checkVariables, compare };
}

function ofArns(): Comparison {
  const check = (value: string) => {
    checkVariables(value);
    if (!value.includes('${')) readArn(value); // a variable can bring in all of it
  };
  return { check, compare: arnLike };
}

/**
 * Compares what texts stand for. They hold no variables; AWS's pages contradict each other about
 * `Bool`.
 */
function ofValues<Value>(
  read: (text: string) => Value,
  compare: (expected: Value, actual: string) => boolean,
): Comparison {
  return { check: read, compare: (expected, actual) => compare(read(plain(expected)), actual) };
}

function ordered(kind: string, read: (text: string) => number): [string, Comparison][] {
  const by = (compare: (actual: number, expected: number) => boolean) =>
    ofValues(read, (expected, actual) => compare(read(actual), expected));
  return [
    [`${kind}Equals`, by((actual, expected) => actual === expected)],
    [`${kind}LessThan`, by((actual, expected) => actual < expected)],
    [`${kind}LessThanEquals`, by((actual, expected) => actual <= expected)],
    [`${kind}GreaterThan`, by((actual, expected) => actual > expected)],
    [`${kind}GreaterThanEquals`, by((actual, expected) => actual >= expected)],
  ];
}

function numberOf(text: string): number {
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) throw new PolicyError(`"${text}" is not a number`);
  return Number(text);
}

/**
 * A date as the W3C writes ISO 8601, or seconds since 1970, which are told from a year by having
 * more than four digits.
 */
function secondsOf(text: string): number {
  if (/^\d{5,}$/.test(text)) return Number(text);
  const isDate = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?$/.test(text);
  const milliseconds = isDate ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw new PolicyError(`"${text}" is not a date`);
  return milliseconds / 1000;
}

function booleanOf(text: string): boolean {
  if (text !== 'true' && text !== 'false')
    throw new PolicyError(`"${text}" is neither true nor false`);
  return text === 'true';
}

/**
 * A network, and its family: a block of IPv6 would contain addresses of IPv4 as well.
 *
 * @throws {@link PolicyError} also when an IPv6 address has no prefix: AWS documents /32 for it,
 *   which nobody means.
 */
function networkOf(text: string): { family: 'ipv4' | 'ipv6'; block: BlockList } {
  const [address = '', given] = text.split('/');
  const family = familyOf(address);
  const longest = family === 'ipv4' ? 32 : 128;
  const length = given ?? (family === 'ipv4' ? '32' : '');
  if (!/^\d+$/.test(length) || Number(length) > longest)
    throw new PolicyError(`"${text}" has no prefix length up to ${longest}`);

  const block = new BlockList();

  block.addSubnet(address, Number(length), family);

  return { family, block };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  if (isIPv4(address)) return 'ipv4';
  if (isIPv6(address)) return 'ipv6';
  throw new PolicyError(`"${address}" is not an IP address`);
}
