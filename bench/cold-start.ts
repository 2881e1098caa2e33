import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { BUNDLE_FILES } from '#functions/wiring/bundle.ts';
import { buildFunctions } from '#infra/build.ts';
import { type Row, type Spread, spread, verdict } from './measure.ts';

const ROUNDS = 11;
const KB = 1_000;

/** A function that does nothing but make the client every function has: two commands, everything else as the SDK comes. */
const CLIENT_ONLY = `
  import { BatchGetItemCommand, DynamoDBClient, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
  const client = new DynamoDBClient({ region: 'eu-central-1' });
  export const handler = async ([get, put]) => [
    await client.send(new BatchGetItemCommand(get)), await client.send(new ExecuteTransactionCommand(put)),
  ];
`;

/** What a deployed function is told; nothing is called, so none of it has to exist. */
const DEPLOYED = {
  AWS_REGION: 'eu-central-1',
  WRIT_PREFIX: 'writ-bench-euc1',
  WRIT_ACCOUNT: '123456789012',
  WRIT_DATA_KEY: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
};

/** From before the import to a handler with its clients, in a process that has done nothing else. */
const TIMED = 'const before = performance.now(); await import(process.argv[1]); process.stdout.write(String(performance.now() - before));';

/**
 * Row 13: how large each step function is and how long its start takes, beside one that has the DynamoDB client alone. Only the
 * import is measured, each time in a new process: on Lambda it takes longer by the share of a processor a function has.
 */
export async function coldStartRows(progress: (text: string) => void): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  try {
    const built = (await buildFunctions(join(folder, 'functions'))).filter(({ kind }) => kind === 'step');
    const alone = join(folder, 'client-only.mjs');
    buildSync({
      stdin: { contents: CLIENT_ONLY, resolveDir: import.meta.dirname },
      outfile: alone,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      mainFields: ['module', 'main'],
      legalComments: 'none',
      logLevel: 'error',
    });
    const entry = (of: string) => join(folder, 'functions', of, 'index.mjs');
    const starts = new Map<string, number[]>([[alone, []], ...built.map((fn) => [entry(fn.folder), []] as [string, number[]])]);
    for (let round = 0; round <= ROUNDS; round++) {
      progress(`starts, round ${round} of ${ROUNDS}`);
      for (const [path, times] of starts) {
        const time = startOf(path);
        if (round > 0) times.push(time); // the first reads the files from the disk
      }
    }
    const of = (path: string) => spread(starts.get(path) ?? []);
    const baseline = { ...of(alone), bytes: statSync(alone).size };
    return built.map(({ name, folder: own }) => {
      const bytes = BUNDLE_FILES.reduce((sum, file) => sum + statSync(join(folder, 'functions', own, file)).size, 0);
      return rowOf(name, { ...of(entry(own)), bytes }, baseline);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function startOf(path: string): number {
  const name = path.split('/').at(-2) ?? '';
  const env = { PATH: process.env.PATH, AWS_LAMBDA_FUNCTION_NAME: name, ...DEPLOYED };
  const args = ['--input-type=module', '-e', TIMED, pathToFileURL(path).href];
  return Number(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

interface Start extends Spread {
  readonly bytes: number;
}

function rowOf(name: string, start: Start, baseline: Start): Row {
  const ratio = start.median / baseline.median;
  const size = (bytes: number) => `${Math.round(bytes / KB)} KB`;
  const time = ({ median, min, max }: Spread) => `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`;
  return {
    what: `13 start of ${name}`,
    figure: `${size(start.bytes)}, ${time(start)}`,
    baseline: `DynamoDB client ${size(baseline.bytes)}, ${time(baseline)}`,
    ratio: `${ratio.toFixed(2)}×`,
    floor: '600 KB, 1.5×',
    goal: '400 KB, 1.1×',
    met: verdict(start.bytes <= 600 * KB && ratio <= 1.5, start.bytes <= 400 * KB && ratio <= 1.1),
    numbers: { bytes: start.bytes, importMs: start.median, baselineBytes: baseline.bytes, baselineMs: baseline.median, ratio },
  };
}
