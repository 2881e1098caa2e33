import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type IntakeReader, intakeReader } from '#functions/wiring/intake-reader.ts';
import { seconds, systemTimers, type Timers } from '#shared/kernel/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { temporaryFolder } from '../../support/bench.ts';

/** A bundle whose intake does what an upload says. */
const INTAKE = `
  import { writeFileSync } from 'node:fs';
  const refusal = Object.assign(new Error('the paper is torn'), {
    [Symbol.for('writ.error')]: true, code: 'paper.torn', fate: 'refuse', facts: { page: 1 },
  });
  const nested = (levels) => { let value = 0; for (let i = 0; i < levels; i++) value = [value]; return { value }; };
  const sinks = (value) => (Array.isArray(value) ? 1 + sinks(value[0]) : 0);
  const ACTS = {
    text: (text) => ({ text, half: '\\ud800', none: undefined, at: new Date(0) }),
    later: async (text) => ({ text }),
    refuse: () => { throw refusal; },
    fail: () => { throw new TypeError('NL91ABNA0417164300'); },
    large: () => ({ text: 'x'.repeat(2_000_000) }),
    many: () => Object.fromEntries(Array.from({ length: 120_000 }, (_, i) => ['k' + i, 0])),
    deep: () => sinks(nested(100_000).value),
    deepResult: () => nested(100_000),
    forever: (begun) => { writeFileSync(begun, ''); for (;;); },
    end: () => process.exit(1),
  };
  export const read = (bytes) => { const [act, text] = new TextDecoder().decode(bytes).split(' '); return ACTS[act](text); };
`;

const readers: IntakeReader[] = [];
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

function opened(timers: Timers = systemTimers) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'index.mjs'), INTAKE);
  const reader = intakeReader({ automation: 'refund', folder, timers });
  readers.push(reader);
  return (text: string) => reader.read(new TextEncoder().encode(text));
}

describe('a thread that reads uploads', () => {
  it('gives what the intake gives, sync or async, one upload after the other', async () => {
    const read = opened();
    const [first, ...others] = await Promise.all([
      read('text a'),
      ...['b', 'c', 'd'].map((text) => read(`later ${text}`)),
    ]);
    expect(first).toEqual({ text: 'a', half: '\ud800', none: undefined, at: new Date(0) });
    expect(others).toEqual([{ text: 'b' }, { text: 'c' }, { text: 'd' }]);
  });

  it('passes on what is refused, and tells of a failure only its class and place', async () => {
    const read = opened();

    await expect(read('refuse')).rejects.toMatchObject({
      code: 'paper.torn',
      fate: 'refuse',
      message: 'the paper is torn',
      facts: { page: 1 },
    });

    const failed = await read('fail').catch((error) => error);
    expect(failed).toMatchObject({ code: 'function.failed', fate: 'retry' });
    expect(failed.message).toMatch(
      /^refund\.intake failed: TypeError was thrown at index\.mjs:\d+$/,
    );
  });

  it('refuses what no run could hold, before the platform has it: what is large, has many members, or is deep', async () => {
    const read = opened();
    for (const act of ['large', 'many', 'deep', 'deepResult'])
      await expect(read(act), act).rejects.toMatchObject({
        code: 'run.input-invalid',
        message: expect.stringMatching(
          /^the input is (larger than a run can hold: \d+ bytes, limit 1048576|nested too deeply)/,
        ),
      });
  });

  it('lets everything else go on while it reads, gives up what takes too long, and reads the next upload in a new one', async () => {
    const timers = new ManualTimers(0);
    const read = opened(timers);
    const begun = join(temporaryFolder(), 'begun');
    const [forever, next] = [read(`forever ${begun}`), read('text next')];
    const refused = expect(forever).rejects.toMatchObject({
      code: 'start.unanswered',
      fate: 'retry',
    });

    // the intake never returns; these lines are reached because another thread runs it
    while (!existsSync(begun)) await turn();

    await turn();
    timers.advance(seconds(20));
    await refused;
    expect(await next).toMatchObject({ text: 'next' });
  });

  it('does not read what nobody waits for any more: neither what is still waiting then, nor to its end what is being read', async () => {
    const timers = new ManualTimers(0);
    const read = opened(timers);
    const begun = ['a', 'b', 'c'].map((name) => join(temporaryFolder(), name));
    const reads = begun.map((file) => read(`forever ${file}`).catch((error: unknown) => error));

    while (!existsSync(begun[0] as string)) await turn();

    timers.advance(seconds(20));
    while (!existsSync(begun[1] as string)) await turn();

    timers.advance(seconds(8));
    expect(await Promise.all(reads)).toMatchObject([
      { code: 'start.unanswered', fate: 'retry' },
      { code: 'start.unanswered', fate: 'retry' },
      { code: 'start.busy', fate: 'retry', message: expect.stringContaining('28 seconds') },
    ]);

    expect(await read('text next')).toMatchObject({ text: 'next' });
    expect(existsSync(begun[2] as string)).toBe(false);
  });

  it.each([
    ['many', 'text a', 64],
    ['large', 'text a '.padEnd(4 * 1_024 * 1_024), 4],
  ])(
    'lets %s uploads wait up to a limit, and refuses the next one at once',
    async (_, upload, room) => {
      const timers = new ManualTimers(0);
      const read = opened(timers);
      const forever = read(`forever ${join(temporaryFolder(), 'begun')}`).catch(() => 'given up');
      const waiting = Array.from({ length: room }, () => read(upload));

      await expect(read(upload)).rejects.toMatchObject({
        code: 'start.busy',
        message: expect.stringMatching(`: ${room} uploads wait, limit`),
      });

      timers.advance(seconds(20));
      expect(await forever).toBe('given up');
      for (const input of await Promise.all(waiting)) expect(input).toMatchObject({ text: 'a' });

      expect(await read(upload)).toMatchObject({ text: 'a' }); // there is room again
    },
  );

  it('that ends by itself takes one upload with it, and no other', async () => {
    const read = opened();
    const [ended, next] = [read('end'), read('text next')];
    await expect(ended).rejects.toMatchObject({ code: 'start.unanswered', fate: 'retry' });
    expect(await next).toMatchObject({ text: 'next' });
  });
});
