import { DEFAULT_FOLDER } from '../client/options.ts';
import type { AddCommand } from '../command/command.ts';

export interface VerifyOptions {
  readonly data: string;
  readonly json?: true;
}

/**
 * `writ verify`: whether trail and documents of a data folder fit together. Needs no platform, and
 * may run beside one.
 */
export const verify: AddCommand = (program, around) => {
  program
    .command('verify')
    .description(
      'check the trail of this machine for gaps, and the documents against it; also while the platform runs',
    )
    .option('--data <folder>', 'data folder of the platform', DEFAULT_FOLDER)
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  npx writ verify --data .writ

Finds gaps in the trail, entries that are not of their form or not in their place,
entries that were added without the changes that such entries tell of, documents that
are not as the trail tells, rows that were swapped or are found under something else
than they say, decisions that are not as their entries say or not by an approver of
the run, and tables, indexes and triggers that are not as Writ made them.
What it cannot find: a document that was added or changed together with an entry that
tells of it, such as a rollout, or a decision with its approver; other words of an
entry (an actor, a reason, a value) that were changed into valid words; an entry that
was added, or removed with those after it renumbered, and tells of a look, a request,
a refusal or a sign-in; a whole file that
was replaced by another consistent one; and entries cut off at the end of a writer
that changed nothing since.`,
    )
    .action(async (options: VerifyOptions) => {
      const { performVerify } = await import('./perform.ts');
      await performVerify(options, around);
    });
};
