import { setTimeout as after } from 'node:timers/promises';
import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Run } from '../api/answers.ts';
import type { Page } from '../command/page.ts';
import { shortRun } from './find.ts';

/**
 * Pauses between polls, in milliseconds; about 10 minutes in total. The first pauses are short,
 * because most runs take less than a second.
 */
const PAUSES_MS = [100, 200, 400, 800, 1_500, 3_000, ...Array<number>(118).fill(5_000)];

/**
 * Number of failed attempts after which polling stops for a step that waits for a vendor. The wait
 * may take hours.
 */
const MAX_ATTEMPTS = 5;

/** Returns the step that waits for a vendor after at least {@link MAX_ATTEMPTS} attempts. */
export function waitingStep({ status, steps }: Run): Run['steps'][number] | undefined {
  if (status !== 'running') return undefined;
  return steps.find(
    ({ waiting, attempts = 0 }) => waiting !== undefined && attempts >= MAX_ATTEMPTS,
  );
}

/**
 * Polls a run until it has ended or waits for a person or a vendor.
 *
 * @throws `run.under-way` (refuse): the run is still working after ten minutes. It continues.
 */
export async function waitUntilSettled(
  read: () => Promise<Run>,
  err: Page,
  pauses: readonly number[] = PAUSES_MS,
): Promise<Run> {
  let [run, stage] = [await read(), ''];
  for (const pause of pauses) {
    if (isSettled(run)) return run;
    if (run.stage !== stage) err.line(`in stage ${run.stage} …`, { style: 'dim' });
    stage = run.stage;
    await after(pause);
    run = await read();
  }

  if (isSettled(run)) return run;

  throw new InvalidInputError(
    'run.under-way',
    `run ${run.id} is still working after 10 minutes; it continues in the background`,
    { run: run.id },
    { help: `run "npx writ trail ${shortRun(run.id)}" to see what it does` },
  );
}

const isSettled = (run: Run) => run.status !== 'running' || waitingStep(run) !== undefined;
