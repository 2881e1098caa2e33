import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { authority } from '#cli/authority/authority.ts';
import { Page } from '#cli/command/page.ts';
import { runProgram } from '#cli/command/run-program.ts';
import { loadDeclarations } from '#infra/declarations/declared.ts';
import { vendorNames } from '#infra/declarations/folders.ts';
import { authorityLock } from '#infra/lock/authority-lock.ts';
import { lockText } from '#infra/lock/lock-text.ts';

const ROOT = join(import.meta.dirname, '../../..');
const LOCK = 'authority.lock.json';
const folders: string[] = [];
// of a hook that these tests may run in
for (const name of Object.keys(process.env)) if (name.startsWith('GIT_')) delete process.env[name];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The command as a process of its own. */
function writ(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'cli/main.ts'), ...args],
    { cwd: tmpdir(), encoding: 'utf8' },
  );
  return { code: status, stdout, stderr };
}

/** The command in this process, on a folder; `terminal` pretends that people look on. */
async function within(
  root: string,
  args: readonly string[],
  terminal: { readonly columns?: number } = {},
) {
  const [out, err]: [string[], string[]] = [[], []];

  const page = (into: string[]) =>
    new Page({
      write: (text: string) => into.push(text),
      isTTY: terminal.columns !== undefined,
      ...terminal,
    } as unknown as NodeJS.WriteStream);

  const code = await runProgram([authority], ['authority', ...args], {
    root,
    out: page(out),
    err: page(err),
  });

  return { code, stdout: out.join(''), stderr: err.join('') };
}

/**
 * A lock with the first `from` after `place` exchanged: by its place, because other automations may
 * stand before.
 */
function exchanged(text: string, place: string, from: string, to: string): string {
  const at = text.indexOf(from, text.indexOf(`"${place}": {`));
  if (at === -1) throw new Error(`the lock has no ${from} in ${place}`);
  return text.slice(0, at) + to + text.slice(at + from.length);
}

/** A repository with the lock as it is, in a subfolder of it; `was` is what is committed. */
async function repository(was?: (text: string) => string | undefined): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-authority-'));

  folders.push(folder);

  const git = (...args: readonly string[]) =>
    execFileSync(
      'git',
      [
        '-C',
        folder,
        '-c',
        'user.name=t',
        '-c',
        'user.email=t@example.com',
        '-c',
        'commit.gpgsign=false',
        ...args,
      ],
      {
        stdio: 'ignore',
      },
    );

  const current = lockText(authorityLock(await loadDeclarations()));

  git('init', '-q');

  const committed = was === undefined ? current : was(current);

  writeFileSync(join(folder, committed === undefined ? 'other.json' : LOCK), committed ?? '{}');
  git('add', '.');
  git('commit', '-qm', 'one');
  writeFileSync(join(folder, LOCK), current);

  return folder;
}

