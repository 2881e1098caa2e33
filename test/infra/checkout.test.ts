import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notInstalled } from '#infra/installed.ts';

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'writ-checkout-'));
/** What a URL would take for its parts, or for another character. */
const checkout = join(folder, "a #b?c%2Fd e's [é] &");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a checkout in a folder of any name', () => {
  beforeAll(() => {
    mkdirSync(checkout);

    for (const part of [
      'cli',
      'functions',
      'infra',
      'shared',
      'package.json',
      'package-lock.json',
      'LICENSE',
    ])
      cpSync(join(ROOT, part), join(checkout, part), { recursive: true });

    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  });

  /** A program of the checkout, to its end. */
  const run = (...args: readonly string[]) => {
    const env = { ...process.env, TMPDIR: checkout };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: checkout,
      encoding: 'utf8',
      env,
    });
    return { status, stdout, stderr };
  };

  it('builds and loads bundles, declarations and configuration, and leaves nothing where it cannot keep what it built', () => {
    writeFileSync(join(checkout, 'dist'), ''); // where the folder of the bundles cannot be made

    const before = readdirSync(checkout);

    expect(run('cli/demo/main.ts', '--invoice', '/nowhere')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('file.unreadable'),
    });

    expect(readdirSync(checkout)).toEqual(before);
    expect(run('infra/versions.ts')).toMatchObject({ status: 0, stderr: '' });

    const reading =
      "import('./infra/config/read-configuration.ts').then((read) => read.readConfiguration()).then(({ length }) => console.log(length))";

    expect(Number(run('-e', reading).stdout)).toBeGreaterThan(0);
  });
});

describe('packages for development', () => {
  it('are named when they are not installed', () => {
    const root = join(folder, 'production');
    mkdirSync(join(root, 'node_modules/vitest'), { recursive: true });
    writeFileSync(
      join(root, 'package.json'),
      JSON.stringify({ devDependencies: { vitest: '1.0.0', 'aws-cdk': '2.0.0' } }),
    );

    expect(notInstalled(root)).toEqual(['aws-cdk']);
    expect(notInstalled()).toEqual([]);
  });
});
