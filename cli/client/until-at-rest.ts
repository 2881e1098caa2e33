import { setTimeout as after } from 'node:timers/promises';
import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Run } from '../api/answers.ts';
import type { Page } from '../command/page.ts';

/** Pauses between two looks, in milliseconds: the first are short, because most runs take less than a second. Together about 10 minutes. */
const PAUSES_MS = [100, 200, 400, 800, 1_500, 3_000, ...Array<number>(118).fill(5_000)];

/**
 * Looks at a run until it has ended or waits for a person.
 *
 * @throws `run.under-way` (refuse): it is still going on after ten minutes. It goes on by itself.
 */
export async function untilAtRest(look: () => Promise<Run>, err: Page, pauses: readonly number[] = PAUSES_MS): Promise<Run> {
  let [run, stage] = [await look(), ''];
  for (const pause of pauses) {
    if (run.status !== 'running') return run;
    if (run.stage !== stage) err.line(`in stage ${run.stage} …`, { style: 'dim' });
    stage = run.stage;
    await after(pause);
    run = await look();
  }
  if (run.status !== 'running') return run;
  throw new InvalidInputError('run.under-way', `run ${run.id} is still under way; it goes on by itself`, { run: run.id });
}
