import { Command, CommanderError } from 'commander';
import { isWritError } from '#shared/kernel/index.ts';
import type { AddCommand, Surroundings } from './command.ts';
import { Ended } from './ended.ts';
import { refusalOf } from './refusals.ts';
import { jsonText, visible } from './visible.ts';

const FIRST = `
npm start starts the platform on this machine, with sample people to try it as; the
other commands work on it. npm start -- --help says more.\n`;

const EXIT_CODES = `
Exit code: 0 when it is done, 1 when it is refused or finds something wrong, 2 for a
wrong option, 3 when this machine, its data or the platform cannot be worked with.`;

/**
 * Runs one command.
 *
 * @returns the exit code.
 * @throws what is no error of ours and none of the system: a defect, with all it can tell.
 */
export async function runProgram(
  commands: readonly AddCommand[],
  args: readonly string[],
  around: Surroundings,
): Promise<number> {
  const { out, err } = around;

  const program = new Command('writ')
    .description('Business automations in which each step can do only what it declares.')
    .exitOverride() // a program that ends its process can neither be tested nor finish writing
    .configureOutput({
      writeOut: (text) => out.raw(text.trimEnd()),
      writeErr: (text) => err.raw(text.trimEnd()),
    })
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', FIRST + EXIT_CODES);

  for (const add of commands) add(program, around);

  for (const command of program.commands) command.addHelpText('after', EXIT_CODES);

  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof Ended) return error.exitCode;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return explain(error, around, args.includes('--json'));
  }
}

/** An error as a person should read it, or a program, and the exit code it means. */
function explain(error: unknown, { out, err }: Surroundings, json: boolean): number {
  if (isWritError(error)) {
    if (json)
      out.raw(
        jsonText({ problem: { code: error.code, message: error.message } }, { onOneLine: true }),
      );

    err.raw(`${error.code}: ${error.message}`.split('\n').map(visible).join('\n'));
    return error.fate === 'stop' || error.fate === 'retry' ? 3 : 1;
  }

  const refusal = refusalOf(error);
  if (refusal === undefined) throw error;

  if (json) out.raw(jsonText({ problem: refusal }, { onOneLine: true }));

  err.raw(visible(`${refusal.code}: ${refusal.message}`));

  return 3;
}
