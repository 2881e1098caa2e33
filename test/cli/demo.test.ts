import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DemoResult } from '#cli/demo/run-demo.ts';
import { generateSamples } from '#functions/automations/invoice-approval/samples/generator.ts';
import { systemClock, systemRandom } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { temporaryFolder } from '../support/bench.ts';
import { type CommandExit, demo, demoProcess } from '../support/demo-process.ts';

const clean = generateSamples('writ demo').invoices.find(({ expect: what }) => what === 'paid')!;

const invoiceFile = (): string => {
  const path = join(temporaryFolder(), 'invoice.xml');
  writeFileSync(path, clean.xml);
  return path;
};

/**
 * What the README shows of the demo, without what it leaves out and without the invoices, which it
 * picks.
 */
const SHOWN = (
  /^```text\n(212 invoices.*?)^```/ms.exec(
    readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8'),
  )?.[1] ?? ''
)
  .split('\n')
  .filter(
    (line) =>
      /^ {2}(?:paid|rejected {5,}|payments|writers|documents|✓)/.test(line) ||
      line.startsWith('212'),
  );

/** Starts that are cut off; more when soaking. */
const CUTS = process.env.WRIT_SOAK === undefined ? 3 : 30;

describe('the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-demo-'));
  let first: CommandExit;

  // one run for the tests of what it prints and of how it goes on
  beforeAll(async () => {
    first = await demo('--data', folder, '--json');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('pays 200 of 212 invoices unattended, has 12 wait with their reasons, and pays what is approved exactly once', async () => {
    const { code, stdout } = await demo();

    expect(code).toBe(0);
    expect(stdout).toContain('212 invoices: 200 paid, 12 waiting for a person');

    for (const rule of [
      'over-limit',
      'no-order',
      'price-mismatch',
      'new-supplier',
      'changed-bank-account',
      'possible-duplicate',
      'arithmetic-wrong',
    ]) {
      expect(stdout).toContain(`      ${rule}: `);
    }

    expect(stdout).toContain('payments at the bank   207, each run exactly once');
    expect(stdout).toContain('no gaps found, and the documents match the trail');
    expect(stdout).not.toContain('\u001b['); // colours only on a terminal
    expect(SHOWN.length).toBe(5);
    for (const line of SHOWN) expect(stdout.split('\n')).toContain(line);
  });

  it('gives the result as JSON, and the account for people beside it', async () => {
    const { code, stdout, stderr } = first;
    expect(code).toBe(0);

    const result = JSON.parse(stdout) as DemoResult;

    expect(result).toMatchObject({
      invoices: 212,
      approved: 7,
      rejected: 5,
      paid: 207,
      payments: 207,
      problems: [],
      trail: { problems: [] },
    });

    expect(result.waited).toHaveLength(12);
    expect(stderr).toContain('Checking the trail');
  });

  it('goes on from its data folder and finds everything done', async () => {
    const before = JSON.parse(first.stdout) as DemoResult;
    const again = await demo('--data', folder, '--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      payments: 207,
      problems: [],
      trail: { entries: before.trail.entries, problems: [] },
    });
  });

  it('says what it can do', async () => {
    const { code, stdout } = await demo('--help');
    expect([code, stdout.includes('--invoice FILE')]).toEqual([0, true]);
  });

  it('refuses an option it does not know with exit code 2', async () => {
    const { code, stderr } = await demo('--nonsense');
    expect([code, stderr.includes('--nonsense')]).toEqual([2, true]);
  });
});

describe('one invoice', () => {
  const file = (name: string, content: string | Buffer) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, content);
    return path;
  };

  it('is handled to its gate, with the reason, exit code 0', async () => {
    const { code, stdout } = await demo('--invoice', file('invoice.xml', clean.xml));
    expect(code).toBe(0);
    expect(stdout).toContain('The run waits for a decision');
    expect(stdout).toContain('new-supplier: ');
  });

  it('is refused with one clear line and exit code 1, and leaves the refusal in the trail and nothing else', async () => {
    const refusals = [
      ['truncated.xml', clean.xml.slice(0, 500), 'ubl.malformed'],
      [
        'bomb.xml',
        `<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${clean.xml.slice(clean.xml.indexOf('?>') + 2)}`,
        'ubl.doctype',
      ],
      ['big.xml', Buffer.alloc(50 * 1024 * 1024, 0x20), 'ubl.too-large'],
    ] as const;

    for (const [name, content, problem] of refusals) {
      const folder = temporaryFolder();
      const { code, stderr } = await demo('--invoice', file(name, content), '--data', folder);
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toHaveLength(1);
      expect(stderr).toContain(problem);
    }
  });

  it('that is not there is a clear problem', async () => {
    const { code, stderr } = await demo('--invoice', '/nowhere/invoice.xml');
    expect([code, stderr.includes('file.unreadable')]).toEqual([1, true]);
  });
});

