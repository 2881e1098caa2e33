import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTimeline } from '#cli/trail/format-entry.ts';
import { QueueDriver } from '#functions/embedded/queue-driver.ts';
import type { QueueFunction } from '#functions/wiring/embedded.ts';
import { openWorkbench, WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { checkTrail, type TrailReport } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import {
  type OpenGate,
  type Rollout,
  type Run,
  runOf,
  target,
  type VendorGateway,
  type VendorOutcome,
} from '#shared/engine/index.ts';
import { CLEAR_CLASSES, type Json } from '#shared/kernel/index.ts';
import type { MemoryQueues } from '#shared/ledger/adapters/sqlite/queues.ts';
import type { FakeVendor } from './fake-vendor.ts';
import { JumpingTime } from './jumping-time.ts';

/** Pause before a failed message is delivered again. It does not affect the outcome. */
const REDELIVERY_MS = 5;

type Vendors = Readonly<Record<string, FakeVendor>>;

export interface WorkbenchOptions {
  /**
   * Rollout of the automation. In `shadow`, gates do not wait and vendors are not called.
   *
   * @default 'shadow'
   */
  readonly rollout?: Rollout;
  /** Fake vendors by the name that the automation uses for them. */
  readonly vendors?: Vendors;
  /**
   * Folder of the database and the keys. A workbench opened in the same folder continues its runs.
   *
   * @default - a temporary folder, deleted by `close`
   */
  readonly folder?: string;
}

/** Decision of a person at a gate. */
export interface GateDecision {
  readonly outcome: 'approved' | 'rejected';
  /** 1 to 500 characters. Part of the audit entry. */
  readonly reason: string;
  /**
   * Id of the person who decides. The person who started the run cannot decide its gates.
   *
   * @default 'approver'
   */
  readonly by?: string;
  /**
   * Roles of the person who decides.
   *
   * @default - the role that the gate requires
   */
  readonly roles?: readonly string[];
}

/** State of a run. */
export interface RunState {
  readonly status: Run['status'];
  readonly stage: string;
  /** Values of the public and internal fields. Sealed fields are not readable from a test. */
  readonly fields: Readonly<Record<string, Json>>;
}

/** Automation on the embedded engine, opened by {@link workbench}. */
export interface TestBench extends AsyncDisposable {
  /** Folder of the database and the keys. */
  readonly folder: string;
  /**
   * Starts a run as the user `starter`. A repeated call with the same key and input returns the
   * existing run.
   *
   * @param idempotencyKey - Defaults to a new key for each call.
   * @returns the id of the run.
   * @throws `run.input-invalid` if the input does not match the fields of the automation.
   */
  start(input: Readonly<Record<string, unknown>>, idempotencyKey?: string): Promise<string>;
  /**
   * Runs every step that can run, including retries, and resolves when all runs have ended or wait
   * for a person. Skips the pauses between retries.
   */
  settled(): Promise<void>;
  /**
   * Lists the gates that wait for a person, with the rules that hit and the fields that are shown.
   */
  openGates(): Promise<readonly OpenGate[]>;
  /**
   * Decides an open gate.
   *
   * @throws `gate.role`, `gate.requester`, `gate.reason` and the other `gate.*` codes of the API.
   */
  decide(open: OpenGate, decision: GateDecision): Promise<void>;
  /** Returns the state of a run. */
  run(id: string): Promise<RunState>;
  /** Imports records as an operator. Existing records with the same id are replaced. */
  importRecords(
    collection: string,
    records: readonly { readonly id: string; readonly values: Readonly<Record<string, unknown>> }[],
  ): Promise<void>;
  /** Stores a secret. Steps that list its name in `secrets` can read it. */
  putSecret(name: string, value: string): Promise<void>;
  /** Changes the rollout of the automation for all its runs, including those in progress. */
  setRollout(rollout: Rollout): Promise<void>;
  /** Returns the audit log of a run as text, one or more lines for each entry, oldest first. */
  timeline(run: string): Promise<string[]>;
  /** Checks the whole audit log for gaps and compares it with the stored documents. */
  checkTrail(): Promise<TrailReport>;
  /** Closes the database. Also deletes the folder if the workbench created it. */
  close(): Promise<void>;
}

/**
 * Opens an automation on the embedded engine, from its sources, with fake vendors. Works in every
 * test framework and in plain scripts.
 *
 * @example
 * ```ts
 * import * as z from 'zod/mini';
 * import { automation } from 'writ';
 * import { workbench } from 'writ/testing';
 *
 * const greeting = automation({
 *   name: 'greeting',
 *   version: 1,
 *   purpose: 'greet new customers',
 *   subjects: {},
 *   fields: { customer: z.string(), text: z.string() },
 * });
 * const write = greeting.step('write', {
 *   reads: ['customer'],
 *   writes: ['text'],
 *   effect: 'internal',
 *   run: ({ fields }) => ({ text: `Hello ${fields.customer}` }),
 * });
 *
 * await using bench = await workbench(greeting.flow((run) => run.stage('writing').step(write)));
 * const run = await bench.start({ customer: 'C-204' });
 * await bench.settled();
 * console.log((await bench.run(run)).fields.text); // Hello C-204
 * ```
 */
export async function workbench(flow: Flow, options: WorkbenchOptions = {}): Promise<TestBench> {
  const { rollout, vendors = {} } = options;
  if (rollout !== undefined) assertVendors(flow, vendors, rollout);

  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const time = new JumpingTime();
  const bench = await openWorkbench(flow, {
    folder,
    clock: time,
    timers: time,
    vendors: gatewayTo(vendors),
  });

  if (rollout !== undefined) await bench.seedRollout(rollout);

  const keyOf = (run: string) => ({ automation: flow.name, workspace: WORKBENCH_WORKSPACE, run });
  let starts = 0;

  const close = async () => {
    bench.store.close();
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  };

  return {
    folder,

    async start(input, idempotencyKey = `start-${++starts}-${time.now()}`) {
      const { run } = await bench.start({ idempotencyKey, input });
      return run;
    },

    async settled() {
      await runUntilDrained(bench.functions, bench.store.queues, time);
    },

    openGates: () => bench.openGates(),

    async decide({ key, gate, seen }, { outcome, reason, by = 'approver', roles }) {
      await bench.decide(
        {
          actor: { kind: 'user', id: by, auth: 'embedded' },
          roles: roles ?? [gate.decidedBy],
        },
        { key, gate: gate.gate, seen, outcome, reason },
      );
    },

    async run(id) {
      const key = keyOf(id);
      const [document, ...clear] = await bench
        .ports('test')
        .ledger.read([
          target.run(key),
          ...CLEAR_CLASSES.map((dataClass) => target.fields(key, dataClass)),
        ]);
      if (document === undefined) throw new Error(`the workbench has no run "${id}"`);

      const { status, stage } = runOf(document);
      const fields = clear.map((fieldDocument) => valuesOf(fieldDocument?.body));
      return { status, stage, fields: Object.assign({}, ...fields) };
    },

    importRecords: (collection, records) => bench.importRecords(collection, records),
    putSecret: (name, value) => bench.vault.put(name, value),
    async setRollout(next) {
      assertVendors(flow, vendors, next);
      await bench.seedRollout(next);
    },

    timeline: (run) => formatTimeline(bench.store, run),
    checkTrail: () => checkTrail(bench.store.all(), bench.store.standing()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Delivers messages until all queues are empty.
 *
 * @throws the first error that made a function fail as a whole.
 */
async function runUntilDrained(
  functions: readonly QueueFunction[],
  queues: MemoryQueues,
  time: JumpingTime,
): Promise<void> {
  const failures: unknown[] = [];
  let busy = 0;

  const drivers = functions.map((fn) => {
    const handler: QueueFunction['handler'] = async (event) => {
      busy++;
      try {
        return await fn.handler(event);
      } finally {
        busy--;
      }
    };
    const onFailure = (error: unknown) => failures.push(error);
    return new QueueDriver(queues, { ...fn, handler }, onFailure, REDELIVERY_MS);
  });
  for (const driver of drivers) driver.start();

  while (queues.outstanding > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    // when all functions are idle, the remaining messages wait for a timer, such as a later retry
    if (busy === 0 && queues.outstanding > 0) time.jump();
  }

  await Promise.all(drivers.map((driver) => driver.stop()));
  if (failures.length > 0) throw failures[0];
}

/** Routes each call to the fake vendor with its name. */
function gatewayTo(vendors: Vendors): VendorGateway {
  const notThere = async (vendor: string): Promise<VendorOutcome> => ({
    outcome: 'unsent',
    use: { vendor, host: 'none', secret: 'none' },
    code: 'vendor-unknown',
  });

  return {
    kindOf: (name) => vendors[name]?.kindOf() ?? { kind: 'none' },
    call: (name, request, options) => vendors[name]?.call(name, request, options) ?? notThere(name),
    lookup: (name, request, options) =>
      vendors[name]?.lookup(name, request, options) ?? notThere(name),
  };
}

/** @throws an error that names the first vendor of the automation without a fake. */
function assertVendors(flow: Flow, vendors: Vendors, rollout: Rollout): void {
  if (rollout === 'shadow') return;

  for (const { step } of flow.steps.values())
    for (const vendor of step.authority.vendors)
      if (vendors[vendor] === undefined)
        throw new Error(
          `step ${step.name} calls the vendor "${vendor}": add vendors: { '${vendor}': fakeVendor(…) } to the workbench, or leave the rollout in shadow`,
        );
}

function valuesOf(body: Json | undefined): Readonly<Record<string, Json>> {
  const { values = {} } = (body ?? {}) as { readonly values?: Readonly<Record<string, Json>> };
  return values;
}
