import type { DurationMs, Timers } from './clock.ts';
import { fraction, type Random } from './random.ts';

/** Limits of a retry loop. */
export interface BackoffLimits {
  /** Maximum number of attempts, including the first; at least 1. */
  readonly attempts: number;
  /** Maximum wait before the second attempt; doubles for each further attempt. */
  readonly baseMs: DurationMs;
  /** Maximum wait before any attempt. */
  readonly capMs: DurationMs;
}

/**
 * Creates the wait between attempts of one piece of work: exponential backoff with full jitter.
 * Create one for each piece of work.
 *
 * The wait before attempt k (from 2) is uniform over the whole milliseconds from 0 to `min(capMs,
 * baseMs × 2^(k-2))`. It needs timers that keep the process alive, see {@link waitingTimers}.
 *
 * @returns a function to call after a failed attempt: it waits and resolves to `true` if another
 *   attempt is allowed, or resolves to `false` without waiting if all attempts have been used.
 *   Never rejects.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, "Full Jitter"
 */
export function backoff(
  { attempts, baseMs, capMs }: BackoffLimits,
  timers: Timers,
  random: Random,
): () => Promise<boolean> {
  let failed = 0;
  return async () => {
    failed++;
    if (failed >= attempts) return false;
    const maxMs = Math.min(capMs, baseMs * 2 ** (failed - 1));
    const ms = Math.floor(fraction(random) * (maxMs + 1));
    await new Promise<void>((resolve) => timers.after(ms, resolve));
    return true;
  };
}

/**
 * System timers that keep the process alive while they are pending, unlike `systemTimers`. Without
 * them, a function that only waits would have an empty event loop and end with its work half done.
 */
export const waitingTimers: Timers = {
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
