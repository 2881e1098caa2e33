import type { Effect } from '#shared/automation/index.ts';
import type { AutomationLock, Fields } from './automation-lock.ts';
import { type AnyStatement, type LockedStatement, lockedStatement } from './locked-statement.ts';

/**
 * Version of the format. It is raised when older locks can no longer be compared with newer locks.
 */
export const FORMAT = 'authority/1';

/** Permissions of one function, according to its declaration and to IAM. */
export interface FunctionLock {
  /**
   * `step`, `intake`, `dead`, `sweeper`, `timers`, `vendor`, `http` (a group of the API) or
   * `issuer`.
   */
  readonly kind: string;
  /** Effect of a step. */
  readonly effect?: Effect;
  readonly reads: Fields;
  readonly writes: Fields;
  /** Fields of the records that the function looks up, by collection. */
  readonly lookups: Readonly<Record<string, Fields>>;
  /** Collections into which the function inserts records. */
  readonly registers: readonly string[];
  /**
   * Collections whose balances the function reserves, and collections whose reservations it
   * settles.
   */
  readonly reserves: readonly string[];
  readonly draws: readonly string[];
  readonly secrets: readonly string[];
  readonly vendors: readonly string[];
  /**
   * Hosts that a vendor function may call. Its code enforces them, because IAM does not have such a
   * condition.
   */
  readonly hosts: readonly string[];
  /**
   * Sealed classes whose keys its statements allow to unwrap, which is required to open and to seal
   * values.
   */
  readonly opens: readonly string[];
  /** Sealed classes for which its statements allow creating keys of subjects. */
  readonly mints: readonly string[];
  /** Functions to whose queues the function sends, and functions that send to its own queue. */
  readonly sendsTo: readonly string[];
  readonly receivesFrom: readonly string[];
  readonly role: string;
  /** True if the function runs in the isolated network. Has no effect if egress is open. */
  readonly inside: boolean;
  readonly statements: readonly LockedStatement[];
}

/** Statements, by the name of their policy. */
export type Policies = Readonly<Record<string, readonly LockedStatement[]>>;

/** The authority lock: all permissions and all decisions, independent of the environment. */
export interface AuthorityLock {
  readonly format: typeof FORMAT;
  readonly automations: Readonly<Record<string, AutomationLock>>;
  readonly functions: Readonly<Record<string, FunctionLock>>;
  /**
   * Roles that AWS services assume: the roles of schedules, by the function that each schedule
   * calls, and the role of an isolated network's flow logs.
   */
  readonly callers: Policies;
  /**
   * Policies of every role: the boundary, trust policies, and the statements that some environments
   * add.
   */
  readonly everyRole: Policies;
  /** Policies of resources that functions use. */
  readonly resources: Policies;
}

export function lockedPolicies(
  policies: Readonly<Record<string, readonly AnyStatement[]>>,
): Policies {
  return Object.fromEntries(
    Object.entries(policies).map(([name, statements]) => [name, statements.map(lockedStatement)]),
  );
}
