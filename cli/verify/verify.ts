import { DEFAULT_FOLDER } from '../client/options.ts';
import type { AddCommand } from '../command/command.ts';
import type { VerifyOptions } from './perform.ts';

/**
 * `writ verify`: compares the trail and the documents of a data folder. Does not need a running
 * platform, but may run at the same time as one.
 */
export const verify: AddCommand = (program, context) => {
  program
    .command('verify')
    .description('Check the trail of a data folder for gaps, and its documents against the trail')
    .option('--data <folder>', 'check this data folder of the platform', DEFAULT_FOLDER)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Example:
  npx writ verify --data .writ

The platform may be running.

Finds:
  - gaps in the trail, and entries that are malformed or in the wrong place
  - entries that were added without the changes that such entries record
  - documents that differ from the trail, or were removed
  - rows that were swapped, or are indexed under a wrong key
  - decisions that differ from their entries, or are not by an approver of the run
  - tables, indexes and triggers that differ from those Writ creates

Cannot find:
  - a document that was added or changed together with a matching entry, such as a
    rollout, or a decision with its approver
  - an actor, reason or value in an entry that was changed to another valid one
  - an added or removed entry of a read, a request, a refusal or a sign-in, if the
    entries after it were renumbered
  - a whole file that was replaced by another consistent one
  - entries removed from the end of a writer that has changed nothing since`,
    )
    .action(async (options: VerifyOptions) => {
      const { performVerify } = await import('./perform.ts');
      await performVerify(options, context);
    });
};
