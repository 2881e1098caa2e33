import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Flow } from '#shared/automation/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { SealedFileVault } from '#shared/crypto/adapters/sealed-file-vault.ts';
import { type KeyService, type SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import type { EnginePorts } from '#shared/engine/index.ts';
import { CountedMetrics } from '#shared/kernel/adapters/counted-metrics.ts';
import {
  type Clock,
  InvalidInputError,
  type Log,
  type Random,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
} from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { LedgerCorruptError, measured } from '#shared/ledger/index.ts';
import { type ConnectedVendor, inProcessGateway } from '#shared/vendors/adapters/in-process-gateway.ts';
import type { AutomationOperations } from '../http/automations/operations.ts';
import type { GateOperations } from '../http/gates/operations.ts';
import type { RecordOperations } from '../http/records/operations.ts';
import type { WorkspaceOperations } from '../http/workspaces/operations.ts';
import type { IntakeFunction, ScheduledHandler } from '../middleware/automation-functions.ts';
import type { Connectable, SqsHandler } from '../middleware/sqs-function.ts';
import type { VendorFunction } from '../middleware/vendor-function.ts';
import { bundleHash } from './bundle.ts';

export interface EmbeddedOptions {
  /** Folder of the data: the ledger, the key file, the sealed secrets. Created when missing. */
  readonly folder: string;
  /** Folder of the bundles, as `npm run build` makes it. */
  readonly bundles: string;
  /** Base URL of each vendor; may be plain HTTP to this machine. */
  readonly vendors: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly timers?: Timers;
  /** @default 4000 - see the store's option of the same name */
  readonly walPages?: number;
}

/** A function behind a queue, connected, with what its queue needs to know. */
export interface QueueFunction {
  readonly queue: string;
  readonly handler: SqsHandler;
  readonly deadQueue?: string;
  readonly visibilityMs: number;
}

/** The whole platform in one process. Nothing runs until somebody drives the queues. */
export interface Embedded {
  readonly store: SqliteStore;
  readonly vault: SealedFileVault;
  /** What functions measured since the start. */
  readonly metrics: CountedMetrics;
  readonly flows: ReadonlyMap<string, Flow>;
  readonly queues: readonly QueueFunction[];
  /** Sweepers and timers, to be called on a schedule. */
  readonly scheduled: readonly ScheduledHandler[];
  /** Starts runs from uploaded bytes, by automation. */
  readonly intakes: ReadonlyMap<string, ReturnType<IntakeFunction['starter']>>;
  readonly gates: GateOperations;
  readonly workspaces: WorkspaceOperations;
  readonly automations: AutomationOperations;
  readonly records: RecordOperations;
  close(): void;
}

interface Built {
  readonly name: string;
  readonly kind: string;
  readonly automation?: string;
  readonly step?: string;
  readonly vendor?: string;
  readonly folder: string;
  readonly sha256: string;
}

/** A queue's visibility is six times the time its function may take, as AWS asks for. */
const VISIBILITY_FACTOR = 6;
const PLATFORM_TIMEOUT_MS = 30_000;

/**
 * Opens the embedded platform: the bundles that would be deployed, each with its own name and writer, on one SQLite file.
 *
 * @throws `ledger.locked`, `ledger.corrupt`, `ledger.stopped`, `keys.file` (stop), `bundles.missing`, `bundles.changed`
 *   (refuse).
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const built = readManifest(options.bundles);
  const { clock = systemClock, random = systemRandom(), timers = systemTimers, folder, log } = options;
  const metrics = new CountedMetrics(clock);
  const walPages = options.walPages === undefined ? {} : { walPages: options.walPages };
  const service = openKeys(folder, random);
  const store = new SqliteStore({ folder, clock, random, timers, ...walPages });
  try {
    const vault = new SealedFileVault(join(folder, 'secrets.json'), service, random);
    const modules = new Map<string, unknown>();
    for (const fn of built) modules.set(fn.name, await loadBundle(options.bundles, fn));
    const vendors = connectVendors(built, modules, vault, clock, options.vendors);
    const gateway = inProcessGateway(vendors);
    const ports = ({ name, sha256 }: Built, secrets: readonly string[] = []): EnginePorts => ({
      ledger: measured(store.ledger({ name, bundle: sha256 }), metrics),
      keys: new WorkspaceKeys(service, clock, metrics),
      vault: onlyNamed(vault, secrets),
      vendors: gateway,
      clock,
      timers,
      random,
      log,
      metrics,
    });
    return { store, vault, metrics, ...connectFunctions(built, modules, ports, service), close: () => store.close() };
  } catch (error) {
    store.close();
    throw error;
  }
}

function readManifest(bundles: string): Built[] {
  const path = join(bundles, 'functions.json');
  if (!existsSync(path))
    throw new InvalidInputError('bundles.missing', `there are no bundles in ${bundles}; run npm run build first`, { bundles });
  return JSON.parse(readFileSync(path, 'utf8')) as Built[];
}

/** Entries carry the hash of the bundle that wrote them, so it must be the bytes that run. */
async function loadBundle(bundles: string, { name, folder, sha256 }: Built): Promise<unknown> {
  const path = join(bundles, folder, 'index.mjs');
  if (!existsSync(path)) throw new InvalidInputError('bundles.missing', `the bundle ${name} is missing; run npm run build`, { name });
  if (bundleHash(join(bundles, folder)) !== sha256) {
    throw new InvalidInputError('bundles.changed', `the bundle ${name} is not the one that was built; run npm run build`, { name });
  }
  return import(pathToFileURL(path).href);
}

/**
 * The key file belongs to the data. It is made before the ledger, so a start that is cut off leaves either nothing or a key
 * without data, and both can be begun with; it is never made anew for data that is sealed under a lost one.
 */
function openKeys(folder: string, random: Random): KeyService {
  const [keys, secrets] = [join(folder, 'root.key'), join(folder, 'secrets.json')];
  const hasLedger = SqliteStore.exists(folder);
  if (!hasLedger && existsSync(secrets)) {
    throw new LedgerCorruptError(`${folder} holds secrets but no ledger: it was lost; restore it from a backup, or use another folder`, {
      folder,
    });
  }
  if (!hasLedger && !existsSync(keys)) {
    SqliteStore.makeFolder(folder);
    createKeyFile(keys, random);
  }
  return openKeyFile(keys, random);
}

/** The vault as one function sees it: only the secrets it declared. On AWS its role does this. */
function onlyNamed(vault: SecretVault, names: readonly string[]): SecretVault {
  return { get: (name, options) => vault.get(names.includes(name) ? name : '', options) };
}

function connectVendors(
  built: readonly Built[],
  modules: ReadonlyMap<string, unknown>,
  vault: SecretVault,
  clock: Clock,
  urls: Readonly<Record<string, string>>,
): ReadonlyMap<string, ConnectedVendor> {
  const vendors = new Map<string, ConnectedVendor>();
  for (const { name, kind, vendor } of built) {
    if (kind !== 'vendor' || vendor === undefined) continue;
    const fn = modules.get(name) as VendorFunction;
    const place = { url: urls[vendor] ?? `https://${fn.vendor.hosts[0]}`, allowLoopback: true };
    vendors.set(vendor, { kind: fn.vendor.kind, invoke: fn.connect({ vault: onlyNamed(vault, [fn.vendor.secret]), place, clock }) });
  }
  return vendors;
}

function connectFunctions(
  built: readonly Built[],
  modules: ReadonlyMap<string, unknown>,
  ports: (fn: Built, secrets?: readonly string[]) => EnginePorts,
  service: KeyService,
) {
  const queues: QueueFunction[] = [];
  const scheduled: ScheduledHandler[] = [];
  const flows = new Map<string, Flow>();
  const intakes = new Map<string, ReturnType<IntakeFunction['starter']>>();
  for (const fn of built) {
    if (fn.kind !== 'intake' || fn.automation === undefined) continue;
    flows.set(fn.automation, (modules.get(fn.name) as { flow: Flow }).flow);
  }
  for (const fn of built) {
    const connectable = modules.get(fn.name) as Connectable<SqsHandler>;
    const node = fn.step === undefined ? undefined : flows.get(fn.automation ?? '')?.steps.get(fn.step);
    const visibilityMs = VISIBILITY_FACTOR * (node?.timeoutMs ?? PLATFORM_TIMEOUT_MS);
    const own = fn.kind === 'vendor' || fn.kind === 'platform' ? undefined : ports(fn, node?.step.authority.secrets);
    if (own === undefined) continue;
    if (fn.kind === 'sweeper' || fn.kind === 'timers')
      scheduled.push((connectable as unknown as Connectable<ScheduledHandler>).connect(own));
    else
      queues.push({
        queue: fn.name,
        handler: connectable.connect(own),
        visibilityMs,
        ...(fn.kind === 'dead' ? {} : { deadQueue: `${fn.automation}.dead` }),
      });
    if (fn.kind === 'intake') intakes.set(fn.automation ?? '', (connectable as unknown as IntakeFunction).starter(own));
  }
  const platform = <T>(name: string): T => {
    const fn = built.find((one) => one.name === name);
    if (fn === undefined) throw new InvalidInputError('bundles.missing', `the bundle ${name} is missing; run npm run build`, { name });
    const { connect } = modules.get(name) as { connect(ports: EnginePorts, service: KeyService): T };
    return connect(ports(fn), service);
  };
  return {
    queues,
    scheduled,
    flows,
    intakes,
    gates: platform<GateOperations>('gates'),
    workspaces: platform<WorkspaceOperations>('workspaces'),
    automations: platform<AutomationOperations>('automations'),
    records: platform<RecordOperations>('records'),
  };
}
