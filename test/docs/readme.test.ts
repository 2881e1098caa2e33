import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'README.md'), 'utf8');
const CODE = /^```ts\n([\s\S]*?)^```/m.exec(PAGE)?.[1] ?? '';

describe('the README', () => {
  let folder = '';

  // inside the repository, so that `writ` is this package; the dot hides it from other tools
  beforeAll(() => {
    folder = mkdtempSync(join(import.meta.dirname, '.tmp-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('says what Writ is in the words that people search for', () => {
    const [first = ''] = /\*\*[\s\S]*?\*\*/.exec(PAGE) ?? [];
    for (const word of ['workflow', 'durable', 'least privilege', 'human approval', 'audit log'])
      expect(first.replaceAll('\n', ' ').toLowerCase()).toContain(word);
  });

  it('shows code that compiles, except for the lines it marks', async () => {
    writeFileSync(join(folder, 'refund.ts'), CODE);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../../tsconfig.json', include: ['./*.ts'] }),
    );

    const tsc = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);

    const wrong = [...stdout.matchAll(/^refund\.ts\((\d+),/gm)].map(([, line]) => Number(line));
    const marked = CODE.split('\n').flatMap((line, i) =>
      line.includes('// does not compile: ') ? [i + 1] : [],
    );

    expect(marked).toHaveLength(2);
    expect(wrong).toEqual(marked);
  });

  it('is short', () => {
    expect(PAGE.split(/\s+/).length).toBeLessThan(750);
  });
});
