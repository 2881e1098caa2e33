/**
 * Source of the current time. Domain code accepts a clock as an argument; only wiring passes the
 * system clock.
 */
export interface Clock {
  /**
   * Returns milliseconds since the epoch, UTC. The time may repeat or step back, so no code relies
   * on it for order.
   */
  now(): number;
}

/** The system clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Clock that moves only when `advance` is called, for tests and replays. */
export class ManualClock implements Clock {
  #now: number;
  constructor(start: number) {
    this.#now = start;
  }
  now(): number {
    return this.#now;
  }
  /** Moves the clock by `ms`, which may be negative. */
  advance(ms: number): void {
    this.#now += ms;
  }
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A length of time in milliseconds, such as `seconds(20)` or `days(3)`. */
export type DurationMs = number;

/**
 * Converts seconds to milliseconds.
 *
 * @example
 * ```ts
 * import { seconds } from 'writ';
 *
 * const timeout = seconds(20); // 20_000
 * ```
 */
export const seconds = (n: number): DurationMs => n * SECOND;

/**
 * Converts minutes to milliseconds.
 *
 * @example
 * ```ts
 * import { minutes } from 'writ';
 *
 * const retry = { capMs: minutes(5) };
 * ```
 */
export const minutes = (n: number): DurationMs => n * MINUTE;

/**
 * Converts hours to milliseconds.
 *
 * @example
 * ```ts
 * import { hours } from 'writ';
 *
 * const kind = { kind: 'idempotent', windowMs: hours(24) } as const;
 * ```
 */
export const hours = (n: number): DurationMs => n * HOUR;

/**
 * Converts days to milliseconds.
 *
 * @example
 * ```ts
 * import { days } from 'writ';
 *
 * const expires = days(3);
 * ```
 */
export const days = (n: number): DurationMs => n * DAY;

/** Source of delays. */
export interface Timers {
  /**
   * Calls `act` once, `ms` from now, and returns a function that cancels the call. A pending timer
   * does not keep the process alive.
   */
  after(ms: number, act: () => void): () => void;
}

/** The system timers. */
export const systemTimers: Timers = {
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
