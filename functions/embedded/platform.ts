import { setTimeout as after } from 'node:timers/promises';
import { type Embedded, type EmbeddedOptions, openEmbedded } from '../wiring/embedded.ts';
import { QueueDriver } from './queue-driver.ts';

/** Interval between calls of sweepers and timers. On AWS, a schedule calls them once a minute. */
const SCHEDULE_MS = 1_000;
/** Maximum wait for work in progress when the platform stops. */
const STOP_MS = 10_000;

/** Running embedded platform, which delivers queued messages and calls scheduled functions. */
export interface RunningPlatform extends Embedded {
  /** Resolves when no message is left. Rejects if the platform stops because of an error. */
  settled(): Promise<void>;
  /** Rejects if the platform stops because of an error; otherwise stays pending. */
  readonly failure: Promise<never>;
  /**
   * Waits up to {@link STOP_MS} for work in progress, then closes. Interrupted work continues at
   * the next start.
   */
  stop(): Promise<void>;
}

/**
 * Opens the platform and starts it. Runs in progress continue.
 *
 * @param check - Called before any function runs. If it throws, the platform is closed.
 * @throws errors of {@link openEmbedded} and `check`.
 */
export async function startPlatform(
  options: EmbeddedOptions,
  check?: (opened: Embedded) => void,
): Promise<RunningPlatform> {
  const embedded = await openEmbedded(options);
  try {
    check?.(embedded);
  } catch (error) {
    embedded.close();
    throw error;
  }

  let stopped: ((error: unknown) => void) | undefined;
  const failure = new Promise<never>((_, reject) => {
    stopped = reject;
  });

  failure.catch(() => {}); // handled by callers of `settled`

  const stop = (error: unknown) => stopped?.(error);

  embedded.store.onStop(stop);

  const drivers = embedded.queues.map((fn) => new QueueDriver(embedded.store.queues, fn, stop));
  let looking: Promise<unknown> = Promise.resolve();
  const look = () => {
    looking = Promise.all(embedded.scheduled.map((call) => call())).catch(stop);
  };
  const schedule = setInterval(look, SCHEDULE_MS);

  schedule.unref();
  look();
  await looking;
  for (const driver of drivers) driver.start();

  const still = () => {
    clearInterval(schedule);
    return Promise.all([looking, ...drivers.map((driver) => driver.stop())]);
  };

  return {
    ...embedded,
    failure,
    settled: () => Promise.race([embedded.store.queues.drained(), failure]),
    async stop() {
      const given = new AbortController();
      await Promise.race([
        still(),
        after(STOP_MS, undefined, { signal: given.signal }).catch(() => {}),
      ]);
      given.abort();
      embedded.close();
    },
    close() {
      void still(); // not awaited
      embedded.close();
    },
  };
}
