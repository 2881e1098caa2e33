import type { Command } from 'commander';

/** Where the data of `npm start` lies, seen from the folder one is in. */
export const DEFAULT_FOLDER = '.writ';

/** Of every command that asks the platform. */
export interface ClientOptions {
  readonly api?: string;
  readonly as?: string;
  readonly data: string;
  readonly json?: true;
}

/** Besides, of those that are about a workspace. */
export interface WorkspaceOptions extends ClientOptions {
  readonly workspace?: string;
}

const WHO = `Who you are: --as, else the token of any issuer in WRIT_TOKEN, else who signed in
last ("npx writ sign-in").`;
const WHERE = `Where the platform is: --api, else WRIT_API, else where
it runs on the data folder.`;

/**
 * Gives a command the options of all that ask the platform as a person that the command names
 * itself, and an example.
 */
export function asksPlatformFor(command: Command, example: string): Command {
  return withExample(reaches(command), example, WHERE);
}

/** The same for commands that ask as whoever somebody is. */
export function asksPlatform(command: Command, example: string): Command {
  return withExample(
    reaches(command).option('--as <person>', 'a sample person, for this command only'),
    example,
    `${WHO} ${WHERE}`,
  );
}

const reaches = (command: Command) =>
  command
    .option('--api <url>', 'where the platform is')
    .option('--data <folder>', 'data folder of the platform on this machine', DEFAULT_FOLDER)
    .option('--json', 'as one JSON object');

const withExample = (command: Command, example: string, more: string) =>
  command.addHelpText('after', `\nExample:\n  ${example}\n\n${more}`);

/** The same for commands that are about a workspace. */
export function asksWorkspace(command: Command, example: string): Command {
  return asksPlatform(
    command.option(
      '--workspace <name>',
      'which workspace (default: the only one you are let into)',
    ),
    example,
  );
}
