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
 * @typeParam Code - Codes that the error can have. Only errors that carry the code of an
 *   automation, of an intake or of another release name a wider type than {@link ErrorCode}.
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
/**
 * Returns true for an error of Writ, from this bundle or another, with one of `codes`.
 *
 * @example
 * ```ts
 * import { automation, isWritError } from 'writ';
 * import * as z from 'zod/mini';
 *
 * const refund = automation({
 *   name: 'refund',
 *   version: 1,
 *   purpose: 'pay refunds',
 *   subjects: {},
 *   fields: { amount: z.int(), isPaid: z.boolean() },
 * });
 * refund.step('pay', {
 *   reads: ['amount'],
 *   writes: ['isPaid'],
 *   vendors: ['payouts'],
 *   effect: 'external',
 *   pretend: () => ({ isPaid: false }),
 *   async run({ fields, vendor }) {
 *     try {
 *       await vendor('payouts').post('/payouts', { amount: fields.amount }, z.object({}));
 *       return { isPaid: true };
 *     } catch (error) {
 *       // the one vendor error that a step can handle: nothing happened there
 *       if (isWritError(error, 'vendor.refused')) return { isPaid: false };
 *       throw error;
 *     }
 *   },
 * });
 * ```
 */
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
 *
 * @example
 * ```ts
 * import { InvalidInputError, parseJson } from 'writ';
 *
 * export default function readRequest(bytes: Uint8Array) {
 *   const request = parseJson(bytes);
 *   if (typeof request === 'object' && request !== null) return request;
 *   throw new InvalidInputError<'refund.not-an-object'>(
 *     'refund.not-an-object',
 *     'a refund request is one JSON object',
 *   );
 * }
 * ```
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
 * A state that cannot occur has occurred: a defect of Writ or of an automation. The message names
 * the wrong assumption.
 *
 * @example
 * ```ts
 * import { DefectError } from 'writ';
 *
 * function tenTo(digits: number): bigint {
 *   if (digits < 0) throw new DefectError(`a power of ten with ${digits} digits`);
 *   return 10n ** BigInt(digits);
 * }
 * ```
 */
export class DefectError extends WritError {
  override readonly name = 'DefectError';
  readonly code = 'kernel.defect';
  readonly fate = 'refuse';
}
