import { type Embedded, type EmbeddedOptions, openEmbedded } from '#functions/wiring/embedded.ts';
import { QueueDriver } from './queue-driver.ts';

/** How often sweepers and timers are called. On AWS a schedule does it once a minute. */
const SCHEDULE_MS = 1_000;

/** The embedded platform, running: its queues are driven and its schedules kept. */
export interface RunningPlatform extends Embedded {
  /** Resolves when no message is left; rejects when the platform had to stop. */
  settled(): Promise<void>;
}

/**
 * Opens the platform and starts it. Runs that were under way go on.
 *
 * @throws what {@link openEmbedded} throws.
 */
export async function startPlatform(options: EmbeddedOptions): Promise<RunningPlatform> {
  const embedded = await openEmbedded(options);
  let stopped: ((error: unknown) => void) | undefined;
  const failure = new Promise<never>((_, reject) => {
    stopped = reject;
  });
  failure.catch(() => {}); // whoever waits for `settled` learns of it
  const stop = (error: unknown) => stopped?.(error);
  embedded.store.onStop(stop);
  const drivers = embedded.queues.map((fn) => new QueueDriver(embedded.store.queues, fn, stop));
  const look = () => Promise.all(embedded.scheduled.map((call) => call())).catch(stop);
  const schedule = setInterval(look, SCHEDULE_MS);
  schedule.unref();
  await look();
  for (const driver of drivers) driver.start();
  return {
    ...embedded,
    settled: () => Promise.race([embedded.store.queues.drained(), failure]),
    close() {
      clearInterval(schedule);
      for (const driver of drivers) driver.stop();
      embedded.close();
    },
  };
}
