import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { type Clock, HOUR, type Metrics, MINUTE, SECOND } from '#shared/kernel/index.ts';
import { IdentityUnavailableError, TokenRefusedError } from './errors.ts';
import type { IssuerKeys } from './ports.ts';

/**
 * After this time the keys are read again: a key that the issuer took back counts no longer than
 * that.
 */
export const KEYS_FRESH_MS = 10 * MINUTE;
/** So long the keys that are known go on counting while the issuer cannot be reached. */
export const KEYS_STALE_MS = HOUR;
/**
 * Whatever comes in, the issuer is asked at most once in this time, as long as some of its keys are
 * known.
 */
export const KEYS_PAUSE_MS = MINUTE;
/** The same while none is known. */
const FIRST_PAUSE_MS = 5 * SECOND;

interface Held {
  readonly keys: LocalJWKSet;
  readonly ids: ReadonlySet<unknown>;
  readonly readAt: number;
}

/**
 * The issuer's keys, kept for a while, so that a request costs the issuer nothing and a stranger
 * cannot make us ask.
 */
export class IssuerKeyCache {
  readonly #source: IssuerKeys;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  #held: Held | undefined;
  #asked: { readonly at: number; readonly failed: boolean } | undefined;
  #asking: Promise<void> | undefined;

  constructor(source: IssuerKeys, clock: Clock, metrics: Metrics) {
    this.#source = source;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /**
   * The issuer's keys, with the one of this id among them.
   *
   * @throws `identity.token` when the issuer has no such key, `identity.unavailable` when it
   *   cannot be asked.
   */
  async having(kid: string): Promise<LocalJWKSet> {
    if (
      (this.#isOld(KEYS_FRESH_MS) || !this.#held?.ids.has(kid)) &&
      (this.#asking !== undefined || this.#mayAsk())
    )
      await this.#ask();

    const held = this.#isOld(KEYS_STALE_MS) ? undefined : this.#held;
    if (held?.ids.has(kid)) return held.keys;
    if (held === undefined || this.#asked?.failed) throw new IdentityUnavailableError('issuer');

    throw new TokenRefusedError('key');
  }

  #isOld(limit: number): boolean {
    return this.#held === undefined || !this.#isWithin(this.#held.readAt, limit);
  }

  #mayAsk(): boolean {
    return (
      this.#asked === undefined ||
      !this.#isWithin(this.#asked.at, this.#held === undefined ? FIRST_PAUSE_MS : KEYS_PAUSE_MS)
    );
  }

  /** A clock that stepped back prolongs nothing. */
  #isWithin(since: number, ms: number): boolean {
    const age = this.#clock.now() - since;
    return age >= 0 && age < ms;
  }

  /** Many requests share one question. */
  #ask(): Promise<void> {
    this.#asking ??= this.#read().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #read(): Promise<void> {
    const at = this.#clock.now();
    try {
      const set = await this.#source.read();
      const keys = createLocalJWKSet(set as unknown as JSONWebKeySet);
      this.#held = { keys, ids: new Set(set.keys.map(({ kid }) => kid)), readAt: at };
      this.#asked = { at, failed: false };
      if (set.skipped !== undefined) this.#metrics.add('KeysSkipped', set.skipped);
    } catch {
      this.#asked = { at, failed: true }; // what is known goes on counting for a while
    }
  }
}
