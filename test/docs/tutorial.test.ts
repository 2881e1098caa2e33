import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { automationNames } from '#infra/declarations/folders.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
/** What a reader makes, in the order of the page. */
const FILES = [
  'tutorial/refund.ts',
  'tutorial/mistakes.ts',
  'tutorial/try.ts',
  'functions/automations/refund/intake.ts',
  'functions/vendors/payouts/vendor.ts',
  'test/functions/automations/refund/refund.test.ts',
  'tutorial/payouts.ts',
] as const;
const REFUND = 'functions/automations/refund/automation.ts';

const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, code = '']) => code,
  );
const [AUTOMATION = '', MISTAKES = '', TRY = '', ...LATER] = blocks('ts');
const COMMANDS = blocks('sh').flatMap((block) => block.trim().split('\n'));

/**
 * What differs from run to run: ids of 26 characters, hashes of 43 and their beginnings, times of
 * day and dates.
 */
function settled(text: string): string {
  return text
    .replace(/\b[0-9a-hjkmnp-tv-z]{26}\b/g, '<id>')
    .replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, '<hash>')
    .replace(/(?<= bytes, )[\w-]{8}(?=…)/g, '<hash>')
    .replace(/\d{4}-\d{2}-\d{2}T/g, '<day>T')
    .replace(/\d{2}:\d{2}:\d{2}\.\d{3}/g, '<time>')
    .trimEnd();
}

