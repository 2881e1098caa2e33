import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QueueDriver } from '#functions/embedded/queue-driver.ts';
import { openWorkbench, type Workbench } from '#functions/wiring/workbench.ts';
import reference from './reference-flow.ts';

/** Number of steps in the reference flow. */
export const STEPS = 3;
/** Maximum number of concurrent runs in {@link Engine.bulk}. */
const IN_FLIGHT = 200;

/** The reference flow on the embedded engine, in a temporary folder. */
export class Engine {
  readonly #bench: Workbench;
  readonly #folder: string;
  #started = 0;

  private constructor(bench: Workbench, folder: string) {
    this.#bench = bench;
    this.#folder = folder;
  }

  static async open(): Promise<Engine> {
    const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
    const bench = await openWorkbench(reference, { folder, walPages: 4_000 });
    const fail = (error: unknown) => {
      throw error;
    };
    for (const fn of bench.functions) new QueueDriver(bench.store.queues, fn, fail).start();
    return new Engine(bench, folder);
  }

  get folder(): string {
    return this.#folder;
  }

  counts() {
    return this.#bench.store.counts();
  }

  /** Starts `n` runs, many of them at once, and resolves when all steps are done. */
  async bulk(n: number): Promise<void> {
    for (let done = 0; done < n; done += IN_FLIGHT) {
      await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, n - done) }, () => this.#start()));
    }
    await this.#bench.store.queues.drained();
  }

  /** Starts one run and resolves when all its steps are done. */
  async one(): Promise<void> {
    await this.#start();
    await this.#bench.store.queues.drained();
  }

  close(): void {
    this.#bench.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #start() {
    const n = this.#started++;
    return this.#bench.start({
      idempotencyKey: `bench-${n}`,
      input: { customerId: `customer-${n % 50}`, payload: 'p'.repeat(1_000) },
    });
  }
}