describe('writ', () => {
  it('says what it can do, of itself and of each command', () => {
    expect(writ('--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('authority'),
      stderr: '',
    });
    expect(writ('authority', '--help')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--diff <revision>'),
      stderr: '',
    });
  });

  it('is found by npx in the checkout', () => {
    const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly bin: Record<string, string>;
    };
    expect(bin).toEqual({ writ: 'cli/main.ts' });
    expect(readFileSync(join(ROOT, 'cli/main.ts'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it.each([
    [[]],
    [['nonsense']],
    [['authority', '--nonsense']],
    [['authority', '--diff']],
    [['authority', 'a', 'b']],
  ])('ends with 2 when called as writ %j', (args) => {
    expect(writ(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/./),
    });
  });
});

/** Not the file that operators edit: what they write there is for them to say. */
const SAMPLE = join(ROOT, 'infra/samples/several-accounts.ts');

describe('writ authority', () => {
  it('says who may do what, from anywhere, without colours where no terminal is', () => {
    const { code, stdout, stderr } = writ('authority', '--config', SAMPLE);

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      'By their statements, none can change a rollout, change or remove an entry',
    );
    expect(stdout).toMatch(/^Can approve: gates\.$/m);
    expect(stdout).toContain('calls vendor.bank');
    expect(stdout).toMatch(
      /^invoice-approval {2}automation, version 2\n {2}purpose +pay suppliers/m,
    );
    expect(stdout).toMatch(
      /gate +approve-payment: decided by Compliance Officer, waits when over-limit, /,
    );
    expect(stdout).toContain('external      pay: only if something-to-pay hits;');
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'only code enforces the list of vendors and their hosts',
    );
    expect(stdout).not.toContain('\u001b[');
  });

  it('gives the lock with the environments as JSON', async () => {
    const { code, stdout } = writ('authority', '--json', '--config', SAMPLE);
    const { environments, ...lock } = JSON.parse(stdout) as {
      readonly environments: readonly unknown[];
    };

    expect(code).toBe(0);
    expect(lock).toEqual(authorityLock(await loadDeclarations()));

    expect(environments).toMatchObject([
      { id: 'dev-euc1', egress: 'open', boundary: 'ours', signedCode: false },
      { id: 'staging-euc1', egress: 'isolated', network: 'ours' },
      { id: 'prod-euc1', signedCode: true },
      { id: 'prod-euw1' },
      { id: 'prod-euc1-acme', cell: 'acme' },
    ]);
  });

  it('keeps its lines to 120 characters, and to those of a narrower terminal', async () => {
    for (const columns of [undefined, 80, 200]) {
      const { stdout } = await within(
        ROOT,
        ['--statements'],
        columns === undefined ? {} : { columns },
      );

      const plain = stripVTControlCharacters(stdout).split('\n');
      const broken = plain.filter(
        (line) => line.length > Math.min(columns ?? 120, 120) && line.trim().includes(' '),
      );

      // a word alone may be longer: an ARN is not broken
      expect(broken.filter((line) => !/^ *\S+ \S{40,}$/.test(line))).toEqual([]);
      expect(stdout.includes('\u001b[')).toBe(
        columns !== undefined && process.env.NO_COLOR === undefined,
      );
    }
  });

  it('says of one function or one automation what is its own', async () => {
    const one = await within(ROOT, ['invoice-approval.pay']);
    expect(one.stdout).toContain('queue of invoice-approval.pay');
    expect(one.stdout).not.toMatch(/^(?:invoice-approval\.intake|vendor\.bank|Every role)/m);

    const json = await within(ROOT, ['vendor', '--json']);

    expect(
      Object.keys((JSON.parse(json.stdout) as { readonly functions: object }).functions),
    ).toEqual(vendorNames().map((name) => `vendor.${name}`));
    const unknown = await within(ROOT, ['invoice-approval.paying']);
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^authority\.unknown-name: .*invoice-approval\.pay,/),
    });

    const allowed = unknown.stderr
      .replace(/^[^;]*; allowed are /, '')
      .trim()
      .split(/,\s+/);
    expect(allowed).toContain('health');
    expect(allowed).toEqual([...new Set(allowed)]);
  });

  it('tells of other environments what they make of it', async () => {
    const { stdout } = await within(ROOT, [
      'vendor',
      '--config',
      join(ROOT, 'infra/samples/brownfield.ts'),
    ]);

    expect(stdout).toMatch(/egress +isolated/);
    expect(stdout).toContain("boundary      the estate's");
    expect(await within(ROOT, ['--config', '/nowhere/config.ts'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('configuration.refused'),
    });
  });
});

