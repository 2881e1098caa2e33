import { omitUndefined } from '#shared/kernel/index.ts';
import type { Statement } from '../authority/statements.ts';

type Lists = Readonly<Record<string, readonly string[]>>;

/**
 * A statement in the lock. Every value is a sorted list, so that equivalent statements are equal.
 */
export interface LockedStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Lists;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  /** Absent only in a role's trust policy. */
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Lists>>;
}

type OneOrMore = string | readonly string[];

/** A statement of any policy, including synthesized ones. */
export type AnyStatement =
  | Statement
  | {
      readonly Sid?: string;
      readonly Effect: 'Allow' | 'Deny';
      readonly Principal?: string | Readonly<Record<string, OneOrMore>>;
      readonly Action?: OneOrMore;
      readonly NotAction?: OneOrMore;
      readonly Resource?: OneOrMore;
      readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMore>>>>;
    };

/**
 * Normalizes a statement. In IAM, a value is equivalent to a list with that value, and the order of
 * lists does not matter.
 */
export function lockedStatement({
  Sid,
  Effect,
  Principal,
  Action,
  NotAction,
  Resource,
  Condition,
}: AnyStatement): LockedStatement {
  return omitUndefined({
    Sid,
    Effect,
    Principal:
      Principal === undefined
        ? undefined
        : lists(typeof Principal === 'string' ? { AWS: Principal } : Principal),
    Action: Action === undefined ? undefined : list(Action),
    NotAction: NotAction === undefined ? undefined : list(NotAction),
    Resource: Resource === undefined ? undefined : list(Resource),
    Condition: Condition === undefined ? undefined : byName(Condition, lists),
  });
}

const list = (value: OneOrMore): readonly string[] =>
  [...new Set(typeof value === 'string' ? [value] : value)].sort();
const lists = (of: Readonly<Record<string, OneOrMore>>): Lists => byName(of, list);

function byName<T, U>(of: Readonly<Record<string, T>>, to: (value: T) => U): Record<string, U> {
  const names = Object.keys(of).sort();
  return Object.fromEntries(names.map((name) => [name, to(of[name] as T)]));
}
