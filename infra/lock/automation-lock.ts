import type { Setting } from '#shared/automation/index.ts';
import type { DataClass, DurationMs } from '#shared/kernel/index.ts';

/** Data classes of fields, or of fields of records, by name. */
export type Fields = Readonly<Record<string, DataClass>>;

/** Declared data. */
export interface DataLock {
  readonly fields: Fields;
  /** Subjects of sealed fields, by field. */
  readonly whose: Readonly<Record<string, string>>;
  /**
   * Optional fields. The definition hash does not cover them, because a schema and its optional
   * form have the same hash.
   */
  readonly optional: readonly string[];
  /** SHA-256 (hex) of each field's schema. It shows that a schema changed, but not how. */
  readonly schemas: Readonly<Record<string, string>>;
}

export interface RecordLock extends DataLock {
  /** Subject of a record. */
  readonly of?: string;
  /** Tolerance, in thousandths, of each balance from which runs reserve. */
  readonly balances: Readonly<Record<string, number>>;
}

/** A rule as declared. Its comparison is code, which is not part of the lock. */
export interface RuleLock {
  readonly reads: readonly string[];
  readonly settings: Readonly<Record<string, Setting>>;
  readonly says: string;
}

/** A gate, where people decide. */
export interface GateLock {
  /** Roles that may decide. One decision suffices. */
  readonly decidedBy: readonly string[];
  /** Rules that make a run wait if they hit, or `always`. */
  readonly waitsWhen: 'always' | readonly string[];
  readonly shows: readonly string[];
  readonly expiresMs: DurationMs;
  /** External steps after the gate. A waiting run cannot reach them before it is approved. */
  readonly covers: readonly string[];
  /** Conditions of the branches that lead to the gate. */
  readonly onlyIf: readonly string[];
}

/** Conditions and retries of a step. Its permissions are in the lock of its function. */
export interface StepLock {
  readonly onlyIf: readonly string[];
  /**
   * Roles that approve an external step while the rollout is `supervised`: the roles of the nearest
   * gates or, without gates, `supervisedBy`.
   */
  readonly supervisedBy?: readonly string[];
  readonly attempts: number;
  readonly baseMs: DurationMs;
  readonly capMs: DurationMs;
  readonly timeoutMs: DurationMs;
}

/**
 * Declaration of an automation, with its decisions and the roles that make them. All content that
 * the definition hash covers, except the order of lists, is here or in the locks of the
 * automation's functions.
 */
export interface AutomationLock extends DataLock {
  readonly version: number;
  /** Definition hash: SHA-256 (hex) of the declaration, as in audit entries. */
  readonly definition: string;
  readonly purpose: string;
  /**
   * Role that approves external steps without a covering gate while the rollout is `supervised`.
   */
  readonly supervisedBy: string;
  /** Identifying field of each subject. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly records: Readonly<Record<string, RecordLock>>;
  readonly gates: Readonly<Record<string, GateLock>>;
  readonly rules: Readonly<Record<string, RuleLock>>;
  readonly steps: Readonly<Record<string, StepLock>>;
  /** Stages, steps, gates and branches in declared order, each with the branch that contains it. */
  readonly course: readonly string[];
}
