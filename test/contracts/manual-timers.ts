import { ManualClock, type Timers } from '#shared/kernel/index.ts';

/**
 * Timers and the clock they run by. Nothing happens until somebody advances it; then everything
 * that fell due, in order.
 */
export class ManualTimers extends ManualClock implements Timers {
  #waiting: { readonly at: number; readonly act: () => void }[] = [];

  after(ms: number, act: () => void): () => void {
    const timer = { at: this.now() + ms, act };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer);
    };
  }

  override advance(ms: number): void {
    const end = this.now() + ms;
    for (let due = this.#next(end); due !== undefined; due = this.#next(end)) {
      super.advance(Math.max(0, due.at - this.now()));
      this.#waiting = this.#waiting.filter((other) => other !== due);
      due.act();
    }
    super.advance(end - this.now());
  }

  #next(end: number): { readonly at: number; readonly act: () => void } | undefined {
    return this.#waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}
