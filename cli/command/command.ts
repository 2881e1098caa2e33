import type { Command } from 'commander';
import type { Page } from './page.ts';

/** What a command works on and what it writes to. */
export interface Surroundings {
  /** Folder of the checkout. */
  readonly root: string;
  /** What was asked for. */
  readonly out: Page;
  /** What goes wrong. */
  readonly err: Page;
  /** Asks whoever sits at the terminal, and gives what they typed. Absent where nobody does. */
  readonly ask?: (question: string) => Promise<string>;
}

/**
 * Adds one command to the program: its name, its options, what it does. It ends well by returning;
 * what it throws decides the exit code. What it needs it loads when it is called, so that the help
 * of all commands costs nothing.
 */
export type AddCommand = (program: Command, around: Surroundings) => void;
