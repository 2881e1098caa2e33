import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Actor } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { SealedFileVault } from '#shared/crypto/adapters/sealed-file-vault.ts';
import { type KeyService, type SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import {
  createWorkspace,
  decideGate,
  type EnginePorts,
  importRecords,
  openGates,
  type Rollout,
  type StartRequest,
  type StartResult,
  seedRollout,
  startRun,
  type VendorGateway,
} from '#shared/engine/index.ts';
import {
  type Clock,
  type Log,
  type Metrics,
  type Random,
  silentLog,
  silentMetrics,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
} from '#shared/kernel/index.ts';
import type { MemoryQueues } from '#shared/ledger/adapters/sqlite/queues.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import {
  type Ledger,
  measured,
  type TrailReader,
  type WriterIdentity,
} from '#shared/ledger/index.ts';
import { inProcessGateway } from '#shared/vendors/adapters/in-process-gateway.ts';
import {
  deadLetterFunction,
  intakeFunction,
  stepFunction,
  sweeperFunction,
  timersFunction,
} from '../framework/lambda/automation-functions.ts';
import type { QueueFunction } from './embedded.ts';

export interface WorkbenchOptions {
  readonly folder: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly timers?: Timers;
  readonly log?: Log;
  readonly metrics?: Metrics;
  readonly vendors?: VendorGateway;
  /** Wraps the ledger of a function, for example to inject faults or record calls. */
  readonly between?: (ledger: Ledger, fn: string) => Ledger;
  /** @default 0 */
  readonly walPages?: number;
}

/** Store of a workbench: documents, trail and messages. */
export interface WorkbenchStore extends TrailReader {
  readonly queues: MemoryQueues;
  /** Opens a ledger for one function. Each call returns a new instance with a separate writer. */
  ledger(identity: WriterIdentity): Ledger;
  /**
   * Returns the number of commits and entries so far, and of commits that were refused because a
   * document had changed.
   */
  counts(): { readonly commits: number; readonly entries: number; readonly conflicts: number };
  close(): void | Promise<void>;
}

/** Store, keys and secrets of a workbench. */
export interface WorkbenchBase<Store extends WorkbenchStore = WorkbenchStore> {
  readonly store: Store;
  readonly keys: KeyService;
  readonly vault: SecretVault & { put(name: string, value: string): Promise<void> };
}

/** Default requester of runs on a workbench. */
export const STARTER: Actor = { kind: 'user', id: 'starter', auth: 'embedded' };
export const WORKBENCH_WORKSPACE = 'bench';

/**
 * Opens the embedded engine in a folder. The data in the folder is kept after the engine is closed.
 */
function embedded({
  folder,
  walPages = 0,
  ...options
}: WorkbenchOptions): WorkbenchBase<SqliteStore> {
  const { clock = systemClock, random = systemRandom(), timers = systemTimers } = options;
  const store = new SqliteStore({ folder, clock, random, timers, walPages });
  const keyPath = join(folder, 'root.key');

  try {
    createKeyFile(keyPath, { bytes: (length) => new Uint8Array(randomBytes(length)) });
  } catch {
    // The file exists because the folder was opened before.
  }

  const keys = openKeyFile(keyPath, random);

  return { store, keys, vault: new SealedFileVault(join(folder, 'secrets.json'), keys, random) };
}

/** Opens a workbench for one automation on the embedded engine. See {@link openWorkbenchOn}. */
export function openWorkbench(
  flow: Flow,
  options: WorkbenchOptions,
): Promise<Workbench<SqliteStore>> {
  return openWorkbenchOn(flow, options, embedded(options));
}

/**
 * Opens a workbench for one automation, connected from sources instead of bundles. It is for tests,
 * benchmarks and trying out a declaration. Entries have a bundle hash of zeros, so they cannot be
 * mistaken for entries of a deployed function.
 */
export async function openWorkbenchOn<Store extends WorkbenchStore>(
  flow: Flow,
  options: Omit<WorkbenchOptions, 'folder' | 'walPages'>,
  { store, keys: service, vault }: WorkbenchBase<Store>,
) {
  const {
    clock = systemClock,
    random = systemRandom(),
    timers = systemTimers,
    log = silentLog,
    between = (ledger) => ledger,
    metrics = silentMetrics,
  } = options;

  const vendors = options.vendors ?? inProcessGateway(new Map());
  const ledger = (name: string) =>
    measured(between(store.ledger({ name, bundle: '0'.repeat(64) }), name), metrics);

  const ports = (name: string): EnginePorts => ({
    ledger: ledger(name),
    keys: new WorkspaceKeys(service, clock, metrics),
    vault,
    vendors,
    clock,
    timers,
    random,
    log,
    metrics,
  });

  const operator: Actor = { kind: 'user', id: 'operator', auth: 'embedded' };

  await createWorkspace(
    { ledger: ledger('workspaces') },
    { keyService: service, workspace: WORKBENCH_WORKSPACE, actor: operator },
  );

  const intake = ports(`${flow.name}.intake`);
  const gates = ports('gates');
  const dead = `${flow.name}.dead`;

  const connect = (): QueueFunction[] => [
    ...[...flow.steps].map(([step, { timeoutMs }]) => {
      const queue = `${flow.name}.${step}`;
      return {
        queue,
        handler: stepFunction(flow, step).connect(ports(queue)),
        visibilityMs: 6 * timeoutMs,
        deadQueue: dead,
      };
    }),
    {
      queue: `${flow.name}.intake`,
      handler: intakeFunction(flow, () => ({})).connect(ports(`${flow.name}.intake`)),
      visibilityMs: 60_000,
      deadQueue: dead,
    },
    { queue: dead, handler: deadLetterFunction(flow).connect(ports(dead)), visibilityMs: 60_000 },
  ];

  return {
    store,
    vault,
    ports,
    functions: connect(),
    /** Connects new instances of the queue functions, after a crash or beside the existing ones. */
    connect,
    sweep: sweeperFunction(flow).connect(ports(`${flow.name}.sweeper`)),
    fireTimers: timersFunction(flow).connect(ports(`${flow.name}.timers`)),
    start: (
      request: Partial<StartRequest> & Pick<StartRequest, 'idempotencyKey' | 'input'>,
    ): Promise<StartResult> =>
      startRun(intake, flow, { workspace: WORKBENCH_WORKSPACE, requester: STARTER, ...request }),
    seedRollout: (rollout: Rollout) =>
      seedRollout(
        { ledger: ledger('automations') },
        { automation: flow.name, workspace: WORKBENCH_WORKSPACE, rollout, actor: operator },
      ),
    /** Imports records as an operator. See `importRecords`. */
    importRecords: (collection: string, records: Parameters<typeof importRecords>[2]['records']) =>
      importRecords(ports('records'), flow, {
        workspace: WORKBENCH_WORKSPACE,
        collection,
        records,
        actor: operator,
      }),
    openGates: () => openGates(gates.ledger, WORKBENCH_WORKSPACE, clock.now()),
    decide: (
      ...[approver, request]: [Parameters<typeof decideGate>[1], Parameters<typeof decideGate>[2]]
    ) => decideGate(gates, approver, request),
  };
}

export type Workbench<Store extends WorkbenchStore = SqliteStore> = Awaited<
  ReturnType<typeof openWorkbenchOn<Store>>
>;
