import { join } from 'node:path';
import type { AddCommand } from '#cli/command/command.ts';
import { Page } from '#cli/command/page.ts';
import { runProgram } from '#cli/command/run-program.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Commands in this process. */
export async function within(commands: readonly AddCommand[], ...args: readonly string[]): Promise<Said> {
  const [out, err]: [string[], string[]] = [[], []];
  const page = (into: string[]) => new Page({ write: (text: string) => into.push(text) } as unknown as NodeJS.WriteStream);
  const code = await runProgram(commands, args, { root: join(import.meta.dirname, '../..'), out: page(out), err: page(err) });
  return { code, stdout: out.join(''), stderr: err.join('') };
}
