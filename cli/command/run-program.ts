import { Command, CommanderError } from 'commander';
import { isWritError } from '#shared/kernel/index.ts';
import type { AddCommand, CommandContext } from './command.ts';
import { CommandExit } from './command-exit.ts';
import { refusalOf } from './refusals.ts';
import { jsonText, visible } from './visible.ts';

const FIRST_STEPS = `
Run "npm start" to start the platform on this machine, with sample people to try
it as. Most other commands need it to be running.\n`;

const EXIT_CODES = `
Exit codes:
  0  success
  1  the request was refused, or a check found problems
  2  wrong option or argument
  3  this machine, the data folder or the platform is not usable`;

/**
 * Runs one command.
 *
 * @returns the exit code.
 * @throws unexpected errors, neither from Writ nor from the system, because they are defects.
 */
export async function runProgram(
  commands: readonly AddCommand[],
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const { out, err } = context;

  const program = new Command('writ')
    .description('Run and audit business workflows whose steps can do only what they declare.')
    .exitOverride() // if the program ended its process, it could not be tested or finish writing
    .configureOutput({
      writeOut: (text) => out.raw(text.trimEnd()),
      writeErr: (text) => err.raw(text.trimEnd()),
    })
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'Show the help of a command')
    .showHelpAfterError('help: run the command with --help to see its options')
    .addHelpText('after', FIRST_STEPS + EXIT_CODES);

  for (const add of commands) add(program, context);

  for (const command of program.commands)
    command.helpOption('-h, --help', 'show this help').addHelpText('after', EXIT_CODES);

  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommandExit) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return explain(error, context, args.includes('--json'));
  }
}

/**
 * Prints an error on standard error, and with `--json` also as one line of JSON on standard output.
 *
 * @returns the exit code.
 */
function explain(error: unknown, { out, err }: CommandContext, json: boolean): number {
  if (isWritError(error)) {
    const { code, message, help } = error;

    if (json) out.raw(jsonText({ problem: { code, message, help } }, { onOneLine: true }));

    err.raw(`${error.code}: ${error.message}`.split('\n').map(visible).join('\n'));
    if (error.help !== undefined) err.raw(visible(`help: ${error.help}`));

    return error.fate === 'stop' || error.fate === 'retry' ? 3 : 1;
  }

  const refusal = refusalOf(error);
  if (refusal === undefined) throw error;

  if (json) out.raw(jsonText({ problem: refusal }, { onOneLine: true }));

  err.raw(visible(`${refusal.code}: ${refusal.message}`));
  if (refusal.help !== undefined) err.raw(visible(`help: ${refusal.help}`));

  return 3;
}
