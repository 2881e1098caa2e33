import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { generateSamples } from '#functions/automations/invoice-approval/samples/generator.ts';
import { percentile, type Row, spread, verdict } from './measure.ts';

const ROUNDS = 7;
const REQUESTS = 1_000;
const ALONE = 200;
const CONNECTIONS = 32;
/** Clock ticks a second in `/proc/<pid>/stat`; Linux has had 100 on every machine Node runs on. */
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
 * Requests of signed-in people on loopback, each with its token verified, its person read, its decision made and its entry
 * committed before the answer; beside a bare server of Node that answers as many bytes. Server and client are processes of their own.
 */
export async function httpRows(progress: (text: string) => void): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const platform = await startProcess('cli/start/main.ts', ['--data', folder, '--port', '0', '--json']);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  let bare: Served | undefined;
  try {
    const token = async () => {
      const code = readFileSync(join(folder, 'sign-in.code'), 'utf8').trim();
      const body = JSON.stringify({ person: 'sample-clerk', code });
      const answer = await ask(agent, platform.url, {
        method: 'POST',
        path: '/sign-in',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return { authorization: `Bearer ${(JSON.parse(answer.body) as { token: string }).token}` };
    };
    const signedIn = await token();
    const { invoices } = generateSamples('bench');
    const start = (i: number): Asked => ({
      method: 'POST',
      path: '/runs?workspace=acme&automation=invoice-approval',
      headers: { ...signedIn, 'idempotency-key': `bench-${i}`, 'content-type': 'application/xml' },
      body: invoices[i % invoices.length]?.xml ?? '',
    });
    const first = JSON.parse((await ask(agent, platform.url, start(0))).body) as { id: string };
    const read = (): Asked => ({ method: 'GET', path: `/runs/${first.id}`, headers: signedIn });
    const { body } = await ask(agent, platform.url, read());
    bare = await startProcess('bench/bare-server.ts', [String(Buffer.byteLength(body))]);

    const rates = { bare: [] as number[], read: [] as number[], start: [] as number[] };
    const waits = { bare: [] as number[], read: [] as number[], start: [] as number[], alone: [] as number[] };
    const cpu = { bare: [] as number[], read: [] as number[], start: [] as number[] };
    let next = 1;
    for (let round = 0; round <= ROUNDS; round++) {
      progress(`requests, round ${round} of ${ROUNDS}`);
      const measured = {
        bare: await load(agent, bare, REQUESTS, () => ({ method: 'GET', path: '/' })),
        read: await load(agent, platform, REQUESTS, read),
        start: await load(agent, platform, 200, () => start(next++)),
      };
      if (round === 0) continue; // warm
      for (const name of ['bare', 'read', 'start'] as const) {
        rates[name].push(measured[name].perSecond);
        cpu[name].push(measured[name].cpuMicros);
        waits[name].push(...measured[name].waits);
      }
      for (let i = 0; i < ALONE / ROUNDS; i++) {
        const before = performance.now();
        await ask(agent, platform.url, read());
        waits.alone.push(performance.now() - before);
      }
    }
    const p = (of: keyof typeof waits, at: number) =>
      percentile(
        [...waits[of]].sort((a, b) => a - b),
        at,
      );
    const row = (what: string, of: 'read' | 'start', floor: number, goal: number): Row => {
      const [ours, base] = [spread(rates[of]).median, spread(rates.bare).median];
      const [own, bareCpu] = [spread(cpu[of]).median, spread(cpu.bare).median];
      return {
        what,
        figure: `${Math.round(ours).toLocaleString('en')}/s, p99 ${p(of, 99).toFixed(1)} ms, CPU ${Math.round(own)} µs`,
        baseline: `bare server ${Math.round(base).toLocaleString('en')}/s, p99 ${p('bare', 99).toFixed(1)} ms, CPU ${Math.round(bareCpu)} µs`,
        ratio: `${Math.round((ours / base) * 100)}%`,
        floor: `${floor}/s`,
        goal: `${goal}/s`,
        met: verdict(ours >= floor, ours >= goal),
        numbers: {
          perSecond: ours,
          p50: p(of, 50),
          p99: p(of, 99),
          cpuMicros: own,
          barePerSecond: base,
          bareP99: p('bare', 99),
          bareCpuMicros: bareCpu,
          ...(of === 'read' ? { aloneP50: p('alone', 50), aloneP99: p('alone', 99) } : {}),
        },
      };
    };
    return [
      row(`requests: reading a run, ${CONNECTIONS} at once`, 'read', 1_500, 3_000),
      row(`requests: starting runs, ${CONNECTIONS} at once`, 'start', 150, 300),
    ];
  } finally {
    agent.destroy();
    await Promise.all([platform, bare].map(async (served) => served?.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Served {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a server in a process of its own, which prints a line of JSON with its address. */
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

/** `n` requests, {@link CONNECTIONS} at a time. */
async function load(agent: Agent, { url, pid }: Served, n: number, next: () => Asked) {
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

/** Ticks of processor time that a process has used, user and system. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function ask(agent: Agent, url: string, { method, path, headers = {}, body }: Asked): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { agent, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
