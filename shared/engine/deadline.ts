import type { Timers } from '#shared/kernel/index.ts';

/**
 * The time a piece of work may take. Nothing but a timer until somebody asks for its signal: most
 * steps never do, and a signal costs as much as sealing a field.
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

  /** Aborted when the time is up. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#over) this.#controller.abort(this.#reason());
    }
    return this.#controller.signal;
  }

  /**
   * What `work` gives, or the deadline's reason when it takes longer. Such work goes on unheard.
   */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      work.then(resolve, reject);
    });
  }

  /** The work has ended. */
  cancel(): void {
    this.#cancel();
  }
}
