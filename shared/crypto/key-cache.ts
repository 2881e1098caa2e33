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

/** How long an unwrapped workspace key may be used. An erasure certificate is dated after it. */
export const KEY_CACHE_MS = 5 * MINUTE;
const KEY_CACHE_SIZE = 256;

/**
 * Unwrapped workspace keys, at most 256 of them and for at most five minutes each, so that a step
 * costs no call to the key service. Subjects' keys are not cached: their rows are read with every
 * run, so shredding holds at the next load.
 */
export class WorkspaceKeys {
  readonly #service: KeyService;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #held = new Map<string, { readonly key: KeyObject; readonly until: number }>();

  constructor(service: KeyService, clock: Clock, metrics: Metrics = silentMetrics) {
    this.#service = service;
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** The key when it is at hand; `undefined` says: read the row, then call {@link unwrap}. */
  cached(context: KeyContext): KeyObject | undefined {
    const name = workspaceKeyTarget(context);
    const held = this.#held.get(name);
    if (held === undefined) return undefined;
    if (held.until > this.#clock.now() && held.until - this.#clock.now() <= KEY_CACHE_MS)
      return held.key;
    this.#drop(name);
    return undefined;
  }

  /**
   * Unwraps `row`, the body of the workspace's key document, and keeps the key for a while.
   *
   * @throws {@link KeyMissingError} when there is no row: the workspace does not exist here.
   */
  async unwrap(context: KeyContext, row: Json | undefined): Promise<KeyObject> {
    const name = workspaceKeyTarget(context);
    if (row === undefined) throw new KeyMissingError(name);

    const key = toKeyObject(await unwrapWorkspaceKey(this.#service, context, row));

    this.#metrics.add('KeysUnwrapped', 1);
    this.#drop(name);
    if (this.#held.size >= KEY_CACHE_SIZE) this.#drop(this.#held.keys().next().value as string);

    this.#held.set(name, { key, until: this.#clock.now() + KEY_CACHE_MS });

    return key;
  }

  /** Forgets every key now. */
  clear(): void {
    for (const name of [...this.#held.keys()]) this.#drop(name);
  }

  // not overwritten with zeros: a step under way may still hold the same bytes
  #drop(name: string): void {
    this.#held.delete(name);
  }
}
