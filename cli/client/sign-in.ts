import type { AddCommand } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { addressFor, localToken } from './connect.ts';
import { addPlatformOptions, type ClientOptions } from './options.ts';
import { rememberPerson } from './session.ts';

/** `writ sign-in`: signs in a sample person for later commands that use the data folder. */
export const signIn: AddCommand = (program, { out }) => {
  const command = program
    .command('sign-in')
    .description('Sign in as a sample person of the platform on this machine')
    .argument('<person>', 'a sample person, such as sample-approver');

  addPlatformOptions(command, 'npx writ sign-in sample-approver').action(
    async (person: string, options: ClientOptions) => {
      const base = addressFor(options);
      await localToken(base, options.data, person);
      rememberPerson(options.data, person);
      if (options.json) out.raw(jsonText({ person, api: base.origin }));
      else out.line(`You are ${person} now, in commands on the data folder ${options.data}.`);
    },
  );
};
