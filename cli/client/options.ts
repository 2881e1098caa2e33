import type { Command } from 'commander';

/** Data folder of `npm start`, relative to the current folder. */
export const DEFAULT_FOLDER = '.writ';

/** Options of every command that calls the platform. */
export interface ClientOptions {
  readonly api?: string;
  readonly as?: string;
  readonly data: string;
  readonly json?: true;
}

/** Options of commands that work on one workspace. */
export interface WorkspaceOptions extends ClientOptions {
  readonly workspace?: string;
}

const IDENTITY = `Identity: --as, then the token in WRIT_TOKEN, then the last "npx writ sign-in".`;
const ADDRESS = 'Address:  --api, then WRIT_API, then the platform running on --data.';

/** Adds the options and the example of a command that has the person as an argument. */
export function addPlatformOptions(command: Command, example: string): Command {
  return withExample(withAddress(command), example, ADDRESS);
}

/** Adds the options and the example of a command that runs as the signed-in person. */
export function addPersonOptions(command: Command, example: string): Command {
  return withExample(
    withAddress(command).option('--as <person>', 'act as this sample person, once'),
    example,
    `${IDENTITY}\n${ADDRESS}`,
  );
}

const withAddress = (command: Command) =>
  command
    .option('--api <url>', 'call the platform at this address')
    .option('--data <folder>', 'use this data folder of the platform', DEFAULT_FOLDER)
    .option('--json', 'print one JSON object');

const withExample = (command: Command, example: string, more: string) =>
  command.addHelpText('after', `\nExample:\n  ${example}\n\n${more}`);

/** Adds the options and the example of a command that works on one workspace. */
export function addWorkspaceOptions(command: Command, example: string): Command {
  return addPersonOptions(
    command.option('--workspace <name>', 'use this workspace (default: your only one)'),
    example,
  );
}

/**
 * Formats the options with which a follow-up command reaches the same platform as the same person.
 */
export function repeatedOptions({
  as,
  data,
  api,
}: Pick<ClientOptions, 'as' | 'data' | 'api'>): string {
  const options = [
    ['--as', as],
    ['--data', data === DEFAULT_FOLDER ? undefined : data],
    ['--api', api],
  ] as const;
  return options.map(([name, value]) => (value === undefined ? '' : ` ${name} ${value}`)).join('');
}
