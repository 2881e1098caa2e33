import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { QueueDriver } from '#cli/embedded/queue-driver.ts';
import { openWorkbench, WORKBENCH_WORKSPACE, type Workbench, type WorkbenchOptions } from '#functions/wiring/workbench.ts';
import { checkTrail, type Entry } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import {
  type Approver,
  type Run,
  runOf,
  target,
  type VendorGateway,
  type VendorKind,
  type VendorOutcome,
  type VendorRequest,
} from '#shared/engine/index.ts';
import { parseJson } from '#shared/kernel/index.ts';

export const APPROVER: Approver = { actor: { kind: 'user', id: 'approver', auth: 'embedded' }, roles: ['Compliance Officer'] };

const open: { readonly bench: Workbench; readonly folder: string }[] = [];
const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-test-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const { bench } of open.splice(0)) closeQuietly(bench);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function closeQuietly(bench: Workbench): void {
  try {
    bench.store.close();
  } catch {
    // closed by the test itself
  }
}

/** A workbench in a folder of its own, closed after the test. */
export async function workbench(flow: Flow, options: Partial<WorkbenchOptions> = {}): Promise<Workbench> {
  const folder = options.folder ?? temporaryFolder();
  const bench = await openWorkbench(flow, { ...options, folder });
  open.push({ bench, folder });
  return bench;
}

/** Drives every queue of the workbench until no message is left. */
export async function settle(bench: Workbench): Promise<void> {
  const failures: unknown[] = [];
  const drivers = bench.functions.map((fn) => new QueueDriver(bench.store.queues, fn, (error) => failures.push(error), 5));
  for (const driver of drivers) driver.start();
  await bench.store.queues.drained();
  for (const driver of drivers) driver.stop();
  if (failures.length > 0) throw failures[0];
}

export async function runDocument(bench: Workbench, flow: Flow, run: string): Promise<Run> {
  const [document] = await bench.ports('test').ledger.read([target.run({ automation: flow.name, workspace: WORKBENCH_WORKSPACE, run })]);
  if (document === undefined) throw new Error(`no run ${run}`);
  return runOf(document);
}

export async function entriesOf(bench: Workbench, run?: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  if (run !== undefined) for (const { bytes } of await bench.store.ofRun(run)) entries.push(parseJson(bytes) as unknown as Entry);
  else for await (const { bytes } of bench.store.all()) entries.push(parseJson(bytes) as unknown as Entry);
  return entries;
}

export async function trailProblems(bench: Workbench): Promise<readonly unknown[]> {
  return (await checkTrail(bench.store.all(), bench.store.standing())).problems;
}

type Fault = 'drop' | 'refuse' | 'unreachable' | 'garbage' | undefined;

/**
 * A vendor in memory. `drop` acts and says nothing; `refuse` says no; `unreachable` never gets the request; `garbage` acts
 * and answers nonsense.
 */
export class FakeVendor implements VendorGateway {
  readonly effects: { readonly key: string; readonly body: string }[] = [];
  readonly requests: { readonly key: string; readonly body: string }[] = [];
  lookups = 0;
  fault: (nth: number) => Fault = () => undefined;
  readonly #kind: VendorKind;

  constructor(kind: VendorKind) {
    this.#kind = kind;
  }

  kindOf(): VendorKind {
    return this.#kind;
  }

  async call(vendor: string, request: VendorRequest, key: string): Promise<VendorOutcome> {
    const use = { vendor, host: 'fake', secret: 'fake-secret' };
    const fault = this.fault(this.requests.length + 1);
    if (fault === 'unreachable') return { outcome: 'unsent', use, code: 'econnrefused' };
    this.requests.push({ key, body: request.body });
    if (fault === 'refuse') return { outcome: 'refused', use: { ...use, status: 422 }, code: 'http-422' };
    const known = this.#kind.kind === 'idempotent' && this.effects.some((effect) => effect.key === key);
    if (!known) this.effects.push({ key, body: request.body });
    if (fault === 'drop') return { outcome: 'unknown', use, code: 'connection-lost' };
    if (fault === 'garbage') return { outcome: 'answered', use: { ...use, status: 200 }, body: '<html>' };
    return { outcome: 'answered', use: { ...use, status: 201 }, body: JSON.stringify({ paymentId: `p-${key}` }) };
  }

  async lookup(vendor: string, _: VendorRequest, key: string): Promise<VendorOutcome> {
    this.lookups++;
    const use = { vendor, host: 'fake', secret: 'fake-secret' };
    if (!this.effects.some((effect) => effect.key === key)) return { outcome: 'refused', use: { ...use, status: 404 }, code: 'http-404' };
    return { outcome: 'answered', use: { ...use, status: 200 }, body: JSON.stringify({ paymentId: `p-${key}` }) };
  }
}

export const idempotent = () => new FakeVendor({ kind: 'idempotent', windowMs: 60_000 });
