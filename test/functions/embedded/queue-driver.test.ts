import { describe, expect, it } from 'vitest';
import { QueueDriver } from '#functions/embedded/queue-driver.ts';
import { systemClock, systemRandom } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { temporaryFolder } from '../../support/bench.ts';

describe('a queue that is told to stop', () => {
  it('ends what is under way and takes nothing more', async () => {
    const store = new SqliteStore({
      folder: temporaryFolder(),
      clock: systemClock,
      random: systemRandom(),
      walPages: 0,
    });

    const handled: string[] = [];
    const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

    const fn = {
      queue: 'pay',
      visibilityMs: 60_000,
      handler: async ({ Records }: { Records: readonly { body: string }[] }) => {
        begun.resolve();
        await goOn.promise;
        handled.push(...Records.map(({ body }) => (JSON.parse(body) as { run: string }).run));
        return { batchItemFailures: [] };
      },
    };

    const driver = new QueueDriver(store.queues, fn, (error) => expect.unreachable(String(error)));
    const ledger = store.ledger({ name: 'test', bundle: '0'.repeat(64) });

    const message = (run: string) => ({
      queue: 'pay',
      workspace: 'acme',
      run,
      step: 'pay',
      subjectRefs: [],
    });

    driver.start();
    await ledger.send([message('r1')]);
    await begun.promise;

    let isStill = false;
    const stopped = driver.stop().then(() => {
      isStill = true;
    });

    await ledger.send([message('r2')]);
    expect([isStill, handled]).toEqual([false, []]);
    goOn.resolve();
    await stopped;
    expect([handled, store.queues.outstanding]).toEqual([['r1'], 1]);
    await driver.stop(); // at once, when nothing is under way
    store.close();
  });
});
