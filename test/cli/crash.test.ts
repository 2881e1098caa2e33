import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bank } from '#cli/demo/bank.ts';
import type { DemoResult } from '#cli/demo/run-demo.ts';
import { BANK_TOKEN } from '#cli/demo/setup.ts';
import { fraction, seededRandom } from '#shared/kernel/index.ts';
import { temporaryFolder } from '../support/bench.ts';
import { demoProcess } from '../support/demo-process.ts';

/** Kills in one go; many more when soaking. */
const KILLS = process.env.WRIT_SOAK === undefined ? 3 : 100;

describe('a process that is killed at any moment', () => {
  const bank = new Bank(BANK_TOKEN);
  let url = '';

  beforeAll(async () => {
    url = await bank.open();
  });
  afterAll(() => bank.close());

  it(`loses nothing and pays nobody twice: killed ${KILLS} times, started again each time, it ends as if nothing had happened`, async () => {
    const folder = temporaryFolder();
    // by default another moment each time; name a seed to see one again
    const seed = process.env.WRIT_CRASH_SEED ?? String(Date.now());

    console.info(`crash seed ${seed}`);

    const random = seededRandom(seed);
    let kills = 0;
    let last = '';

    for (let i = 0; i < KILLS; i++) {
      const running = demoProcess(['--data', folder, '--bank', url, '--json']);
      // counted in lines of its output, not in seconds: the same moments on a slow machine
      let lines = Math.floor(fraction(random) * 40);

      running.onOutput((text) => {
        lines -= text.split('\n').length - 1;
        if (lines <= 0) setTimeout(() => running.kill(), fraction(random) * 30);
      });

      const { signal } = await running.ended;
      if (signal === 'SIGKILL') kills++;
    }

    const { code, stdout, stderr } = await demoProcess(['--data', folder, '--bank', url, '--json'])
      .ended;

    last = stdout;
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });

    const result = JSON.parse(last) as DemoResult;

    expect(kills).toBeGreaterThan(0);
    expect(result).toMatchObject({ invoices: 212, problems: [], trail: { problems: [] } });
    expect(result.paid + result.rejected).toBe(212);
    expect(bank.payments).toHaveLength(result.paid);
    expect(new Set(bank.payments.map(({ key }) => key)).size).toBe(result.paid);
    expect(new Set(bank.payments.map(({ key }) => key.split('/')[0])).size).toBe(result.paid);
  }, 180_000);
});
