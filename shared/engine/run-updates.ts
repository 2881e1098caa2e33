import type { Run, StepState } from './documents/index.ts';

/** Returns the run with another state of one step; `undefined` removes the step's state. */
export function withStep(run: Run, name: string, state: StepState | undefined): Run {
  const { [name]: _, ...others } = run.steps;
  return { ...run, steps: state === undefined ? others : { ...others, [name]: state } };
}

/** Returns the run parked for a person, with the reason. */
export function parkRun(run: Run, parked: NonNullable<Run['parked']>): Run {
  return { ...run, status: 'parked', parked };
}
