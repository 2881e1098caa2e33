/** Source of the current time. Domain code takes a clock; only wiring passes the real one. */
export interface Clock {
  /**
   * Returns milliseconds since the epoch, UTC. May stand still or step back; nothing relies on
   * order by time.
   */
  now(): number;
}

/** The system clock. */
export const systemClock: Clock = { now: () => Date.now() };

/** Clock that moves only by `advance`: for tests and replays. */
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

/** Duration in milliseconds, written where it is used: `seconds(20)`, `days(3)`. */
export type DurationMs = number;
export const seconds = (n: number): DurationMs => n * SECOND;
export const minutes = (n: number): DurationMs => n * MINUTE;
export const hours = (n: number): DurationMs => n * HOUR;
export const days = (n: number): DurationMs => n * DAY;

/** Source of delays. */
export interface Timers {
  /**
   * Calls `act` once, `ms` from now, and returns a function that prevents it. A pending timer does
   * not keep the process alive.
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
