import { omitUndefined } from '#shared/kernel/index.ts';
import type { Statement } from '../authority/statements.ts';

type Lists = Readonly<Record<string, readonly string[]>>;

/**
 * A statement as the lock holds it: every value a list in one order, so that what means the same is
 * written the same.
 */
export interface LockedStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: Lists;
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  /** Absent only where a role says who may take it on. */
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<Record<string, Lists>>;
}

type OneOrMore = string | readonly string[];

/** Any statement of a policy, a synthesized one included. */
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

/** To IAM a value and a list of that one value are the same, and so are lists in any order. */
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
