import type { Run, StepState } from './documents/index.ts';

/** Returns the run with the state of one step replaced; `undefined` removes it. */
export function withStep(run: Run, name: string, state: StepState | undefined): Run {
  const { [name]: _, ...others } = run.steps;
  return { ...run, steps: state === undefined ? others : { ...others, [name]: state } };
}

/** Returns the run with the status `parked` and the reason, which a person must resolve. */
export function parkRun(run: Run, parked: NonNullable<Run['parked']>): Run {
  return { ...run, status: 'parked', parked };
}
