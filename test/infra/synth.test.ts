import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { automationNames } from '#infra/declarations/folders.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const TUTORIAL = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');

/**
 * A checkout of somebody who followed the tutorial: one more automation and its vendor, and nothing
 * else changed.
 */
describe('the commands of an operator, in a checkout with one more automation', () => {
  const checkout = mkdtempSync(join(tmpdir(), 'writ-checkout-'));
  const node = (...args: string[]) =>
    run(process.execPath, args, {
      cwd: checkout,
      env: { PATH: process.env.PATH, HOME: checkout, CDK_VALIDATION: 'true' },
    });

  const cdk = (...args: string[]) => node('node_modules/aws-cdk/bin/cdk', ...args);

  beforeAll(() => {
    for (const part of [
      'functions',
      'infra',
      'shared',
      'package.json',
      'cdk.json',
      'tsconfig.json',
      'LICENSE',
    ])
      cpSync(join(ROOT, part), join(checkout, part), { recursive: true });

    symlinkSync(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));

    const blocks = [...TUTORIAL.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code);
    const block = (holds: string) => blocks.find((code) => code.includes(holds)) ?? '';
    const folder = join(checkout, 'functions/automations/one-more');

    mkdirSync(folder);
    writeFileSync(
      join(folder, 'automation.ts'),
      block("name: 'refund'").replace("name: 'refund'", "name: 'one-more'"),
    );

    writeFileSync(join(folder, 'intake.ts'), block('export default function read'));
    mkdirSync(join(checkout, 'functions/vendors/payouts'), { recursive: true });
    writeFileSync(
      join(checkout, 'functions/vendors/payouts/vendor.ts'),
      block('export default vendor('),
    );

    writeFileSync(
      join(checkout, 'infra/config.ts'),
      "export default { environments: [{ name: 'dev', region: 'eu-west-1' }] };",
    );
  });

  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  it('synthesize its stack beside the others, without credentials', async () => {
    const { stderr } = await cdk('synth', '-q', '-o', 'out');
    expect(stderr).toMatch(/^Successfully synthesized to /); // the build says nothing

    const stacks = readdirSync(join(checkout, 'out')).flatMap(
      (file) => /^writ-dev-euw1-(.*)\.template\.json$/.exec(file)?.[1] ?? [],
    );
    const automations = [...automationNames(), 'one-more'].map((name) => `Automation-${name}`);

    expect(stacks.sort()).toEqual([
      'Archive',
      ...automations.sort(),
      'Keys',
      'Ledger',
      'Vendors',
      'Watch',
    ]);
  });

  it('refuse a configuration in words, without a trace of our code', async () => {
    writeFileSync(
      join(checkout, 'weak.ts'),
      "export default { environments: [{ name: 'prod', region: 'eu-central-1', deletionProtection: false }] };",
    );

    // the test before this one has built
    const unbuilt = ['-a', 'node infra/app.ts', '-c', 'config=weak.ts', '-o', 'none'];
    const refused = await cdk('synth', '-q', ...unbuilt).then(
      () => expect.fail('it was accepted'),
      (error: { stderr: string }) => error.stderr,
    );

    expect(refused).toMatch(
      /^the configuration is refused:\n {2}- prod-euc1: `account` is missing/,
    );
    expect(refused).toContain('  - prod-euc1: prod needs deletion protection on its tables\n');
    expect(refused).not.toContain('    at ');
  });
});
