import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { InvalidInputError, isWritError } from '#shared/kernel/index.ts';
import { Output } from '../command/output.ts';
import { assertRuns, load, refusalOf } from '../command/refusals.ts';

const [{ paymentsOf, runDemo }, { runInvoice }, { BANK_TOKEN, startDemoPlatform }] = await load(
  Promise.all([import('./run-demo.ts'), import('./run-invoice.ts'), import('./setup.ts')]),
);

const HELP = `Runs the main job on this machine: 212 supplier invoices, approved and paid.

Usage: npm run demo [-- OPTIONS]

  --invoice FILE   run this one UBL 2.1 invoice instead, to its end or its gate
  --data FOLDER    keep the data there, and go on from it (default: a new temporary folder, removed at the end)
  --bank URL       use a sample bank that is already open on this machine
  --json           print the result, or the problem, as one JSON object; the account goes to standard error
  --verbose        application log lines on standard error
  --help           this text

Exit code: 0 when everything was handled, 1 when the invoice was refused or something is not as it should be, 2 for a
wrong option, 3 when the data cannot be worked with (in use, damaged, key missing, disk full).
`;

assertRuns('npm run demo');
process.exitCode = await main();

async function main(): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 2;
  }

  if (options.help) {
    console.log(HELP);
    return 0;
  }

  const out = new Output(options.json ? process.stderr : process.stdout);

  if (options.data === '') {
    console.error(`--data needs a folder\n\n${HELP}`);
    return 2;
  }

  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'writ-demo-'));
  const leave = () => {
    if (options.data === undefined) rmSync(folder, { recursive: true, force: true });
  };

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      leave();
      process.exit(130);
    });
  }

  // who reads has gone: nothing is lost, `--data` goes on from here
  process.stdout.on('error', () => process.exit(3));

  let bank: { readonly url: string; close(): void } | undefined;
  try {
    bank =
      options.bank === undefined
        ? await openBank(join(folder, 'bank-payments'))
        : { url: options.bank, close: () => {} };

    await assertBankOpen(bank.url);

    const platform = await startDemoPlatform({
      folder,
      bankUrl: bank.url,
      verbose: options.verbose,
    });

    try {
      const result =
        options.invoice === undefined
          ? await runDemo(platform, bank.url, out)
          : await runInvoice(platform, options.invoice, out);

      if (options.json) console.log(JSON.stringify(result));

      out.line();

      const bad =
        'problems' in result
          ? result.problems.length + result.trail.problems.length > 0
          : result.status === 'parked' || result.status === 'missing';

      out.line(
        out.style(
          'dim',
          `${bad ? 'not as it should be' : 'done'}, ${out.seconds()} s${options.data === undefined ? '' : `, data in ${folder}`}`,
        ),
      );

      return bad ? 1 : 0;
    } finally {
      platform.close();
    }
  } catch (error) {
    return explain(error, out, options.json);
  } finally {
    bank?.close();
    leave();
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      invoice: { type: 'string' },
      data: { type: 'string' },
      bank: { type: 'string' },
      json: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** An error as a person should read it, and the exit code it means. */
function explain(error: unknown, out: Output, json: boolean): number {
  out.endProgress();

  if (isWritError(error)) {
    if (json)
      console.log(JSON.stringify({ problem: { code: error.code, message: error.message } }));
    console.error(`\n${error.code}: ${error.message}`);
    if (error.help !== undefined) console.error(error.help);
    return error.fate === 'stop' ? 3 : 1;
  }

  const refusal = refusalOf(error);
  if (refusal === undefined) throw error; // a defect: with all it can tell

  if (json) console.log(JSON.stringify({ problem: refusal }));

  console.error(`\n${refusal.code}: ${refusal.message}`);

  return 3;
}

/**
 * Better said before 212 runs are started than after. A bank that closes later only delays runs:
 * they are tried again.
 */
async function assertBankOpen(url: string): Promise<void> {
  try {
    await paymentsOf(url);
  } catch {
    throw new InvalidInputError(
      'bank.unreachable',
      `there is no open sample bank at ${url}; leave out --bank to have one opened`,
      { url },
    );
  }
}

/**
 * The bank is a process of its own, as the world outside is. It keeps its book beside the data, so
 * it remembers what it paid.
 */
async function openBank(book: string): Promise<{ readonly url: string; close(): void }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'bank.ts'), BANK_TOKEN, '0', book],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );

  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the bank ended with ${code} before it opened`)));
  });

  return { url, close: () => child.kill() };
}
