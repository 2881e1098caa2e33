import type { AddCommand } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { addPersonOptions, type ClientOptions } from './options.ts';

/** `writ whoami`: shows the caller as stored in the directory. */
export const whoami: AddCommand = (program, { out }) => {
  const command = program
    .command('whoami')
    .description('Show who you are to the platform: your id, roles and workspaces');

  addPersonOptions(command, 'npx writ whoami').action(async (options: ClientOptions) => {
    const me = await (await connect(options)).me();
    if (options.json) {
      out.raw(jsonText(me));
      return;
    }

    out.heading(me.id);
    out.row('roles', me.roles.join(', ') || 'none');
    out.row('workspaces', me.workspaces === '*' ? 'all' : me.workspaces.join(', ') || 'none');
  });
};
