import type { Effect } from '#shared/automation/index.ts';
import type { AutomationLock, Fields } from './automation-lock.ts';
import { type AnyStatement, type LockedStatement, lockedStatement } from './locked-statement.ts';

/** Version of the format, raised when older locks can no longer be compared with newer ones. */
export const FORMAT = 'authority/1';

/** Permissions of one function, by declaration and by IAM. */
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
  /** Fields of records it looks up, by collection. */
  readonly lookups: Readonly<Record<string, Fields>>;
  /** Collections it inserts records into. */
  readonly registers: readonly string[];
  /** Collections whose balances it reserves, and collections whose reservations it settles. */
  readonly reserves: readonly string[];
  readonly draws: readonly string[];
  readonly secrets: readonly string[];
  readonly vendors: readonly string[];
  /** Hosts a vendor function may call. Enforced by its code, because IAM has no such condition. */
  readonly hosts: readonly string[];
  /**
   * Sealed classes whose keys its statements allow to unwrap, which is required to open and to seal
   * values.
   */
  readonly opens: readonly string[];
  /** Sealed classes for which its statements allow creating keys of subjects. */
  readonly mints: readonly string[];
  /** Functions whose queues it sends to, and functions that send to its own. */
  readonly sendsTo: readonly string[];
  readonly receivesFrom: readonly string[];
  readonly role: string;
  /** True when it runs in the isolated network. Has no effect where egress is open. */
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
   * Roles that AWS services assume: those of schedules, by the function that each calls, and that
   * of an isolated network's flow logs.
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
