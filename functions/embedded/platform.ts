import { setTimeout as after } from 'node:timers/promises';
import { type Embedded, type EmbeddedOptions, openEmbedded } from '../wiring/embedded.ts';
import { QueueDriver } from './queue-driver.ts';

/** How often sweepers and timers are called. On AWS a schedule does it once a minute. */
const SCHEDULE_MS = 1_000;
/** How long what is under way is waited for. */
const STOP_MS = 10_000;

/** The embedded platform, running: its queues are driven and its schedules kept. */
export interface RunningPlatform extends Embedded {
  /** Resolves when no message is left; rejects when the platform had to stop. */
  settled(): Promise<void>;
  /** Rejects when the platform had to stop by itself; otherwise pending. */
  readonly failure: Promise<never>;
  /**
   * Lets what is under way end, as long as that takes {@link STOP_MS} at most, and closes. What is
   * cut off goes on at the next start.
   */
  stop(): Promise<void>;
}

/**
 * Opens the platform and starts it. Runs that were under way go on.
 *
 * @param check - Looks at what was opened before anything of it runs. What it throws closes the
 *   platform.
 * @throws what {@link openEmbedded} and `check` throw.
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

  failure.catch(() => {}); // whoever waits for `settled` learns of it

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
      void still(); // not waited for
      embedded.close();
    },
  };
}
