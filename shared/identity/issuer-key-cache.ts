import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { type Clock, HOUR, type Metrics, MINUTE, SECOND } from '#shared/kernel/index.ts';
import { IdentityUnavailableError, TokenRefusedError } from './errors.ts';
import type { IssuerKeys } from './ports.ts';

/**
 * Age at which the keys are read again. While the issuer can be reached, a revoked key is not
 * accepted for longer than this.
 */
export const KEYS_FRESH_MS = 10 * MINUTE;
/** Maximum age of the keys while the issuer cannot be reached. */
export const KEYS_STALE_MS = HOUR;
/**
 * Minimum interval between requests to the issuer after its keys were first read, regardless of the
 * tokens received.
 */
export const KEYS_PAUSE_MS = MINUTE;
/** Minimum interval between requests until the first keys have been read. */
const FIRST_PAUSE_MS = 5 * SECOND;

interface CachedKeys {
  readonly keys: LocalJWKSet;
  readonly ids: ReadonlySet<unknown>;
  readonly readAt: number;
}

/**
 * Cache of the issuer's keys. Most requests need no request to the issuer, and the requests that
 * unauthenticated callers can cause are limited in rate.
 */
export class IssuerKeyCache {
  readonly #source: IssuerKeys;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  #cached: CachedKeys | undefined;
  #lastRequest: { readonly at: number; readonly failed: boolean } | undefined;
  #pending: Promise<void> | undefined;

  constructor(source: IssuerKeys, clock: Clock, metrics: Metrics) {
    this.#source = source;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /**
   * Returns the issuer's keys, including the key with this id.
   *
   * @throws `identity.token` if the issuer has no such key, `identity.unavailable` if the issuer
   *   cannot be reached.
   */
  async withKey(kid: string): Promise<LocalJWKSet> {
    if (
      (this.#isOlderThan(KEYS_FRESH_MS) || !this.#cached?.ids.has(kid)) &&
      (this.#pending !== undefined || this.#canRequest())
    )
      await this.#refresh();

    const current = this.#isOlderThan(KEYS_STALE_MS) ? undefined : this.#cached;
    if (current?.ids.has(kid)) return current.keys;
    if (current === undefined || this.#lastRequest?.failed)
      throw new IdentityUnavailableError('issuer');

    throw new TokenRefusedError('key');
  }

  #isOlderThan(limit: number): boolean {
    return this.#cached === undefined || !this.#isWithin(this.#cached.readAt, limit);
  }

  #canRequest(): boolean {
    return (
      this.#lastRequest === undefined ||
      !this.#isWithin(
        this.#lastRequest.at,
        this.#cached === undefined ? FIRST_PAUSE_MS : KEYS_PAUSE_MS,
      )
    );
  }

  /** A clock that steps back does not extend an interval. */
  #isWithin(since: number, ms: number): boolean {
    const age = this.#clock.now() - since;
    return age >= 0 && age < ms;
  }

  /** Shares one request among concurrent callers. */
  #refresh(): Promise<void> {
    this.#pending ??= this.#read().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #read(): Promise<void> {
    const at = this.#clock.now();
    try {
      const set = await this.#source.read();
      const keys = createLocalJWKSet(set as unknown as JSONWebKeySet);
      this.#cached = { keys, ids: new Set(set.keys.map(({ kid }) => kid)), readAt: at };
      this.#lastRequest = { at, failed: false };
      if (set.skipped !== undefined) this.#metrics.add('KeysSkipped', set.skipped);
    } catch {
      this.#lastRequest = { at, failed: true }; // cached keys stay valid for a while
    }
  }
}
