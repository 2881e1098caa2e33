import type { AddCommand } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { addressFor, localToken } from './connect.ts';
import { asksPlatformFor, type ClientOptions } from './options.ts';
import { rememberPerson } from './session.ts';

/** `writ sign-in`: from then on the commands on this data folder are a sample person's. */
export const signIn: AddCommand = (program, { out }) => {
  const command = program
    .command('sign-in')
    .description('act as a sample person of the platform on this machine, from now on')
    .argument('<person>', 'as npm start prints them, such as sample-approver');

  asksPlatformFor(command, 'npx writ sign-in sample-approver').action(
    async (person: string, options: ClientOptions) => {
      const base = addressFor(options);
      await localToken(base, options.data, person);
      rememberPerson(options.data, person);
      if (options.json) out.raw(jsonText({ person, api: base.origin }));
      else out.line(`You are ${person} now, for the commands on ${options.data}.`);
    },
  );
};
