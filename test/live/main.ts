import { spawn } from 'node:child_process';
import { once } from 'node:events';
import configuration from '#infra/config.ts';
import { describeForeignError } from '#shared/audit/index.ts';
import { awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { base32, isWritError, systemRandom, waitingTimers } from '#shared/kernel/index.ts';
import { charter } from './charter.ts';
import { type CleanedUp, removeAll, type Whose } from './cleanup.ts';
import { type Clients, clientsOf } from './clients.ts';
import { checkCredentials, chosenGround, RefusedError } from './guards.ts';
import { makeAll } from './make.ts';
import { GivenUpError } from './patience.ts';
import { PREFIX, type RunData } from './run.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/** @returns the exit code. */
async function main(): Promise<number> {
  const ground = chosenGround(process.env, configuration);
  const clients = clientsOf({ region: ground.region });

  await checkCredentials(ground, clients.sts);

  if (process.argv.includes('--cleanup') || process.env.WRIT_LIVE_CLEANUP === '1')
    return cleanUp(clients, 'every run');

  const id = base32(systemRandom().bytes(5)).toLowerCase();

  for (const line of charter(ground.account, ground.region, id)) say(line);

  for (const [name, value] of Object.entries(process.env).filter(([name]) =>
    name.startsWith('AWS_ENDPOINT_URL'),
  )) {
    say(`${name} is ${value}: this is not AWS`);
  }

  // Ctrl-C reaches the tests, too, and ends them; what was made is taken away all the same
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => (interrupted = true));

  const unlessInterrupted = (line: string) => {
    if (interrupted) throw new GivenUpError('interrupted');
    say(`making ${line}`);
  };

  let failed = 1;

  try {
    const run = await makeAll(clients, ground, id, waitingTimers, unlessInterrupted);
    if (!interrupted)
      failed = await test({ ...ground, id, dataKey: run.dataKey, secret: run.secret });
  } catch (error) {
    say(`cannot go on: ${wordsFor(error)}`);
  }

  return (await cleanUp(clients, { id })) || failed;
}

/** Runs the suites in vitest, which learns of the run from its environment. */
async function test(run: RunData): Promise<number> {
  const only = process.argv.slice(2);

  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'vitest.live.config.ts',
    ...only,
  ];

  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    env: { ...process.env, WRIT_LIVE_RUN: JSON.stringify(run) },
  });

  const [code] = (await once(child, 'exit')) as [number | null];

  return code ?? 1;
}

async function cleanUp(clients: Clients, whose: Whose): Promise<number> {
  say(`taking away what ${whose === 'every run' ? `earlier runs left (${PREFIX}…)` : 'was made'}`);
  const { removed, left }: CleanedUp = await removeAll(clients, whose, waitingTimers);
  for (const what of removed) say(`  removed ${what}`);
  for (const what of left) say(`  LEFT ${what}`);
  if (left.length > 0)
    say(`${left.length} left. Try "npm run live -- --cleanup" in a minute, or the commands above.`);
  return left.length > 0 ? 1 : 0;
}

/**
 * What may be said of an error: of one that is not of this program only its name and place, as its
 * message may hold anything.
 */
function wordsFor(error: unknown): string {
  if (error instanceof GivenUpError || isWritError(error)) return error.message;
  return `${awsErrorName(error)} (${describeForeignError(error)})`;
}

try {
  process.exitCode = await main();
} catch (error) {
  say(error instanceof RefusedError ? error.message : `cannot start: ${wordsFor(error)}`);
  process.exitCode = 1;
}
