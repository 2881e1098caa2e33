import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Actor } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { SealedFileVault } from '#shared/crypto/adapters/sealed-file-vault.ts';
import { WorkspaceKeys } from '#shared/crypto/index.ts';
import {
  createWorkspace,
  decideGate,
  type EnginePorts,
  openGates,
  type Rollout,
  type Started,
  type StartRequest,
  seedRollout,
  startRun,
  type VendorGateway,
} from '#shared/engine/index.ts';
import {
  type Clock,
  type Log,
  type Random,
  silentLog,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
} from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import { inProcessGateway } from '#shared/vendors/adapters/in-process-gateway.ts';
import { deadLetterFunction, intakeFunction, stepFunction, sweeperFunction, timersFunction } from '../middleware/automation-functions.ts';
import type { QueueFunction } from './embedded.ts';

export interface WorkbenchOptions {
  readonly folder: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly timers?: Timers;
  readonly log?: Log;
  readonly vendors?: VendorGateway;
  /** Puts something between a function and its ledger: a fault, a recorder. */
  readonly between?: (ledger: Ledger, fn: string) => Ledger;
  /** @default 0 */
  readonly walPages?: number;
}

/** Who starts runs on a workbench. */
export const STARTER: Actor = { kind: 'user', id: 'starter', auth: 'embedded' };
export const WORKBENCH_WORKSPACE = 'bench';

/**
 * One automation, wired from its sources instead of its bundles, on the embedded engine: for tests, measurements and trying
 * a declaration out. Entries carry a bundle hash of zeros, so that nobody takes them for those of a deployed function.
 */
export async function openWorkbench(flow: Flow, options: WorkbenchOptions) {
  const {
    folder,
    clock = systemClock,
    random = systemRandom(),
    timers = systemTimers,
    log = silentLog,
    between = (ledger) => ledger,
  } = options;
  const store = new SqliteStore({ folder, clock, random, timers, walPages: options.walPages ?? 0 });
  const keyPath = join(folder, 'root.key');
  try {
    createKeyFile(keyPath, { bytes: (length) => new Uint8Array(randomBytes(length)) });
  } catch {
    // there already: the folder is opened again
  }
  const service = openKeyFile(keyPath, random);
  const vault = new SealedFileVault(join(folder, 'secrets.json'), service, random);
  const vendors = options.vendors ?? inProcessGateway(new Map());
  const ledger = (name: string) => between(store.ledger({ name, bundle: '0'.repeat(64) }), name);
  const ports = (name: string): EnginePorts => ({
    ledger: ledger(name),
    keys: new WorkspaceKeys(service, clock),
    vault,
    vendors,
    clock,
    timers,
    random,
    log,
  });
  const operator: Actor = { kind: 'user', id: 'operator', auth: 'embedded' };
  await createWorkspace({ ledger: ledger('workspaces') }, service, WORKBENCH_WORKSPACE, operator);
  const intake = ports(`${flow.name}.intake`);
  const gates = ports('gates');
  const dead = `${flow.name}.dead`;
  const functions: QueueFunction[] = [...flow.steps].map(([step, { timeoutMs }]) => {
    const queue = `${flow.name}.${step}`;
    return { queue, handler: stepFunction(flow, step).connect(ports(queue)), visibilityMs: 6 * timeoutMs, deadQueue: dead };
  });
  functions.push({
    queue: `${flow.name}.intake`,
    handler: intakeFunction(flow, () => ({})).connect(intake),
    visibilityMs: 60_000,
    deadQueue: dead,
  });
  functions.push({ queue: dead, handler: deadLetterFunction(flow).connect(ports(dead)), visibilityMs: 60_000 });
  return {
    store,
    vault,
    ports,
    functions,
    sweep: sweeperFunction(flow).connect(ports(`${flow.name}.sweeper`)),
    fireTimers: timersFunction(flow).connect(ports(`${flow.name}.timers`)),
    start: (request: Partial<StartRequest> & Pick<StartRequest, 'idempotencyKey' | 'input'>): Promise<Started> =>
      startRun(intake, flow, { workspace: WORKBENCH_WORKSPACE, requester: STARTER, ...request }),
    seedRollout: (rollout: Rollout) =>
      seedRollout({ ledger: ledger('automations') }, { automation: flow.name, workspace: WORKBENCH_WORKSPACE }, rollout, operator),
    openGates: () => openGates(gates.ledger, WORKBENCH_WORKSPACE, clock.now()),
    decide: (...[approver, request]: [Parameters<typeof decideGate>[1], Parameters<typeof decideGate>[2]]) =>
      decideGate(gates, approver, request),
  };
}

export type Workbench = Awaited<ReturnType<typeof openWorkbench>>;
