import type { Setting } from '#shared/automation/index.ts';
import type { DataClass, DurationMs } from '#shared/kernel/index.ts';

/** Fields, or fields of records, by name, with the class of each. */
export type Fields = Readonly<Record<string, DataClass>>;

/** Data that is declared. */
export interface DataLock {
  readonly fields: Fields;
  /** Whom sealed fields are about: a subject, by field. */
  readonly whose: Readonly<Record<string, string>>;
  /**
   * Fields that may be left out. The definition does not tell: to it, a schema and the same one
   * made optional are alike.
   */
  readonly optional: readonly string[];
  /** SHA-256 (hex) of each field's schema, which says that it is another, and not how. */
  readonly schemas: Readonly<Record<string, string>>;
}

export interface RecordLock extends DataLock {
  /** The subject that a record is about. */
  readonly of?: string;
  /** Tolerance, in thousandths, of each field that runs can draw down. */
  readonly balances: Readonly<Record<string, number>>;
}

/** A rule as it is declared. What it compares is code, which no lock holds. */
export interface RuleLock {
  readonly reads: readonly string[];
  readonly settings: Readonly<Record<string, Setting>>;
  readonly says: string;
}

/** A point where people decide. */
export interface GateLock {
  /** Roles of which any decides. */
  readonly decidedBy: readonly string[];
  /** Rules of which any hit makes a run wait, or every run waits. */
  readonly waitsWhen: 'always' | readonly string[];
  readonly shows: readonly string[];
  readonly expiresMs: DurationMs;
  /**
   * External steps that come after it: a run that waits here gets to none of them before it is
   * approved.
   */
  readonly covers: readonly string[];
  /** What has to be so for a run to get here at all. */
  readonly onlyIf: readonly string[];
}

/** When and how often a step runs. What it may do is in the lock of its function. */
export interface StepLock {
  readonly onlyIf: readonly string[];
  /**
   * Roles that decide about an external step while the rollout is `supervised`: those of the
   * nearest gates, or else `supervisedBy`.
   */
  readonly supervisedBy?: readonly string[];
  readonly attempts: number;
  readonly baseMs: DurationMs;
  readonly capMs: DurationMs;
  readonly timeoutMs: DurationMs;
}

/**
 * Who decides and when: what an automation declares. All that its definition is a hash of is here
 * or in the locks of its functions, but for the order of what is in lists.
 */
export interface AutomationLock extends DataLock {
  readonly version: number;
  /** SHA-256 (hex) of everything declared, as entries name it. */
  readonly definition: string;
  readonly purpose: string;
  /** Who decides about an external step that no gate covers, while the rollout is `supervised`. */
  readonly supervisedBy: string;
  /** The field that each subject is known by. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly records: Readonly<Record<string, RecordLock>>;
  readonly gates: Readonly<Record<string, GateLock>>;
  readonly rules: Readonly<Record<string, RuleLock>>;
  readonly steps: Readonly<Record<string, StepLock>>;
  /**
   * Stages, steps, gates and whens in the order in which they are written, each with the branch it
   * is in.
   */
  readonly course: readonly string[];
}
