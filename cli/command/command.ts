import type { Command } from 'commander';
import type { Page } from './page.ts';

/** Environment of a command: the checkout, its output and the terminal. */
export interface CommandContext {
  /** Folder of the checkout. */
  readonly root: string;
  /** Standard output: the result. */
  readonly out: Page;
  /** Standard error: problems and progress. */
  readonly err: Page;
  /** Asks a question on the terminal and returns the answer. Absent without a terminal. */
  readonly ask?: (question: string) => Promise<string>;
}

/**
 * Adds one command to the program. The command succeeds if its action returns; if the action
 * throws, the error determines the exit code. Actions import their dependencies when they run, so
 * that help is printed fast.
 */
export type AddCommand = (program: Command, context: CommandContext) => void;
