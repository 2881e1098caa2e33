import type { DurationMs, Timers } from './clock.ts';
import { fraction, type Random } from './random.ts';

/** How often something is tried, and how long is waited in between. */
export interface BackoffLimits {
  /** Tries in all, the first one included; at least 1. */
  readonly attempts: number;
  /** The most that is waited before the second attempt; doubles for every further one. */
  readonly baseMs: DurationMs;
  /** The most that is waited before any attempt. */
  readonly capMs: DurationMs;
}

/**
 * Waits between attempts of one piece of work: exponential, with full jitter, bounded. Make one for
 * each piece of work.
 *
 * The wait before attempt k (from 2) is a whole number of milliseconds, each from 0 to `min(capMs,
 * baseMs × 2^(k-2))` as likely as any other. It needs timers that keep the process alive, see
 * {@link waitingTimers}.
 *
 * @returns to be called after an attempt failed: waits and resolves to `true` where another
 *   attempt may follow; `false`, at once, when the attempts are used up. Never rejects.
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
    const most = Math.min(capMs, baseMs * 2 ** (failed - 1));
    const ms = Math.floor(fraction(random) * (most + 1));
    await new Promise<void>((resolve) => timers.after(ms, resolve));
    return true;
  };
}

/**
 * The machine's timers for waits that somebody awaits. Unlike `systemTimers` a pending one keeps
 * the process alive: a function that waits for nothing else would be ended by an empty event loop,
 * with its work half done.
 */
export const waitingTimers: Timers = {
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
