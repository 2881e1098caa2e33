import type { AddCommand } from '../command/command.ts';
import { jsonText } from '../command/visible.ts';
import { connect } from './connect.ts';
import { asksPlatform, type ClientOptions } from './options.ts';

/** `writ whoami`: how one stands in the directory, as the platform sees it. */
export const whoami: AddCommand = (program, { out }) => {
  const command = program
    .command('whoami')
    .description('who you are to the platform: your roles, and the workspaces you are let into');

  asksPlatform(command, 'npx writ whoami').action(async (options: ClientOptions) => {
    const me = await (await connect(options)).me();
    if (options.json) {
      out.raw(jsonText(me));
      return;
    }

    out.heading(me.id);
    out.row('roles', me.roles.join(', ') || 'none');
    out.row('workspaces', me.workspaces === '*' ? 'every one' : me.workspaces.join(', ') || 'none');
  });
};
