import type { KeyObject } from 'node:crypto';
import {
  type Clock,
  type Json,
  type Metrics,
  MINUTE,
  silentMetrics,
} from '#shared/kernel/index.ts';
import { toKeyObject } from './aes-gcm.ts';
import { KeyMissingError } from './errors.ts';
import { unwrapWorkspaceKey, workspaceKeyTarget } from './key-rows.ts';
import type { KeyContext, KeyService } from './ports.ts';

/**
 * Lifetime of an unwrapped workspace key in the cache. An erasure certificate is dated after this
 * lifetime has passed.
 */
export const KEY_CACHE_MS = 5 * MINUTE;
const MAX_CACHED_KEYS = 256;

/**
 * Cache of at most 256 unwrapped workspace keys, each for at most five minutes, so that most steps
 * need no request to the key service. Subjects' keys are not cached. Their rows are read with every
 * run, so shredding takes effect at the next load.
 */
export class WorkspaceKeys {
  readonly #service: KeyService;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #cache = new Map<string, { readonly key: KeyObject; readonly until: number }>();

  constructor(service: KeyService, clock: Clock, metrics: Metrics = silentMetrics) {
    this.#service = service;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** Returns the cached key. If undefined, read the row and call {@link unwrap}. */
  cached(context: KeyContext): KeyObject | undefined {
    const name = workspaceKeyTarget(context);
    const entry = this.#cache.get(name);
    if (entry === undefined) return undefined;
    if (entry.until > this.#clock.now() && entry.until - this.#clock.now() <= KEY_CACHE_MS)
      return entry.key;
    this.#delete(name);
    return undefined;
  }

  /**
   * Unwraps `row`, which is the body of the workspace's key document, and caches the key.
   *
   * @throws {@link KeyMissingError} if the row is missing: the workspace does not exist in this
   *   environment.
   */
  async unwrap(context: KeyContext, row: Json | undefined): Promise<KeyObject> {
    const name = workspaceKeyTarget(context);
    if (row === undefined) throw new KeyMissingError(name);

    const key = toKeyObject(await unwrapWorkspaceKey(this.#service, context, row));

    this.#metrics.add('KeysUnwrapped', 1);
    this.#delete(name);
    if (this.#cache.size >= MAX_CACHED_KEYS)
      this.#delete(this.#cache.keys().next().value as string);

    this.#cache.set(name, { key, until: this.#clock.now() + KEY_CACHE_MS });

    return key;
  }

  /** Clears the cache. */
  clear(): void {
    for (const name of [...this.#cache.keys()]) this.#delete(name);
  }

  // not overwritten with zeros: a running step may still use the same bytes
  #delete(name: string): void {
    this.#cache.delete(name);
  }
}
