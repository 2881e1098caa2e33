import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { InvalidInputError, isWritError } from '#shared/kernel/index.ts';
import { Output } from '../command/output.ts';
import { assertSupported, load, refusalOf } from '../command/refusals.ts';

const [{ paymentsOf, runDemo }, { runInvoice }, { BANK_TOKEN, startDemoPlatform }] = await load(
  Promise.all([import('./run-demo.ts'), import('./run-invoice.ts'), import('./setup.ts')]),
);

const HELP = `Run 212 supplier invoices through approval and payment on this machine.

Usage: npm run demo [-- OPTIONS]

  --invoice FILE   run this UBL 2.1 invoice instead, to its end or its gate
  --data FOLDER    keep the data in this folder and continue from it
                   (default: a temporary folder, removed at the end)
  --bank URL       use a sample bank that is already running on this machine
  --json           print the result or problem as one JSON object; progress goes
                   to standard error
  --verbose        log on standard error
  --help           show this help

Exit codes:
  0  success
  1  the invoice was refused, or a check found problems
  2  wrong option
  3  the data folder is not usable: in use, damaged, key missing or disk full
`;

assertSupported('npm run demo');
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
    console.error(`option --data requires a folder\n\n${HELP}`);
    return 2;
  }

  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'writ-demo-'));
  const removeTemporaryFolder = () => {
    if (options.data === undefined) rmSync(folder, { recursive: true, force: true });
  };

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      removeTemporaryFolder();
      process.exit(130);
    });
  }

  // if the reader closes the pipe, no data is lost: the demo can continue from --data
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
          `${bad ? 'finished with problems' : 'done'}, ${out.seconds()} s${options.data === undefined ? '' : `, data in ${folder}`}`,
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
    removeTemporaryFolder();
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

/** Prints an error and returns the exit code. */
function explain(error: unknown, out: Output, json: boolean): number {
  out.endProgress();

  if (isWritError(error)) {
    const { code, message, help } = error;
    if (json) console.log(JSON.stringify({ problem: { code, message, help } }));
    console.error(`\n${code}: ${message}`);
    if (help !== undefined) console.error(`help: ${help}`);
    return error.fate === 'stop' ? 3 : 1;
  }

  const refusal = refusalOf(error);
  if (refusal === undefined) throw error; // a defect, whose stack trace Node.js prints

  if (json) console.log(JSON.stringify({ problem: refusal }));

  console.error(`\n${refusal.code}: ${refusal.message}`);
  if (refusal.help !== undefined) console.error(`help: ${refusal.help}`);

  return 3;
}

/**
 * Checks that the bank responds, before any run starts. If the bank closes later, runs are only
 * delayed, because the engine retries them.
 */
async function assertBankOpen(url: string): Promise<void> {
  try {
    await paymentsOf(url);
  } catch {
    throw new InvalidInputError(
      'bank.unreachable',
      `no sample bank is running at ${url}`,
      { url },
      { help: 'leave out --bank to start one' },
    );
  }
}

/**
 * Starts the sample bank as a separate process, because real vendors are also separate.
 *
 * @param book - File of the bank's payments, in the data folder.
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
