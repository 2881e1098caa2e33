import type { FunctionName } from '../../naming/names.ts';

/** A monitored automation or other group of functions. */
export interface Watched {
  /** Name of the automation or group. */
  readonly name: string;
  readonly functions: readonly FunctionName[];
  /** Functions that have a queue. */
  readonly queues: readonly FunctionName[];
}

/** Returns the intake of an automation, whose queue continues its runs. */
export const intakeOf = (automation: string): FunctionName => `${automation}.intake`;

/** Returns the dead-letter consumer of an automation. */
export const deadLetterConsumerOf = (automation: string): FunctionName => `${automation}.dead`;

/** Returns the automation of a function: the part of the function's name before the first dot. */
export const automationOf = (fn: FunctionName): string => fn.slice(0, fn.indexOf('.'));
