import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { AddCommand } from './command.ts';
import { Page } from './page.ts';
import { assertSupported } from './refusals.ts';
import { runProgram } from './run-program.ts';

/**
 * Runs a command in this process and sets the exit code.
 *
 * @param program - Command that people type, such as `npx writ`.
 */
export async function runMain(
  commands: readonly AddCommand[],
  args: readonly string[],
  program: string,
): Promise<void> {
  assertSupported(program);
  process.exitCode = await runProgram(commands, args, {
    root: join(import.meta.dirname, '../..'),
    out: new Page(process.stdout),
    err: new Page(process.stderr),
    ask: process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
  });
}

/**
 * Asks a question on the terminal. Resolves to an empty string if the input ends without an answer.
 */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await new Promise<string>((resolve, reject) => {
      terminal.on('close', () => resolve(''));
      terminal.question(question).then(resolve, reject);
    });
  } finally {
    terminal.close();
  }
}
