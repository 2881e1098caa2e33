import type { ErrorCode, ForeignErrorCode } from './error-codes.ts';

/**
 * Reaction that an error requires. Determined by the class of the error, never by its message.
 *
 * - `retry`: nothing was changed, or a repetition is harmless. Retry the same operation later.
 * - `reread`: the state has changed. Read it again and decide again.
 * - `refuse`: the same input will always be refused. A person or the caller must change it.
 * - `stop`: this process can no longer keep its guarantees. End it; the next start recovers.
 */
export type Fate = 'retry' | 'reread' | 'refuse' | 'stop';

/**
 * Marks errors of Writ across bundles. `instanceof` does not work there, because each bundle has
 * its own copy of the class.
 */
const BRAND = Symbol.for('writ.error');

/**
 * Facts about an error that any caller may see: ids, names, counts and limits. Never the value of a
 * field.
 */
export type ErrorFacts = Readonly<Record<string, string | number | boolean>>;

export interface WritErrorOptions extends ErrorOptions {
  /**
   * Remedy: one or two sentences that start with a verb. Shown to people with the message, and
   * never stored. Never contains a sensitive value.
   */
  readonly help?: string | undefined;
}

/**
 * Base class of every error that Writ throws on purpose.
 *
 * The message says what is wrong: one lower-case sentence with the value seen and the values
 * allowed. It is written to log lines and entries, so it never contains a sensitive value.
 *
 * @typeParam Code - Codes that the error can have. Only errors that carry the code of an
 *   automation, of an intake or of another release use a wider type than {@link ErrorCode}.
 */
export abstract class WritError<Code extends ForeignErrorCode = ErrorCode> extends Error {
  /** Stable across releases. Compare this code, not the class. */
  abstract readonly code: Code;
  abstract readonly fate: Fate;
  readonly facts: ErrorFacts;
  /** Remedy, for people. Undefined when the message is sufficient. */
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
 * A value does not have the required form. It was not processed.
 *
 * @typeParam Code - Codes that the error can have. An automation passes its own type:
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
