import { setTimeout as after } from 'node:timers/promises';
import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Run } from '../api/answers.ts';
import type { Page } from '../command/page.ts';

/**
 * Pauses between two looks, in milliseconds: the first are short, because most runs take less than
 * a second. Together about 10 minutes.
 */
const PAUSES_MS = [100, 200, 400, 800, 1_500, 3_000, ...Array<number>(118).fill(5_000)];

/**
 * After so many attempts a step that waits for something outside is not looked at any longer: it
 * may be hours.
 */
const ATTEMPTS_WATCHED = 5;

/** The step that waits for something outside, once that takes longer. */
export function waitingStep({ status, steps }: Run): Run['steps'][number] | undefined {
  if (status !== 'running') return undefined;
  return steps.find(
    ({ waiting, attempts = 0 }) => waiting !== undefined && attempts >= ATTEMPTS_WATCHED,
  );
}

/**
 * Looks at a run until it has ended, waits for a person, or waits for something outside.
 *
 * @throws `run.under-way` (refuse): it is still going on after ten minutes. It goes on by itself.
 */
export async function waitUntilSettled(
  look: () => Promise<Run>,
  err: Page,
  pauses: readonly number[] = PAUSES_MS,
): Promise<Run> {
  let [run, stage] = [await look(), ''];
  for (const pause of pauses) {
    if (isSettled(run)) return run;
    if (run.stage !== stage) err.line(`in stage ${run.stage} …`, { style: 'dim' });
    stage = run.stage;
    await after(pause);
    run = await look();
  }

  if (isSettled(run)) return run;

  throw new InvalidInputError(
    'run.under-way',
    `run ${run.id} is still under way; it goes on by itself`,
    { run: run.id },
  );
}

const isSettled = (run: Run) => run.status !== 'running' || waitingStep(run) !== undefined;
