import { DEFAULT_FOLDER } from '../client/options.ts';
import type { AddCommand } from '../command/command.ts';

export interface VerifyOptions {
  readonly data: string;
  readonly json?: true;
}

/** `writ verify`: whether the trail of a data folder is whole. Needs no platform, and may run beside one. */
export const verify: AddCommand = (program, around) => {
  program
    .command('verify')
    .description('check the trail of this machine: nothing missing, nothing changed; also while the platform runs')
    .option('--data <folder>', 'data folder of the platform', DEFAULT_FOLDER)
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
Example:
  npx writ verify --data .writ

Finds an entry or a document that was changed, removed, swapped or added. What it
cannot find: a whole file that was replaced by another consistent one, and entries
cut off at the end of a writer that changed nothing since.`,
    )
    .action(async (options: VerifyOptions) => {
      const { performVerify } = await import('./perform.ts');
      await performVerify(options, around);
    });
};
