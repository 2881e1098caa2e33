import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
const FILES = ['refund.ts', 'mistakes.ts', 'try.ts', 'intake.ts'];

const blocks = (language: string) => [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);

/** What differs from run to run: ids of 26 characters, hashes of 43, times of day and dates. */
function settled(text: string): string {
  return text
    .replace(/\b[0-9a-hjkmnp-tv-z]{26}\b/g, '<id>')
    .replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, '<hash>')
    .replace(/\d{4}-\d{2}-\d{2}T/g, '<day>T')
    .replace(/\d{2}:\d{2}:\d{2}\.\d{3}/g, '<time>')
    .trimEnd();
}

describe('the tutorial', () => {
  let folder = '';

  // inside the repository, so that `#shared/…` means what it means to a reader; a dot keeps other tools from looking at it
  beforeAll(() => {
    folder = mkdtempSync(join(import.meta.dirname, '.tmp-'));
    for (const [i, code] of blocks('ts').entries()) writeFileSync(join(folder, FILES[i] ?? `extra-${i}.ts`), code);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('shows the files it names, one block each', () => {
    expect(blocks('ts')).toHaveLength(FILES.length);
    for (const file of FILES) expect(PAGE).toContain(file);
  });

  it('compiles, and what it calls a mistake does not', async () => {
    const bare = readFileSync(join(folder, 'mistakes.ts'), 'utf8').replaceAll('// @ts-expect-error', '//');
    writeFileSync(join(folder, 'bare-mistakes.ts'), bare);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ extends: '../../../tsconfig.json', include: ['./*.ts'] }));
    const tsc = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: folder }).catch(
      (error: { stdout: string }) => error,
    );
    const wrong = stdout.split('\n').flatMap((line) => /^([\w-]+\.ts)\(.*\): error/.exec(line)?.[1] ?? []);
    expect(new Set(wrong)).toEqual(new Set(['bare-mistakes.ts']));
    expect(wrong).toHaveLength(2);
  });

  it('goes to its gate and past it, and prints what the page shows', async () => {
    const { stdout } = await run(process.execPath, [join(folder, 'try.ts')], { cwd: ROOT });
    expect(settled(stdout)).toBe(settled(blocks('text')[0] ?? ''));
    expect(stdout).toContain('0 problems');
  });
});
