import { spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../../cli/demo/main.ts');

export interface CommandExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The demo as a process of its own. @returns its end, and how to kill it. */
export function demoProcess(args: readonly string[]): {
  readonly ended: Promise<CommandExit>;
  kill(): void;
  onOutput(listener: (text: string) => void): void;
} {
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });

  let [stdout, stderr] = ['', ''];
  const listeners: ((text: string) => void)[] = [];
  const heard = (text: string) => {
    for (const listener of listeners) listener(text);
  };

  child.stdout.on('data', (data) => {
    stdout += data;
    heard(String(data));
  });

  child.stderr.on('data', (data) => {
    stderr += data;
    heard(String(data));
  });

  const ended = new Promise<CommandExit>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );

  return {
    ended,
    kill: () => child.kill('SIGKILL'),
    onOutput: (listener) => listeners.push(listener),
  };
}

/** The demo, to its end. */
export const demo = (...args: string[]): Promise<CommandExit> => demoProcess(args).ended;
