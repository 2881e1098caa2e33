import { join } from 'node:path';
import type { AddCommand } from '#cli/command/command.ts';
import { Page } from '#cli/command/page.ts';
import { runProgram } from '#cli/command/run-program.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands in this process, which no terminal is at. */
export const within = (
  commands: readonly AddCommand[],
  ...args: readonly string[]
): Promise<Said> => run(commands, args);

/**
 * The same, with somebody at the terminal who answers this to whatever is asked. `stdout` has the
 * questions as well.
 */
export const answering = (
  answer: string,
  commands: readonly AddCommand[],
  ...args: readonly string[]
): Promise<Said> => run(commands, args, answer);

async function run(
  commands: readonly AddCommand[],
  args: readonly string[],
  answer?: string,
): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const page = (into: string[]) =>
    new Page({ write: (text: string) => into.push(text) } as unknown as NodeJS.WriteStream);
  const around = { root: join(import.meta.dirname, '../..'), out: page(out), err: page(err) };
  const ask = async (question: string) => {
    out.push(question);
    return answer ?? '';
  };

  const code = await runProgram(commands, args, answer === undefined ? around : { ...around, ask });

  return { code, stdout: out.join(''), stderr: err.join('') };
}
