import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '../../../cli');

export interface CommandExit {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `writ` as a process of its own, to its end. */
export const writ = (...args: readonly string[]): Promise<CommandExit> =>
  run('main.ts', args).ended;

/** `npm start` as a process of its own. */
export interface StartProcess {
  /** What `--json` printed. Rejects when the process ends before it runs. */
  readonly ready: Promise<{
    readonly url: string;
    readonly data: string;
    readonly people: readonly { readonly id: string }[];
  }>;
  readonly ended: Promise<CommandExit>;
  kill(signal: NodeJS.Signals): void;
}

export function startProcess(...args: readonly string[]): StartProcess {
  const { child, ended, line } = run('start/main.ts', args);
  const early = ended.then(({ code, stderr }) =>
    Promise.reject(new Error(`npm start ended with ${code}: ${stderr}`)),
  );
  const ready = Promise.race([line.then((text) => JSON.parse(text)), early]);
  // it ends at some time, and not every test wants it to run
  for (const promise of [early, ready]) promise.catch(() => {});

  return { ready, ended, kill: (signal) => child.kill(signal) };
}

function run(
  main: string,
  args: readonly string[],
): { child: ChildProcess; ended: Promise<CommandExit>; line: Promise<string> } {
  const env = { ...process.env, NO_COLOR: '1' };

  for (const name of ['WRIT_TOKEN', 'WRIT_API']) Reflect.deleteProperty(env, name);

  const child = spawn(process.execPath, [join(CLI, main), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });

  let [stdout, stderr] = ['', ''];

  const line = new Promise<string>((resolve) => {
    child.stdout.on('data', (data) => {
      stdout += data;
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
  });

  child.stderr.on('data', (data) => {
    stderr += data;
  });

  const ended = new Promise<CommandExit>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout, stderr })),
  );

  return { child, ended, line };
}
