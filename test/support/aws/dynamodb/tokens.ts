import { type Clock, MINUTE } from '#shared/kernel/index.ts';
import { Refusal } from './refusal.ts';
import type { Transaction } from './transaction.ts';

/**
 * How long a token is remembered after its transaction (API Reference, `TransactWriteItems`,
 * `ClientRequestToken`).
 */
const TOKEN_MS = 10 * MINUTE;

/** The tokens of transactions that were applied. One that was cancelled leaves its token unused. */
export class Tokens {
  readonly #clock: Clock;
  readonly #used = new Map<string, { readonly text: string; readonly at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Whether this transaction was applied already.
   *
   * @throws an IdempotentParameterMismatchException when another one was, under the same token.
   */
  applied({ token, text }: Transaction): boolean {
    const used = this.#used.get(token ?? '');
    if (used === undefined || this.#clock.now() - used.at > TOKEN_MS) return false;
    if (used.text === text) return true;
    throw new Refusal(
      'IdempotentParameterMismatchException',
      'the token was used for a transaction with other statements',
    );
  }

  remember({ token, text }: Transaction): void {
    if (token !== undefined) this.#used.set(token, { text, at: this.#clock.now() });
  }

  forgetAll(): void {
    this.#used.clear();
  }
}
