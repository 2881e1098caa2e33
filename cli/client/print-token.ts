import type { AddCommand } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { addressFor, localToken } from './connect.ts';
import { addPlatformOptions, type ClientOptions } from './options.ts';

/** `writ token`: prints a token for calling the API by hand. */
export const token: AddCommand = (program, { out }) => {
  const command = program
    .command('token')
    .description('Print an access token of a sample person, valid for 15 minutes')
    .argument('<person>', 'a sample person, such as sample-auditor');

  addPlatformOptions(command, 'TOKEN=$(npx writ token sample-auditor)').action(
    async (person: string, options: ClientOptions) => {
      const printed = await localToken(addressFor(options), options.data, person);
      out.raw(options.json ? jsonText({ token: printed }) : printed);
    },
  );
};
