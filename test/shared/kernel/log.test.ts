import { describe, expect, it } from 'vitest';
import { jsonLog, silentLog } from '#shared/kernel/index.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

function written(least?: (typeof LEVELS)[number]): string[] {
  const lines: string[] = [];
  const log = jsonLog(
    (line) => lines.push(line),
    () => Date.UTC(2026, 0, 2, 3, 4, 5, 678),
    least,
  );

  for (const level of LEVELS) log.line(level, `${level} happened`);

  return lines.map((line) => JSON.parse(line).level);
}

describe('a log of JSON lines', () => {
  it.each([
    [undefined, ['info', 'warn', 'error']],
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('with the least level %s writes %j', (least, levels) => {
    expect(written(least)).toEqual(levels);
  });

  it('writes one object a line, whatever is in it', () => {
    const lines: string[] = [];
    const log = jsonLog(
      (line) => lines.push(line),
      () => 0,
    );

    log.line('info', 'two\nlines', { run: 'r1', count: 2, done: true, missing: undefined });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","what":"two\\nlines","run":"r1","count":2,"done":true}',
    ]);
  });

  it('can be silent', () => {
    expect(() => silentLog.line('error', 'x')).not.toThrow();
  });
});
