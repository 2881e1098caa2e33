import type { Timers } from '#shared/kernel/index.ts';

/**
 * Time limit of a step. The abort signal is created on first use, because most steps never use it
 * and its creation costs as much as sealing a field.
 */
export class Deadline {
  readonly #reason: () => Error;
  readonly #cancel: () => void;
  #controller: AbortController | undefined;
  #over = false;
  #reject: ((reason: Error) => void) | undefined;

  constructor(ms: number, timers: Timers, reason: () => Error) {
    this.#reason = reason;
    this.#cancel = timers.after(ms, () => {
      this.#over = true;
      this.#controller?.abort(reason());
      this.#reject?.(reason());
    });
  }

  /** Signal that aborts at the deadline. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#over) this.#controller.abort(this.#reason());
    }
    return this.#controller.signal;
  }

  /**
   * Waits for `work`. Rejects with the deadline's reason if the work takes longer. The work then
   * continues, but its result is ignored.
   */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      work.then(resolve, reject);
    });
  }

  /** Cancels the deadline after the work has ended. */
  cancel(): void {
    this.#cancel();
  }
}