describe('writ authority --diff', () => {
  const LESS = (text: string) =>
    exchanged(
      exchanged(text, 'invoice-approval.pay', '"vendors": ["bank"]', '"vendors": []'),
      'vendor.bank',
      '"api.bank.example"',
      '"api.bank.example", "old.example"',
    );

  it('says in words what has changed since a commit, what widens first', async () => {
    const { code, stdout } = await within(await repository(LESS), ['--diff', 'HEAD']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Wider {2}1 change\n {2}invoice-approval\.pay may now call vendor bank\n\nNarrower {2}1 change\n {2}vendor\.bank may no longer call host old\.example/,
    );
  });

  it('says who decides now, of everything and of one automation', async () => {
    const folder = await repository((text) =>
      exchanged(
        exchanged(
          text,
          'approve-payment',
          '"decidedBy": ["Compliance Officer"]',
          '"decidedBy": ["Controller"]',
        ),
        'approve-payment',
        '"limit": 1000000',
        '"limit": 1000',
      ),
    );

    for (const name of [[], ['invoice-approval']]) {
      const { stdout } = await within(folder, [...name, '--diff', 'HEAD']);

      expect(stdout.replaceAll(/\n {4}/g, ' ')).toContain(
        'invoice-approval: gate approve-payment may now be decided by Compliance Officer, no longer by Controller\n',
      );
      expect(stdout).toContain(
        'invoice-approval: rule over-limit has limit 1,000,000 now, was 1,000\n',
      );
    }

    expect((await within(folder, ['vendor', '--diff', 'HEAD'])).stdout).toMatch(
      /^Nothing that is declared/,
    );
  });

  it('says so of one function, as JSON, and statement by statement', async () => {
    const folder = await repository((text) =>
      exchanged(
        LESS(text),
        'invoice-approval.pay',
        '"Action": ["lambda:InvokeFunction"]',
        '"Action": ["lambda:GetFunction"]',
      ),
    );

    const { stdout } = await within(folder, ['invoice-approval.pay', '--diff', 'HEAD', '--json']);
    const { since, changes } = JSON.parse(stdout) as {
      readonly since: string;
      readonly changes: readonly { readonly direction: string; readonly about: string }[];
    };

    expect(since).toMatch(/^[0-9a-f]{40}$/);
    expect(changes.map(({ direction, about }) => [direction, about])).toEqual([
      ['wider', 'invoice-approval.pay'],
      ['wider', 'invoice-approval.pay'],
      ['narrower', 'invoice-approval.pay'],
    ]);

    const raw = await within(folder, ['invoice-approval.pay', '--diff', 'HEAD', '--statements']);

    expect(raw.stdout).toMatch(/^ {2}- Action lambda:GetFunction$/m);
    expect(raw.stdout).toMatch(/^ {2}\+ Action lambda:InvokeFunction$/m);
  });

  it('says that nothing has changed', async () => {
    expect(await within(await repository(), ['--diff', 'HEAD'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^Nothing that is declared has changed since [0-9a-f]{12}\.\nNot compared: the code of rules and steps\./,
      ),
    });
  });

  it.each([
    ['nope'],
    ['--output=/tmp/x'],
    ['HEAD:authority.lock.json'],
    ['-h'],
    [''],
    ['HEAD; touch x'],
    ['$(touch x)'],
  ])('refuses revision "%s", which no commit is', async (revision) => {
    expect(await within(await repository(), [`--diff=${revision}`])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^revision\.unknown: /),
    });
  });

  it('refuses what it cannot compare', async () => {
    const nowhere = mkdtempSync(join(tmpdir(), 'writ-authority-'));
    folders.push(nowhere);
    expect(await within(nowhere, ['--diff', 'HEAD'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^revision\.unreadable: /),
    });

    expect(await within(await repository(() => undefined), ['--diff', 'HEAD'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^authority\.no-lock: /),
    });

    const other = await repository((text) => text.replace('authority/1', 'authority/2'));

    expect(await within(other, ['--diff', 'HEAD', '--json'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('"code":"authority.lock-format"'),
    });
  });

  it('works on the repository itself', () => {
    const { code, stderr } = writ('authority', '--diff', 'HEAD');
    expect([code, stderr]).toEqual(
      code === 0
        ? [0, '']
        : [1, expect.stringMatching(/^(?:authority\.(?:no-lock|lock-format)|revision\.)/)],
    ); // an export has no history, and a change of the form none to compare
  });
});

describe('writ authority --check and --write', () => {
  it('say in words what a stale lock does not say, and bring it up to date', async () => {
    const folder = await repository();
    const path = join(folder, LOCK);
    const current = readFileSync(path, 'utf8');

    expect(await within(folder, ['--check'])).toMatchObject({ code: 0 });
    expect(await within(folder, ['--write'])).toMatchObject({
      code: 0,
      stdout: `${LOCK} was up to date.\n`,
    });

    writeFileSync(
      path,
      exchanged(current, 'invoice-approval.pay', '"vendors": ["bank"]', '"vendors": []'),
    );

    expect(await within(folder, ['--check'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^authority\.stale: .*\n {2}- invoice-approval\.pay may now call vendor bank\nhelp: run "npx writ authority --write" and commit/,
      ),
    });

    expect(await within(folder, ['--write'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('invoice-approval.pay may now call vendor bank'),
    });

    expect(readFileSync(path, 'utf8')).toBe(current);
  });

  it('tell a lock that is missing, damaged or written in another form', async () => {
    const folder = await repository();
    const path = join(folder, LOCK);
    const current = readFileSync(path, 'utf8');

    writeFileSync(path, JSON.stringify(JSON.parse(current)));
    expect(await within(folder, ['--check'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('in another form'),
    });

    writeFileSync(path, current.slice(0, 1_000));
    expect(await within(folder, ['--check'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('authority.lock-format'),
    });

    expect((await within(folder, ['--write'])).code).toBe(0);
    rmSync(path);
    expect(await within(folder, ['--check'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('authority.no-lock'),
    });

    expect((await within(folder, ['--write'])).code).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe(current);
  });

  it.each([
    [['--check', '--write']],
    [['--diff', 'HEAD', '--check']],
    [['invoice-approval', '--check']],
    [['--write', '--json']],
  ])('refuse %j together', async (args) => {
    expect((await within(ROOT, args)).code).toBe(2);
  });

  it('tell a file that this machine refuses to write', async () => {
    expect(await within('/proc', ['--write'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /^system\.\w+: this machine refused open of \/proc\/authority\.lock\.json \(\w+\)\n$/,
      ),
    });
  });
});
