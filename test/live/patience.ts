import type { Timers } from '#shared/kernel/index.ts';

/** Between two looks at something that takes its time. */
const PAUSE_MS = 2_000;
/**
 * Looks at one thing before it is given up: four minutes, a table with three indexes has come by
 * then.
 */
const LOOKS = 120;

export const pause = (timers: Timers, ms: number): Promise<void> =>
  new Promise((resolve) => void timers.after(ms, resolve));

/**
 * Why a run does not go on, in words of its own: they may be shown, as those of the SDK may not.
 */
export class GivenUpError extends Error {
  override readonly name = 'GivenUpError';
}

/**
 * Asks again and again. @throws {@link GivenUpError} when the answer stays no, naming what was
 * waited for.
 */
export async function until(
  what: string,
  timers: Timers,
  ask: () => Promise<boolean>,
): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (await ask()) return;
    await pause(timers, PAUSE_MS);
  }
  throw new GivenUpError(`waited in vain: ${what}`);
}

/**
 * Tries until it succeeds, where what was just made is not there for everybody yet: IAM says so of
 * roles and policies.
 *
 * Source: IAM User Guide, "Troubleshoot IAM", "Changes that I make are not always immediately
 * visible".
 */
export async function patiently<T>(timers: Timers, act: () => Promise<T>, tries = 30): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 1) throw error;
      await pause(timers, PAUSE_MS);
    }
  }
}

/** A policy as it is sent. */
export const documentOf = (Statement: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement });
