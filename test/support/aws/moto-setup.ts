import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readFileSync, realpathSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';

/** What a worker is told when it asks for moto. */
export type MotoAnswer = { readonly url: string } | { readonly missing: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** Where workers ask for moto. */
    motoDesk: string;
  }
}

const VERSION = '5.2.1';
const ACCOUNT = '123456789012';
const GET_IT = `pip install 'moto[server]==${VERSION}'`;

/**
 * Runs in the main process of vitest: one moto for the whole run, started when the first test asks
 * for it, so that a run without such tests pays nothing. Workers ask over a small HTTP desk,
 * because only the main process outlives them all.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let moto: Promise<Running> | undefined;

  const desk = createHttpServer((request, response) => {
    const untested =
      URL.parse(request.url ?? '', 'http://desk')?.searchParams.get('for') ?? 'something';
    moto ??= start();
    void answerFor(moto, untested).then((answer) => response.end(JSON.stringify(answer)));
  });

  project.provide('motoDesk', `http://127.0.0.1:${await listen(desk)}`);

  return async () => {
    desk.closeAllConnections();
    desk.close();
    await (await moto?.catch(() => undefined))?.stop();
  };
}

async function answerFor(moto: Promise<Running>, untested: string): Promise<MotoAnswer> {
  try {
    return { url: (await moto).url };
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    if (process.env.CI !== 'true') warn(`NOT TESTED: ${untested}. ${missing}`);
    return { missing };
  }
}

interface Running {
  readonly url: string;
  stop(): Promise<void>;
}

async function start(): Promise<Running> {
  const program = onPath('moto_server');
  if (program === undefined)
    throw new Error(`moto_server is not on the PATH; get it with: ${GET_IT}`);

  const version = versionOf(program);
  if (version !== VERSION)
    warn(
      `moto is ${version ?? 'of an unknown version'}; the tests were written for ${VERSION}: ${GET_IT}`,
    );

  for (let left = 3; ; left--) {
    const port = await freePort();
    const child = launch(program, port);
    if (await answers(child, port))
      return { url: `http://127.0.0.1:${port}`, stop: () => stop(child) };

    await stop(child);

    if (left === 1)
      throw new Error(
        `moto_server ends before it answers; try it by hand: ${program} -H 127.0.0.1 -p ${port}`,
      );
  }
}

/**
 * The shell ends moto when its own input ends, which happens however vitest ends: by itself, by a
 * signal, by SIGKILL. A session of its own keeps it from the terminal's interrupt, which would end
 * the shell before it has ended moto.
 */
const SCRIPT = `exec 3<&0
"$0" "$@" 3<&- </dev/null & moto=$!
{ cat <&3 >/dev/null; kill "$moto" 2>/dev/null; } &
exec 3<&-
wait "$moto"`;

function launch(program: string, port: number): ChildProcess {
  const child = spawn('sh', ['-c', SCRIPT, program, '-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: {
      PATH: process.env.PATH, // nothing else: neither a proxy nor credentials of this machine
      HOME: process.env.HOME,
      MOTO_ACCOUNT_ID: ACCOUNT,
      MOTO_ALLOW_NONEXISTENT_REGION: 'true', // a region for each test file keeps them apart
    },
  });

  child.unref();
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  child.ref();
  child.stdin?.destroy();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Whether moto comes to accept connections before its process ends. */
async function answers(child: ChildProcess, port: number): Promise<boolean> {
  for (
    let tries = 0;
    tries < 600 && child.exitCode === null && child.signalCode === null;
    tries++
  ) {
    const socket = connect(port, '127.0.0.1');
    const up = await new Promise<boolean>((resolve) =>
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)),
    );

    socket.destroy();

    if (up) return true;

    await wait(50);
  }

  return false;
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function onPath(program: string): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {} // the next folder may have it
  }
  return undefined;
}

/**
 * moto tells its version nowhere; the Python that its script names knows, or for a script of pyenv
 * the one on the PATH.
 */
function versionOf(program: string): string | undefined {
  const [, named] =
    /^#!\s*(\S*python\S*)\s*\n/.exec(readFileSync(realpathSync(program), 'utf8')) ?? [];

  try {
    const ask = 'from importlib.metadata import version; print(version("moto"))';
    return execFileSync(named ?? 'python3', ['-c', ask], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

function warn(sentence: string): void {
  process.stderr.write(`\n  !! moto: ${sentence}\n\n`);
}
