import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { AddCommand } from './command.ts';
import { Page } from './page.ts';
import { assertRuns } from './refusals.ts';
import { runProgram } from './run-program.ts';

/**
 * Runs a command as this process, and sets its exit code.
 *
 * @param how - How people call it, such as `npx writ`.
 */
export async function runMain(
  commands: readonly AddCommand[],
  args: readonly string[],
  how: string,
): Promise<void> {
  assertRuns(how);
  process.exitCode = await runProgram(commands, args, {
    root: join(import.meta.dirname, '../..'),
    out: new Page(process.stdout),
    err: new Page(process.stderr),
    ask: process.stdin.isTTY && process.stdout.isTTY ? ask : undefined,
  });
}

/** Where the input ends without an answer, the answer is empty. */
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
