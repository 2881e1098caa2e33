import type { AddCommand } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { addressFor, localToken } from './connect.ts';
import { asksPlatformFor, type ClientOptions } from './options.ts';

/** `writ token`: for whoever asks the API by hand. */
export const token: AddCommand = (program, { out }) => {
  const command = program
    .command('token')
    .description('print a token of a sample person, good for 15 minutes, and nothing else')
    .argument('<person>', 'as npm start prints them, such as sample-auditor');

  asksPlatformFor(command, 'TOKEN=$(npx writ token sample-auditor)').action(
    async (person: string, options: ClientOptions) => {
      const printed = await localToken(addressFor(options), options.data, person);
      out.raw(options.json ? jsonText({ token: printed }) : printed);
    },
  );
};
