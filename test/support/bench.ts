import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeVendor } from '#cli/testing/fake-vendor.ts';
import { JumpingTime } from '#cli/testing/jumping-time.ts';
import { QueueDriver } from '#functions/embedded/queue-driver.ts';
import {
  openWorkbench,
  openWorkbenchOn,
  WORKBENCH_WORKSPACE,
  type Workbench,
  type WorkbenchOptions,
  type WorkbenchStore,
} from '#functions/wiring/workbench.ts';
import { checkTrail, type Entry, type StoredEntry } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { type Approver, type Run, runOf, target } from '#shared/engine/index.ts';
import { parseJson, systemClock, systemTimers } from '#shared/kernel/index.ts';
import { entriesOfRun } from '#shared/ledger/index.ts';
import { afterTest } from './after-test.ts';
import { openAwsBase } from './aws/bench.ts';

export const APPROVER: Approver = {
  actor: { kind: 'user', id: 'approver', auth: 'embedded' },
  roles: ['Compliance Officer'],
};

/**
 * What the promises of the engine are tried on: SQLite with a key file, and the adapters of AWS.
 */
export const ENGINES = ['embedded', 'aws'] as const;
export type Engine = (typeof ENGINES)[number];

/** A workbench on either engine. */
export type Bench = Workbench<WorkbenchStore>;

type BenchOptions = Partial<WorkbenchOptions>;

const times = new WeakMap<Bench, JumpingTime>();

/** @param within - Where it is made. @default - the folder of this machine for such folders */
export function temporaryFolder(within = tmpdir()): string {
  const folder = mkdtempSync(join(within, 'writ-test-'));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A workbench of its own, closed after the test. Unless the test brings a clock or timers, what it
 * waits for is skipped.
 */
export async function workbench(
  flow: Flow,
  options?: BenchOptions & { readonly engine?: 'embedded' },
): Promise<Workbench>;
export async function workbench(
  flow: Flow,
  options: BenchOptions & { readonly engine: Engine },
): Promise<Bench>;
export async function workbench(
  flow: Flow,
  { engine = 'embedded', ...given }: BenchOptions & { readonly engine?: Engine } = {},
) {
  const time =
    given.clock === undefined && given.timers === undefined ? new JumpingTime() : undefined;
  const options = time === undefined ? given : { ...given, clock: time, timers: time };
  const bench: Bench =
    engine === 'aws' ? await onAws(flow, options) : await embedded(flow, options);

  if (time !== undefined) times.set(bench, time);

  return bench;
}

async function embedded(flow: Flow, options: BenchOptions): Promise<Bench> {
  const bench = await openWorkbench(flow, {
    ...options,
    folder: options.folder ?? temporaryFolder(),
  });

  afterTest(() => {
    try {
      bench.store.close();
    } catch {
      // closed by the test itself
    }
  });

  return bench;
}

async function onAws(flow: Flow, options: BenchOptions): Promise<Bench> {
  const base = await openAwsBase({ clock: systemClock, timers: systemTimers, ...options });
  afterTest(() => base.store.close());
  return openWorkbenchOn(flow, options, base);
}

/** Drives every queue of the workbench until no message is left. */
export async function settle(bench: Bench): Promise<void> {
  const failures: unknown[] = [];
  let busy = 0;

  const drivers = bench.functions.map((fn) => {
    const handler: typeof fn.handler = async (event) => {
      busy++;
      try {
        return await fn.handler(event);
      } finally {
        busy--;
      }
    };
    return new QueueDriver(
      bench.store.queues,
      { ...fn, handler },
      (error) => failures.push(error),
      5,
    );
  });

  for (const driver of drivers) driver.start();

  await drained(bench, () => busy === 0);
  for (const driver of drivers) driver.stop();

  if (failures.length > 0) throw failures[0];
}

/** Waits until no message is left; time that passes without anybody at work is skipped. */
async function drained(bench: Bench, isIdle: () => boolean): Promise<void> {
  const time = times.get(bench);
  let left = true;
  const empty = bench.store.queues.drained().then(() => {
    left = false;
  });

  while (time !== undefined && left) {
    await new Promise((resolve) => setImmediate(resolve));
    if (left && isIdle()) time.jump();
  }

  await empty;
}

export async function runDocument(bench: Bench, flow: Flow, run: string): Promise<Run> {
  const [document] = await bench
    .ports('test')
    .ledger.read([target.run({ automation: flow.name, workspace: WORKBENCH_WORKSPACE, run })]);
  if (document === undefined) throw new Error(`no run ${run}`);
  return runOf(document);
}

/** Entries of a run, or all of them, oldest first. */
export async function entriesOf(bench: Bench, run?: string): Promise<Entry[]> {
  const stored: StoredEntry[] = [];
  if (run !== undefined) stored.push(...(await entriesOfRun(bench.store, run)));
  else for await (const entry of bench.store.all()) stored.push(entry);
  return stored
    .map(({ bytes }) => parseJson(bytes) as unknown as Entry)
    .sort((a, b) => a.time - b.time);
}

export async function trailProblems(bench: Bench): Promise<readonly unknown[]> {
  return (await checkTrail(bench.store.all(), bench.store.standing())).problems;
}

export { FakeVendor };

export const idempotent = () => new FakeVendor({ kind: 'idempotent', windowMs: 60_000 });
