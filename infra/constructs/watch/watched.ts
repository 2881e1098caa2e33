import type { FunctionName } from '../../naming/names.ts';

/** An automation, or another group of functions, as those who watch it see it. */
export interface Watched {
  /** Of the automation. */
  readonly name: string;
  readonly functions: readonly FunctionName[];
  /** Those of its functions that are behind a queue. */
  readonly queues: readonly FunctionName[];
}

/** The function behind the queue that takes what starts a run. */
export const intakeOf = (automation: string): FunctionName => `${automation}.intake`;

/** The function that takes the automation's dead letters and parks their runs. */
export const deadLetterConsumerOf = (automation: string): FunctionName => `${automation}.dead`;

/** The automation that a function belongs to: names of automations hold no dot. */
export const automationOf = (fn: FunctionName): string => fn.slice(0, fn.indexOf('.'));
