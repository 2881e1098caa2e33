/**
 * What a caller may do about an error. The class decides it, never the message.
 *
 * - `retry`: nothing was changed, or a repetition is harmless; try the same again, later.
 * - `reread`: the world moved on; read again, decide again.
 * - `refuse`: the same input will always be refused; a person or the caller must change something.
 * - `stop`: this process can no longer keep its promises; end it, recovery is at the next start.
 */
export type Fate = 'retry' | 'reread' | 'refuse' | 'stop';

/** Marks our errors across bundles, where `instanceof` sees two copies of one class. */
const BRAND = Symbol.for('writ.error');

/**
 * Facts about an error that may be shown to anyone: ids, names, counts, limits. Never a field's
 * value.
 */
export type ErrorFacts = Readonly<Record<string, string | number | boolean>>;

/**
 * The base of every error that Writ throws on purpose.
 *
 * The message is one lower-case sentence with the value seen and the values allowed. It is written
 * into log lines and entries, so it never holds a sensitive value. Every code is listed in
 * `docs/errors.md`.
 */
export abstract class WritError extends Error {
  /** Stable across releases, `<area>.<what>`; switch on this, not on the class. */
  abstract readonly code: string;
  abstract readonly fate: Fate;
  readonly facts: ErrorFacts;
  readonly [BRAND] = true;

  constructor(message: string, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(message, options);
    this.facts = facts;
  }
}

/**
 * Whether `error` is one of ours, from this bundle or another, and (when given) has one of `codes`.
 */
export function isWritError(error: unknown, ...codes: readonly string[]): error is WritError {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return codes.length === 0 || codes.includes((error as WritError).code);
}

/** A value came in that is not of the form it must have. Nothing was done with it. */
export class InvalidInputError extends WritError {
  override readonly name = 'InvalidInputError';
  readonly code: string;
  readonly fate = 'refuse';
  constructor(
    code: `${string}.${string}`,
    message: string,
    facts?: ErrorFacts,
    options?: ErrorOptions,
  ) {
    super(message, facts, options);
    this.code = code;
  }
}

/** Something that cannot happen did; a defect of Writ. The message says which belief was wrong. */
export class DefectError extends WritError {
  override readonly name = 'DefectError';
  readonly code = 'kernel.defect';
  readonly fate = 'refuse';
}
