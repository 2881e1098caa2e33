import type { ErrorCode, ForeignErrorCode } from './error-codes.ts';

/**
 * Reaction that an error calls for. The class decides it, never the message.
 *
 * - `retry`: nothing was changed, or a repetition is harmless; try the same again, later.
 * - `reread`: the state has changed; read again, decide again.
 * - `refuse`: the same input will always be refused; a person or the caller must change something.
 * - `stop`: this process can no longer keep its promises; end it, recovery is at the next start.
 */
export type Fate = 'retry' | 'reread' | 'refuse' | 'stop';

/** Marks errors of Writ across bundles, where `instanceof` sees two copies of one class. */
const BRAND = Symbol.for('writ.error');

/**
 * Facts about an error that may be shown to anyone: ids, names, counts, limits. Never the value of
 * a field.
 */
export type ErrorFacts = Readonly<Record<string, string | number | boolean>>;

export interface WritErrorOptions extends ErrorOptions {
  /**
   * Remedy: one sentence or two that start with a verb. Shown to people beside the message, and
   * stored nowhere. Never holds a sensitive value.
   */
  readonly help?: string | undefined;
}

/**
 * Base class of every error that Writ throws on purpose.
 *
 * The message says what is wrong: one lower-case sentence with the value seen and the values
 * allowed. It is written to log lines and entries, so it never holds a sensitive value.
 *
 * @typeParam Code - Codes that the error can have. Only errors that carry the code of an automation,
 *   of an intake or of another release name a wider type than {@link ErrorCode}.
 */
export abstract class WritError<Code extends ForeignErrorCode = ErrorCode> extends Error {
  /** Stable across releases; switch on this, not on the class. */
  abstract readonly code: Code;
  abstract readonly fate: Fate;
  readonly facts: ErrorFacts;
  /** Remedy, for people; undefined when the message says it all. */
  readonly help: string | undefined;
  readonly [BRAND] = true;

  constructor(message: string, facts: ErrorFacts = {}, options: WritErrorOptions = {}) {
    super(message, options);
    this.facts = facts;
    this.help = options.help;
  }
}

/** Returns true for an error of Writ, from this bundle or another. */
export function isWritError(error: unknown): error is WritError<ForeignErrorCode>;
/** Returns true for an error of Writ, from this bundle or another, with one of `codes`. */
export function isWritError<Code extends ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is WritError<Code>;
export function isWritError(error: unknown, ...codes: readonly string[]): boolean {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false;
  return codes.length === 0 || codes.includes((error as WritError<ForeignErrorCode>).code);
}

/**
 * A value is not of the required form. Nothing was done with it.
 *
 * @typeParam Code - Codes that the error can have; an automation names its own here:
 *   `new InvalidInputError<RefundCode>('refund.empty', 'the refund has no lines')`.
 */
export class InvalidInputError<Code extends ForeignErrorCode = ErrorCode> extends WritError<Code> {
  override readonly name = 'InvalidInputError';
  readonly code: Code;
  readonly fate = 'refuse';
  constructor(
    code: NoInfer<Code>,
    message: string,
    facts?: ErrorFacts,
    options?: WritErrorOptions,
  ) {
    super(message, facts, options);
    this.code = code;
  }
}

/**
 * A state that should be impossible: a defect of Writ. The message names the violated assumption.
 */
export class DefectError extends WritError {
  override readonly name = 'DefectError';
  readonly code = 'kernel.defect';
  readonly fate = 'refuse';
}
