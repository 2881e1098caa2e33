import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { BUNDLE_FILES } from '#functions/wiring/bundle.ts';
import { buildFunctions } from '#infra/build/build-functions.ts';
import { POLICY_FILES } from '#shared/access/index.ts';
import { type Row, type Spread, spread, verdict } from './measure.ts';

const ROUNDS = 11;
/** Kinds of functions whose cold starts delay people or runs. */
const KINDS = ['step', 'http', 'issuer'];
const KB = 1_000;

/**
 * Function that only creates the DynamoDB client that every function has, with two commands and the
 * defaults of the SDK.
 */
const CLIENT_ONLY = `
  import { BatchGetItemCommand, DynamoDBClient, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
  const client = new DynamoDBClient({ region: 'eu-central-1' });
  export const handler = async ([get, put]) => [
    await client.send(new BatchGetItemCommand(get)), await client.send(new ExecuteTransactionCommand(put)),
  ];
`;

/** The same function, which also loads bare Cedar with the policies of the API. */
const CLIENT_AND_CEDAR = `${CLIENT_ONLY}
  import { readFileSync } from 'node:fs';
  import { initSync, preparsePolicySet, preparseSchema } from '@cedar-policy/cedar-wasm/web';
  const beside = (name) => new URL(name, process.env.BESIDE);
  initSync({ module: readFileSync(beside('${POLICY_FILES.wasm.to}')) });
  preparsePolicySet('policies', { staticPolicies: readFileSync(beside('${POLICY_FILES.policies.to}'), 'utf8') });
  preparseSchema('schema', readFileSync(beside('${POLICY_FILES.schema.to}'), 'utf8'));
`;

/**
 * Environment variables of a deployed function. The resources need not exist, because no function
 * calls them.
 */
const DEPLOYED = {
  AWS_REGION: 'eu-central-1',
  WRIT_PREFIX: 'writ-bench-euc1',
  WRIT_ACCOUNT: '123456789012',
  WRIT_DATA_KEY: 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555',
  WRIT_ISSUER: 'https://login.example.com',
  WRIT_AUDIENCE: 'writ',
  WRIT_FRONT: 'none',
};

/**
 * Script that measures the import of a function in a new process, until its handler and clients
 * exist.
 */
const TIMED =
  'const before = performance.now(); await import(process.argv[1]); process.stdout.write(String(performance.now() - before));';

/**
 * Row 13: measures the code size and the start time of each function. Functions that authorize
 * requests are compared with a function that has the DynamoDB client and bare Cedar, all others
 * with a function that has only the client. The 4.3 MB of Cedar are not included in any size.
 *
 * Only the import is measured, each time in a new process. On Lambda it takes longer, because a
 * function has only a share of a processor.
 */
export async function coldStartRows(progress: (text: string) => void): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  try {
    const built = (await buildFunctions(join(folder, 'functions'))).filter(({ kind }) =>
      KINDS.includes(kind),
    );
    const decides = (of: string) => existsSync(join(folder, 'functions', of, POLICY_FILES.wasm.to));
    const deciding = built.find((fn) => decides(fn.folder));
    const beside = pathToFileURL(join(folder, 'functions', deciding?.folder ?? '', '/')).href;
    const [alone, withCedar] = [
      join(folder, 'client-only.mjs'),
      join(folder, 'client-and-cedar.mjs'),
    ];

    bundle(CLIENT_ONLY, alone);
    bundle(CLIENT_AND_CEDAR, withCedar);

    const entry = (of: string) => join(folder, 'functions', of, 'index.mjs');
    const starts = new Map<string, number[]>([
      [alone, []],
      [withCedar, []],
      ...built.map((fn) => [entry(fn.folder), []] as [string, number[]]),
    ]);

    for (let round = 0; round <= ROUNDS; round++) {
      progress(`starts, round ${round} of ${ROUNDS}`);
      for (const [path, times] of starts) {
        const time = startOf(path, beside);
        if (round > 0) times.push(time); // the first round reads the files from the disk
      }
    }

    const of = (path: string) => spread(starts.get(path) ?? []);
    const baseline = (path: string, what: string) => ({
      ...of(path),
      bytes: statSync(path).size,
      what,
    });

    const [client, cedar] = [
      baseline(alone, 'DynamoDB client'),
      baseline(withCedar, 'client and Cedar'),
    ];

    return built.map(({ name, folder: own }) => {
      const bytes = BUNDLE_FILES.reduce(
        (sum, file) => sum + statSync(join(folder, 'functions', own, file)).size,
        0,
      );
      return rowOf(name, { ...of(entry(own)), bytes }, decides(own) ? cedar : client);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bundle(contents: string, outfile: string): void {
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname },
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'error',
  });
}

function startOf(path: string, beside: string): number {
  const name = path.split('/').at(-2) ?? '';

  const env = {
    PATH: process.env.PATH,
    AWS_LAMBDA_FUNCTION_NAME: name,
    BESIDE: beside,
    ...DEPLOYED,
  };

  const args = ['--input-type=module', '-e', TIMED, pathToFileURL(path).href];

  return Number(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

interface Start extends Spread {
  readonly bytes: number;
}

function rowOf(name: string, start: Start, baseline: Start & { readonly what: string }): Row {
  const ratio = start.median / baseline.median;
  const size = (bytes: number) => `${Math.round(bytes / KB)} KB`;
  const time = ({ median, min, max }: Spread) =>
    `${median.toFixed(0)} ms (${min.toFixed(0)}–${max.toFixed(0)})`;

  return {
    what: `13 start of ${name}`,
    figure: `${size(start.bytes)}, ${time(start)}`,
    baseline: `${baseline.what} ${size(baseline.bytes)}, ${time(baseline)}`,
    ratio: `${ratio.toFixed(2)}×`,
    floor: '600 KB, 1.5×',
    goal: '400 KB, 1.1×',
    met: verdict(start.bytes <= 600 * KB && ratio <= 1.5, start.bytes <= 400 * KB && ratio <= 1.1),
    numbers: {
      bytes: start.bytes,
      importMs: start.median,
      baselineBytes: baseline.bytes,
      baselineMs: baseline.median,
      ratio,
    },
  };
}
