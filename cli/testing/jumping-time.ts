import type { Clock, Timers } from '#shared/kernel/index.ts';

interface Waiting {
  readonly at: number;
  readonly fire: () => void;
}

/** This machine's clock and timers, which can also skip ahead to the next timer. */
export class JumpingTime implements Clock, Timers {
  readonly #waiting = new Set<Waiting>();
  #ahead = 0;

  now(): number {
    return Date.now() + this.#ahead;
  }

  after(ms: number, act: () => void): () => void {
    const cancel = () => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    };

    const waiting: Waiting = {
      at: this.now() + ms,
      fire() {
        cancel();
        act();
      },
    };

    const timer = setTimeout(waiting.fire, ms);
    timer.unref();
    this.#waiting.add(waiting);

    return cancel;
  }

  /**
   * Skips to the time of the next timer and fires all timers that are due. Does nothing without
   * timers.
   */
  jump(): void {
    const next = Math.min(...[...this.#waiting].map(({ at }) => at));
    if (!Number.isFinite(next)) return;
    this.#ahead += Math.max(0, next - this.now());
    const due = [...this.#waiting].filter(({ at }) => at <= next).sort((a, b) => a.at - b.at);
    for (const { fire } of due) fire();
  }
}
