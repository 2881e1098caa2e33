import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { signIn } from '#cli/api/sign-in.ts';
import { generateSamples } from '#functions/automations/invoice-approval/samples/generator.ts';
import { percentile, type Row, spread, verdict } from './measure.ts';

const ROUNDS = 7;
const CONNECTIONS = 32;
/**
 * Clock ticks per second in `/proc/<pid>/stat`: 100 on every Linux machine that Node.js supports.
 */
const TICKS = 100;

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

/**
 * Measures requests of signed-in people on loopback, compared with a bare Node.js server whose
 * responses have the same size. Before it responds, the platform verifies the token, reads the
 * person, authorizes the request and commits an audit entry. Server and client are separate
 * processes.
 */
export async function httpRows(progress: (text: string) => void): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));

  const platform = await startProcess('cli/start/main.ts', [
    '--data',
    folder,
    '--port',
    '0',
    '--json',
  ]);

  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let bare: Served | undefined;

  try {
    const token = async (person: string) => {
      const code = readFileSync(join(folder, 'sign-in.code'), 'utf8').trim();
      return { authorization: `Bearer ${await signIn(new URL(platform.url), { person, code })}` };
    };

    const [clerk, approver] = [await token('sample-clerk'), await token('sample-approver')];
    const { invoices } = generateSamples('bench');
    let started = 0;

    const start = (): Asked => ({
      method: 'POST',
      path: '/runs?workspace=acme&automation=invoice-approval',
      headers: {
        ...clerk,
        'idempotency-key': `bench-${started}`,
        'content-type': 'application/octet-stream',
      },
      body: invoices[started++ % invoices.length]?.xml ?? '',
    });

    const { id } = JSON.parse((await ask(agent, platform.url, start())).body) as { id: string };
    const get = (path: string) => (): Asked => ({ method: 'GET', path, headers: approver });
    const { body } = await ask(agent, platform.url, get(`/runs/${id}`)());

    bare = await startProcess('bench/bare-server.ts', [String(Buffer.byteLength(body))]);

    const loads: readonly Load[] = [
      {
        what: 'reading a run',
        server: platform,
        n: 1_000,
        next: get(`/runs/${id}`),
        floor: 1_500,
        goal: 3_000,
      },
      {
        what: 'listing 50 runs',
        server: platform,
        n: 200,
        next: get('/runs?workspace=acme'),
        floor: 100,
        goal: 300,
      },
      // the trail has thousands of entries, because each read of the run above adds one
      {
        what: 'a page of a long trail',
        server: platform,
        n: 100,
        next: get(`/runs/${id}/trail`),
        floor: 30,
        goal: 60,
      },
      { what: 'starting runs', server: platform, n: 200, next: start, floor: 150, goal: 300 },
    ];

    const baseline: Load = {
      what: 'bare server',
      server: bare,
      n: 1_000,
      next: () => ({ method: 'GET', path: '/' }),
      floor: 0,
      goal: 0,
    };

    const measured = new Map<Load, Measured[]>([baseline, ...loads].map((one) => [one, []]));

    for (let round = 0; round <= ROUNDS; round++) {
      for (const [one, rounds] of measured) {
        progress(`requests, round ${round} of ${ROUNDS}: ${one.what}`);
        const figures = await load(agent, one);
        if (round > 0) rounds.push(figures); // the first round warms up
      }
    }

    const base = summary(measured.get(baseline) ?? []);

    return loads.map((one) => rowOf(one, summary(measured.get(one) ?? []), base));
  } finally {
    agent.destroy();
    await Promise.all([platform, bare].map(async (served) => served?.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Kind of request, with its floor and goal in requests per second. */
interface Load {
  readonly what: string;
  readonly server: Served;
  readonly n: number;
  readonly next: () => Asked;
  readonly floor: number;
  readonly goal: number;
}

/**
 * Result of one round: requests per second, the latency of each request in milliseconds, and the
 * server's processor time per request in microseconds.
 */
interface Measured {
  readonly perSecond: number;
  readonly waits: readonly number[];
  readonly cpuMicros: number;
}

interface Summary {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMicros: number;
}

function summary(rounds: readonly Measured[]): Summary {
  const waits = rounds.flatMap((round) => round.waits).sort((a, b) => a - b);
  const median = (of: 'perSecond' | 'cpuMicros') => spread(rounds.map((round) => round[of])).median;

  return {
    perSecond: median('perSecond'),
    p50: percentile(waits, 50),
    p99: percentile(waits, 99),
    cpuMicros: median('cpuMicros'),
  };
}

function rowOf({ what, floor, goal }: Load, ours: Summary, bare: Summary): Row {
  const format = ({ perSecond, p99, cpuMicros }: Summary) =>
    `${Math.round(perSecond).toLocaleString('en')}/s, p99 ${p99.toFixed(1)} ms, CPU ${Math.round(cpuMicros)} µs`;
  return {
    what: `requests: ${what}, ${CONNECTIONS} at once`,
    figure: format(ours),
    baseline: `bare server ${format(bare)}`,
    ratio: `${Math.round((ours.perSecond / bare.perSecond) * 100)}%`,
    floor: `${floor}/s`,
    goal: `${goal}/s`,
    met: verdict(ours.perSecond >= floor, ours.perSecond >= goal),
    numbers: {
      ...ours,
      barePerSecond: bare.perSecond,
      bareP99: bare.p99,
      bareCpuMicros: bare.cpuMicros,
    },
  };
}

interface Served {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a server as a separate process, and reads its address from the line of JSON that it
 * prints.
 */
async function startProcess(script: string, args: readonly string[]): Promise<Served> {
  const child: ChildProcessByStdio<null, Readable, null> = spawn(
    process.execPath,
    ['--max-semi-space-size=16', join(import.meta.dirname, '..', script), ...args],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );

  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    const stop = async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    };

    return { url, pid: child.pid ?? 0, stop };
  }

  throw new Error(`${script} ended before it was ready`);
}

/** Sends `n` requests, {@link CONNECTIONS} at a time. */
async function load(agent: Agent, { server: { url, pid }, n, next }: Load): Promise<Measured> {
  const waits: number[] = [];
  let left = n;
  const before = { at: performance.now(), cpu: cpuOf(pid) };

  const one = async () => {
    while (left-- > 0) {
      const asked = performance.now();
      const { status, body } = await ask(agent, url, next());
      if (status >= 300) throw new Error(`${status} from ${url}: ${body}`);
      waits.push(performance.now() - asked);
    }
  };

  await Promise.all(Array.from({ length: CONNECTIONS }, one));

  const perSecond = (n * 1_000) / (performance.now() - before.at);

  return { perSecond, waits, cpuMicros: ((cpuOf(pid) - before.cpu) * 1_000_000) / TICKS / n };
}

/** Returns the processor time that a process has used, user and system, in clock ticks. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function ask(
  agent: Agent,
  url: string,
  { method, path, headers = {}, body }: Asked,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }),
      );
    });

    sent.on('error', reject);
    sent.end(body);
  });
}
