import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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

describe('a reader who has come to the end of the tutorial', () => {
  const checkout = mkdtempSync(join(tmpdir(), 'writ-reader-'));
  const env = { PATH: process.env.PATH, HOME: checkout, NO_COLOR: '1' };
  const [starting = '', ...typed] = blocks('sh').flatMap((block) => block.trim().split('\n'));
  let platform: ChildProcess | undefined;

  beforeAll(async () => {
    for (const part of ['cli', 'functions', 'infra', 'shared', 'package.json', 'tsconfig.json'])
      cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
    const [flow = '', , , intake = ''] = blocks('ts');
    const folder = join(checkout, 'functions/automations/refund');
    mkdirSync(folder);
    writeFileSync(join(folder, 'automation.ts'), flow);
    writeFileSync(join(folder, 'intake.ts'), intake);
    writeFileSync(join(checkout, 'refund.json'), blocks('json')[0] ?? '');
    const options = /^npm start -- (.*)$/.exec(starting)?.[1]?.split(' ') ?? [];
    const args = ['cli/start/main.ts', ...options, '--port', '0'];
    const started = spawn(process.execPath, args, { cwd: checkout, env, stdio: ['ignore', 'pipe', 'inherit'] });
    platform = started;
    await new Promise<void>((resolve, reject) => {
      started.stdout.on('data', (text) => String(text).includes('Ctrl-C') && resolve());
      started.on('exit', (code) => reject(new Error(`npm start ended with ${code}`)));
    });
  }, 60_000);
  afterAll(async () => {
    if (platform?.exitCode === null) await new Promise((resolve) => platform?.on('exit', resolve).kill('SIGKILL'));
    rmSync(checkout, { recursive: true, force: true });
  });

  it('lets people decide, with the commands of the page', async () => {
    expect(typed).toHaveLength(5);
    const said: string[] = [];
    let id = 'ID';
    for (const line of typed) {
      const [, command = ''] = /^npx writ (.*)$/.exec(line.replace(' ID ', ` ${id} `)) ?? [];
      const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
      const { stdout } = await run(process.execPath, ['cli/main.ts', ...args], { cwd: checkout, env });
      id = /^([0-9a-z]{8})\.approve-refund {2}/m.exec(stdout)?.[1] ?? id;
      said.push(stdout);
    }
    const [ran, gates = '', gate, approved, trail] = said;
    expect(ran).toContain('It waits for a person');
    const shown = (text: string) => text.replace(/^[0-9a-z]{8}\./gm, '<id>.').replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '<time>');
    expect(shown(gates)).toContain(shown(blocks('text')[1] ?? 'the page shows no gate'));
    expect(gate).toContain('EUR 250.00');
    expect(approved).toContain('approve-refund is approved');
    expect(trail).toMatch(/sample-approver via gates +gate\.decide\n +because the goods are back/);
    expect(existsSync(join(checkout, '.writ/ledger.db'))).toBe(true);
  }, 30_000);
});