describe('the tutorial', () => {
  let folder = '';

  // inside the repository, so that `writ` is this package as it is for a reader; the dot hides the
  // folder from other tools
  beforeAll(() => {
    folder = mkdtempSync(join(import.meta.dirname, '.tmp-'));
    for (const [name, code] of Object.entries({ refund: AUTOMATION, mistakes: MISTAKES, try: TRY }))
      writeFileSync(join(folder, `${name}.ts`), code);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('shows the files it names, one block each', () => {
    expect(blocks('ts')).toHaveLength(FILES.length);
    for (const file of [...FILES, REFUND]) expect(PAGE).toContain(`\`${file}\``);
  });

  it('imports nothing private', () => {
    const imported = [...PAGE.matchAll(/^import .* from '([^']+)';$/gm)].map(
      ([, from = '']) => from,
    );
    const outside = imported.filter((from) => !/^(?:node:|\.|zod\/mini$|vitest$)/.test(from));
    expect(new Set(outside)).toEqual(
      new Set([
        'writ',
        'writ/testing',
        '#functions/automations/refund/automation.ts',
        '#functions/automations/refund/intake.ts',
      ]),
    );
  });

  it('compiles, and what it calls a mistake does not', async () => {
    const bare = readFileSync(join(folder, 'mistakes.ts'), 'utf8').replaceAll(
      '// @ts-expect-error',
      '//',
    );

    writeFileSync(join(folder, 'bare-mistakes.ts'), bare);
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../../tsconfig.json', include: ['./*.ts'] }),
    );

    const tsc = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);
    const wrong = stdout
      .split('\n')
      .flatMap((line) => /^([\w-]+\.ts)\(.*\): error/.exec(line)?.[1] ?? []);

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
  const at = (path: string) => join(checkout, path);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
  };

  const node = (...args: readonly string[]) => run(process.execPath, args, { cwd: checkout, env });
  const edited = (path: string, from: string, to: string) => {
    const text = readFileSync(at(path), 'utf8');
    expect(text).toContain(from);
    write(path, text.replace(from, to));
  };

  const [, ...typed] = COMMANDS.slice(COMMANDS.findIndex((line) => line.startsWith('npm start')));
  const processes: ChildProcess[] = [];
  let platform: Awaited<ReturnType<typeof started>>;
  /** Of the reader's file, where it throws for the account `none`. */
  let throwing = 0;

  beforeAll(() => {
    for (const part of ['cli', 'docs', 'functions', 'infra', 'shared', 'test', ...readdirFiles()])
      cpSync(join(ROOT, part), at(part), {
        recursive: true,
        filter: (path) => !path.includes('/.tmp-'),
      });

    symlinkSync(join(ROOT, 'node_modules'), at('node_modules'));

    // of a reader who runs this test after following the page
    for (const path of [
      'functions/automations/refund',
      'functions/vendors/payouts',
      'test/functions/automations/refund',
    ])
      rmSync(at(path), { recursive: true, force: true });

    write(REFUND, AUTOMATION);
    for (const [i, path] of FILES.slice(3).entries()) write(path, LATER[i] ?? '');

    write('refund.json', blocks('json')[0] ?? '');

    const [row = ''] = blocks('md');
    if (!readFileSync(at('docs/errors.md'), 'utf8').includes(row))
      edited('docs/errors.md', '| `json.malformed` |', `${row}| \`json.malformed\` |`);
  }, 60_000);

  afterAll(async () => {
    for (const started of processes)
      if (started.exitCode === null)
        await new Promise((resolve) => started.on('exit', resolve).kill('SIGKILL'));
    rmSync(checkout, { recursive: true, force: true });
  });

  it('has code as the house has it', async () => {
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');

    await node(
      biome,
      'check',
      '--error-on-warnings',
      'functions/automations/refund',
      'functions/vendors/payouts',
      'test/functions/automations/refund',
    );
  });

  it('records what it is and may do, has a green test of their own, and the tests that ask for all of it', async () => {
    expect(COMMANDS).toEqual(
      expect.arrayContaining(['npm run versions', 'npx writ authority --write', 'npm test']),
    );
    expect((await node('infra/versions.ts')).stdout).toContain('refund: version 1 is recorded now');
    expect((await node('cli/main.ts', 'authority', '--write')).stdout).toContain('refund.pay-back');

    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const tests = [
      'test/functions/automations/refund',
      'test/functions/automations/versions.test.ts',
      'test/docs/errors.test.ts',
    ];

    expect(COMMANDS).toContain(`npx vitest run ${tests[0]}`);

    const { stdout } = await node(vitest, 'run', ...tests, '--no-isolate', '--maxWorkers', '1');

    expect(stdout).toMatch(/ 0 failed/);
  });

  it.runIf(process.env.WRIT_SOAK)(
    'has a green npm test',
    async () => {
      for (const line of COMMANDS.slice(
        COMMANDS.indexOf('npm run versions'),
        COMMANDS.indexOf('npm test') + 1,
      )) {
        const [command = '', ...args] = line.split(' ');
        await run(command, args, { cwd: checkout, env, maxBuffer: 2 ** 28 });
      }
    },
    3_600_000,
  );

  it('lets people decide, with the commands of the page', async () => {
    expect(typed).toHaveLength(5);

    const paidBack = await standIn();

    // what follows needs a step that fails; the page's own requests do not come there
    edited(
      REFUND,
      '  run: ({ fields }) => ({\n    accountPlausible',
      "  run: ({ fields }) => fields.account === 'none' ? JSON.parse('') : ({\n    accountPlausible",
    );

    throwing =
      readFileSync(at(REFUND), 'utf8')
        .split('\n')
        .findIndex((text) => text.includes('JSON.parse')) + 1;

    platform = await startPlatform(paidBack.port);

    const said: string[] = [];
    let id = 'ID';

    for (const line of typed) {
      const [, command = ''] = /^npx writ (.*)$/.exec(line.replace(' ID ', ` ${id} `)) ?? [];
      const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain ?? '',
      );
      const { stdout } = await node('cli/main.ts', ...args);
      id = /^([0-9a-z]{8}\.approve-refund) {2}/m.exec(stdout)?.[1] ?? id;
      said.push(stdout);
    }

    const [ran, gates = '', gate, approved, trail] = said;

    expect(ran).toContain('It waits for a decision');

    const shown = (text: string) =>
      text.replace(/^[0-9a-z]{8}\./gm, '<id>.').replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, '<time>');

    expect(shown(gates)).toContain(shown(blocks('text')[1] ?? 'the page shows no gate'));
    expect(gate).toContain('EUR 250.00');
    expect(approved).toContain('approve-refund is approved');
    expect(trail).toMatch(/sample-approver via gates +gate\.decide\n +because the goods are back/);
    await paidBack.said('pays back C-204');
    expect(existsSync(at('.writ/ledger.db'))).toBe(true);
  }, 180_000);

  it('is told where their own code fails, what an input lacks, and that a changed definition needs a new version', async () => {
    const refuse = async (file: string, text: string, automation = 'refund') => {
      write(file, text);

      const { stderr } = await node(
        'cli/main.ts',
        'run',
        automation,
        file,
        '--as',
        'sample-clerk',
      ).then(
        () => ({ stderr: 'taken' }),
        (error: { stderr: string }) => error,
      );

      return stderr.replaceAll(/\s+/g, ' ').trim();
    };

    const whole = JSON.parse(blocks('json')[0] ?? '') as Record<string, unknown>;

    expect(
      await refuse(
        'lacking.json',
        JSON.stringify({ ...whole, currency: undefined, amount: '25000' }),
      ),
    ).toBe(
      'run.input-invalid: the input does not fit automation refund: field amount must be an integer, got a string; field currency is missing',
    );

    expect(await refuse('malformed.json', '{\n  "amount": 25000\n  "currency": "EUR"\n}')).toBe(
      'json.malformed: the text is not valid JSON: line 3, column 3: "," or "}" is expected',
    );
    expect(await refuse('refund.json', JSON.stringify(whole), 'refnd')).toBe(
      `automation.unknown: no automation with that name is deployed; deployed: ${[...automationNames(), 'refund'].sort().join(', ')}`,
    );
    expect(await refuse('none.json', JSON.stringify({ ...whole, account: 'none' }))).toBe('taken');
    await platform.said(`"at":"${REFUND}:${throwing}"`);
    await platform.stop();

    edited(REFUND, 'limit: 10_000', 'limit: 20_000');
    await expect(node('infra/versions.ts')).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('count `version` up'),
    });

    await expect(node('cli/start/main.ts', '--port', '0')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /automation\.changed: the definition of refund, version 1, is not the one that was recorded/,
      ),
    });
  }, 180_000);

  /** A process that was started, and what it said so far. */
  async function started(args: readonly string[], isReady: (said: string) => boolean) {
    const child = spawn(process.execPath, args, {
      cwd: checkout,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });

    processes.push(child);

    let output = '';
    const waiting = new Set<() => void>();

    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += String(text);
        for (const look of waiting) look();
      });

    const until = (isThere: (said: string) => boolean) =>
      new Promise<void>((resolve, reject) => {
        const look = () => isThere(output) && resolve();
        waiting.add(look);
        child.on('exit', (code) => reject(new Error(`${args[0]} ended with ${code}: ${output}`)));
        look();
      });

    await until(isReady);

    return {
      said: (words: string) => until((said) => said.includes(words)),
      stop: () =>
        new Promise((resolve) =>
          child.removeAllListeners('exit').on('exit', resolve).kill('SIGTERM'),
        ),
    };
  }

  /** The page's program in the vendor's stead, on a port that is free. */
  async function standIn() {
    const path = 'tutorial/payouts.ts';

    edited(
      path,
      ".listen(4010, '127.0.0.1');",
      ".listen(0, '127.0.0.1', function () {\n  console.log('port', this.address().port, '.');\n});",
    );

    let port = '';
    const program = await started([path], (said) => {
      port = /port (\d+) \./.exec(said)?.[1] ?? '';
      return port !== '';
    });

    return { ...program, port: Number(port) };
  }

  function startPlatform(vendorPort: number) {
    const starting = COMMANDS.find((line) => line.startsWith('npm start')) ?? '';
    const options =
      /^npm start -- (.*)$/.exec(starting)?.[1]?.replace(':4010', `:${vendorPort}`).split(' ') ??
      [];
    return started(['cli/start/main.ts', ...options, '--port', '0'], (said) =>
      said.includes('Ctrl-C'),
    );
  }
});

/** The files of the checkout's root that checks read. */
function readdirFiles(): string[] {
  const files = [
    'package.json',
    'LICENSE',
    'tsconfig.json',
    'biome.json',
    'knip.json',
    '.gitignore',
    'vitest.config.ts',
    'authority.lock.json',
  ];
  return [
    ...files,
    '.dependency-cruiser.mjs',
    'bench',
    'cdk.json',
    'README.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'LICENSE',
    'package-lock.json',
  ];
}
