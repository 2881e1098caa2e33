import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff, type Random, seededRandom, waitingTimers } from '#shared/kernel/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** The highest and the lowest fraction there is. */
const highest: Random = { bytes: (length) => new Uint8Array(length).fill(0xff) };
const lowest: Random = { bytes: (length) => new Uint8Array(length) };

/** Fails until there is no further attempt. @returns the waits, as they were asked for. */
async function waitsOf(limits: Parameters<typeof backoff>[0], random: Random): Promise<number[]> {
  const timers = new ManualTimers(0);
  const waits: number[] = [];

  const recorded = {
    after(ms: number, act: () => void) {
      waits.push(ms);
      return timers.after(ms, act);
    },
  };

  const again = backoff(limits, recorded, random);

  for (;;) {
    const another = again();
    await turn();
    timers.advance(1_000_000);
    if (!(await another)) return waits;
  }
}

describe('a backoff', () => {
  it('allows exactly as many attempts as were named, and doubles the most that is waited up to its cap', async () => {
    expect(await waitsOf({ attempts: 6, baseMs: 100, capMs: 500 }, highest)).toEqual([
      100, 200, 400, 500, 500,
    ]);
  });

  it('may wait not at all: the jitter is full', async () => {
    expect(await waitsOf({ attempts: 4, baseMs: 100, capMs: 500 }, lowest)).toEqual([0, 0, 0]);
  });

  it('allows no second attempt, and waits for none, when one attempt is all there is', async () => {
    expect(await waitsOf({ attempts: 1, baseMs: 100, capMs: 500 }, highest)).toEqual([]);
  });

  it('stays used up', async () => {
    const again = backoff({ attempts: 1, baseMs: 1, capMs: 1 }, new ManualTimers(0), lowest);
    expect([await again(), await again()]).toEqual([false, false]);
  });

  it('lets the next attempt begin when its wait is over, and not before', async () => {
    const timers = new ManualTimers(0);
    let begun = false;
    const another = backoff({ attempts: 2, baseMs: 100, capMs: 500 }, timers, highest)().then(
      () => {
        begun = true;
      },
    );

    timers.advance(99);
    await turn();
    expect(begun).toBe(false);
    timers.advance(1);
    await another;
    expect(begun).toBe(true);
  });

  it('waits whole milliseconds within its limits, whatever they are', async () => {
    const limits = fc.record({
      attempts: fc.integer({ min: 1, max: 40 }),
      baseMs: fc.nat(10_000),
      capMs: fc.nat(10_000),
    });

    await fc.assert(
      fc.asyncProperty(limits, fc.string(), async (these, seed) => {
        const waits = await waitsOf(these, seededRandom(seed));
        expect(waits).toHaveLength(these.attempts - 1);
        for (const [i, ms] of waits.entries()) {
          expect(Number.isInteger(ms)).toBe(true);
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThanOrEqual(Math.min(these.capMs, these.baseMs * 2 ** i));
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('timers for what is waited for', () => {
  it('keep the process alive, as those for what nobody waits for do not', async () => {
    const run = async (name: string) => {
      const code = `import { ${name} } from '#shared/kernel/index.ts'; await new Promise((go) => ${name}.after(20, go)); console.log('done');`;
      return promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]).catch(
        (error: { code: number }) => error.code,
      );
    };

    const [kept, released] = await Promise.all([run('waitingTimers'), run('systemTimers')]);
    expect(kept).toMatchObject({ stdout: 'done\n' });
    expect(released).toBe(13); // Node's code for a top-level await that nothing can settle any more
  });

  it('can be prevented', async () => {
    let acted = false;
    const prevent = waitingTimers.after(0, () => {
      acted = true;
    });
    prevent();
    await new Promise<void>((resolve) => waitingTimers.after(1, resolve));
    expect(acted).toBe(false);
  });
});
