import type { Effect } from '#shared/automation/index.ts';
import type { AutomationLock, Fields } from './automation-lock.ts';
import { type AnyStatement, type LockedStatement, lockedStatement } from './locked-statement.ts';

/** Counted up when a lock of before can no longer be compared with one of after. */
export const FORMAT = 'authority/1';

/** What one function may do: by its declaration, and by IAM. */
export interface FunctionLock {
  /**
   * `step`, `intake`, `dead`, `sweeper`, `timers`, `vendor`, `http` (a group of the API) or
   * `issuer`.
   */
  readonly kind: string;
  /** What a step does to the world. */
  readonly effect?: Effect;
  readonly reads: Fields;
  readonly writes: Fields;
  /** Fields of the records it looks up, by collection. */
  readonly lookups: Readonly<Record<string, Fields>>;
  /** Collections it enters new records into. */
  readonly registers: readonly string[];
  /**
   * Collections whose balances it reserves, and collections of which it makes reservations final.
   */
  readonly reserves: readonly string[];
  readonly draws: readonly string[];
  readonly secrets: readonly string[];
  readonly vendors: readonly string[];
  /** Hosts a vendor function may call. Held by its code: IAM knows none. */
  readonly hosts: readonly string[];
  /**
   * Sealed classes whose keys it may unwrap, by its statements: it takes the same to open a value
   * and to seal one.
   */
  readonly opens: readonly string[];
  /** Sealed classes for which it may make keys of subjects, by its statements. */
  readonly mints: readonly string[];
  /** Functions whose queues it puts messages into, and functions that put messages into its own. */
  readonly sendsTo: readonly string[];
  readonly receivesFrom: readonly string[];
  readonly role: string;
  /** Whether it sits in the network without a way out, where egress is isolated. */
  readonly inside: boolean;
  readonly statements: readonly LockedStatement[];
}

/** Statements by what they are of. */
export type Policies = Readonly<Record<string, readonly LockedStatement[]>>;

/** Who may do what, and who decides about it and when: all of it, wherever it is deployed. */
export interface AuthorityLock {
  readonly format: typeof FORMAT;
  readonly automations: Readonly<Record<string, AutomationLock>>;
  readonly functions: Readonly<Record<string, FunctionLock>>;
  /**
   * Roles that services of AWS take on: of schedules, by the function that each calls, and of the
   * record of an isolated network.
   */
  readonly callers: Policies;
  /**
   * What holds for every role: the boundary, who may take roles on, and what some environments add.
   */
  readonly everyRole: Policies;
  /** Policies of what functions work on. */
  readonly resources: Policies;
}

export function lockedPolicies(
  policies: Readonly<Record<string, readonly AnyStatement[]>>,
): Policies {
  return Object.fromEntries(
    Object.entries(policies).map(([name, statements]) => [name, statements.map(lockedStatement)]),
  );
}