describe('data that cannot be worked with', () => {
  const untouched = mkdtempSync(join(tmpdir(), 'writ-demo-'));
  /** A folder with the data of a start that did nothing else. */
  const startedFolder = () => {
    const folder = temporaryFolder();
    cpSync(untouched, folder, { recursive: true });
    return folder;
  };

  beforeAll(async () => {
    await demo('--data', untouched, '--invoice', '/nowhere');
  });

  afterAll(() => rmSync(untouched, { recursive: true, force: true }));

  it('is not left behind by a start that was cut off at any moment', async () => {
    for (let i = 0; i < CUTS; i++) {
      const folder = join(temporaryFolder(), 'data');
      const cut = demoProcess(['--data', folder]);
      // killed as soon as something of the data is there, before the first line of output at times
      const seen = setInterval(
        () => existsSync(folder) && setTimeout(() => cut.kill(), (i * 24) / CUTS),
        1,
      );

      await cut.ended;
      clearInterval(seen);

      const again = await demo('--data', folder, '--invoice', '/nowhere');

      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('file.unreadable')]);
    }
  });

  it('is refused when the ledger is lost, and no empty one is put in its place', async () => {
    const folder = temporaryFolder();
    await demo('--data', folder, '--invoice', invoiceFile());
    rmSync(join(folder, 'ledger.db'));
    const { code, stderr } = await demo('--data', folder);
    expect([code, stderr.includes('ledger.corrupt')]).toEqual([3, true]);
    expect(existsSync(join(folder, 'ledger.db'))).toBe(false);
  });

  it('is no file, and no folder below one: one clear line and its help, exit code 3', async () => {
    const path = invoiceFile();
    for (const data of [path, join(path, 'below')]) {
      const { code, stderr } = await demo('--data', data);

      expect([code, stderr.trim().split('\n')]).toEqual([
        3,
        [
          expect.stringMatching(/^ledger\.stopped: /),
          expect.stringMatching(/^help: Use a folder /),
        ],
      ]);
    }

    expect((await demo('--data', '')).code).toBe(2);
  });

  it('is refused with exit code 3 while another process works on it, which is not disturbed', async () => {
    const folder = startedFolder();

    const holder = new SqliteStore({
      folder,
      clock: systemClock,
      random: systemRandom(),
      walPages: 0,
    });

    const second = await demo('--data', folder);

    expect([second.code, second.stderr.includes('ledger.locked')]).toEqual([3, true]);

    const entry = {
      workspace: 'acme',
      actor: { kind: 'service', id: 'test' },
      action: 'run.refuse',
      outcome: 'denied',
    } as const;

    await holder.ledger({ name: 'test', bundle: '0'.repeat(64) }).commit({ entries: [entry] });
    holder.close();
    expect((await demo('--data', folder, '--invoice', invoiceFile())).code).toBe(0);
  });

  it('is refused when its key file is gone, and no new key is made', async () => {
    const folder = startedFolder();
    rmSync(join(folder, 'root.key'));
    const { code, stderr } = await demo('--data', folder);
    expect([code, stderr.includes('keys.file')]).toEqual([3, true]);
    expect(existsSync(join(folder, 'root.key'))).toBe(false);
  });

  it('is refused when it is damaged, and left as it is', async () => {
    const folder = startedFolder();

    const path = join(folder, 'ledger.db');
    const damaged = Buffer.from(readFileSync(path));

    damaged.fill(0x5a, 4_096, 60_000);
    writeFileSync(path, damaged);

    const { code, stderr } = await demo('--data', folder);

    expect([code, stderr.includes('ledger.corrupt')]).toEqual([3, true]);
    expect(readFileSync(path).equals(damaged)).toBe(true);
  });

  it('is not begun with when the bank is closed', async () => {
    const folder = temporaryFolder();
    const { code, stderr } = await demo('--bank', 'http://127.0.0.1:9', '--data', folder);
    expect([code, stderr.includes('bank.unreachable')]).toEqual([1, true]);
    expect(existsSync(join(folder, 'ledger.db'))).toBe(false);
  });
});
