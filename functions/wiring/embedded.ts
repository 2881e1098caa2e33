import { join } from 'node:path';
import type { Flow } from '#shared/automation/index.ts';
import { SealedFileVault } from '#shared/crypto/adapters/sealed-file-vault.ts';
import { type KeyService, type SecretVault, WorkspaceKeys } from '#shared/crypto/index.ts';
import type { EnginePorts } from '#shared/engine/index.ts';
import { CountedMetrics } from '#shared/kernel/adapters/counted-metrics.ts';
import {
  type Clock,
  type Log,
  type Random,
  systemClock,
  systemRandom,
  systemTimers,
  type Timers,
} from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { measured } from '#shared/ledger/index.ts';
import {
  type ConnectedVendor,
  inProcessGateway,
} from '#shared/vendors/adapters/in-process-gateway.ts';
import type { IntakeFunction, ScheduledHandler } from '../framework/lambda/automation-functions.ts';
import { type IntakeHandler, intakeHandler } from '../framework/lambda/intake-handler.ts';
import type { Connectable, SqsHandler } from '../framework/lambda/sqs-function.ts';
import type { VendorFunction } from '../framework/lambda/vendor-function.ts';
import type { AutomationOperations } from '../http/automations/operations.ts';
import type { GateOperations } from '../http/gates/operations.ts';
import type { PeopleOperations } from '../http/people/operations.ts';
import type { RecordOperations } from '../http/records/operations.ts';
import type { WorkspaceOperations } from '../http/workspaces/operations.ts';
import { connectHttp, type EmbeddedHttpFunction, type EmbeddedIdentity } from './embedded-http.ts';
import { keysOf } from './embedded-keys.ts';
import { type IntakeReader, intakeReader } from './intake-reader.ts';
import { type LoadedFunction, loadBundles, missingBundle } from './load-bundles.ts';
import { sourcePlaces } from './source-places.ts';

export type { EmbeddedHttpFunction, EmbeddedIdentity } from './embedded-http.ts';

export interface EmbeddedOptions {
  /** Data folder with the ledger, the key file and the sealed secrets. Created if missing. */
  readonly folder: string;
  /** Folder of the bundles, written by `npm run build`. */
  readonly bundles: string;
  /** Base URL of each vendor. Plain HTTP is allowed for this machine. */
  readonly vendors: Readonly<Record<string, string>>;
  readonly log: Log;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly timers?: Timers;
  /** @default 4000 - see the store's option of the same name */
  readonly walPages?: number;
  /**
   * Authentication of the API.
   *
   * @default - no API
   */
  readonly identity?: EmbeddedIdentity;
}

/** Connected function of a queue, with the settings of the queue. */
export interface QueueFunction {
  readonly queue: string;
  readonly handler: SqsHandler;
  readonly deadQueue?: string;
  readonly visibilityMs: number;
}

/**
 * Platform in one process. Its functions run only when a driver delivers messages of the queues.
 */
export interface Embedded {
  readonly store: SqliteStore;
  readonly vault: SealedFileVault;
  /** Metrics since the start. */
  readonly metrics: CountedMetrics;
  readonly flows: ReadonlyMap<string, Flow>;
  readonly queues: readonly QueueFunction[];
  /** Sweepers and timers, to be called on a schedule. */
  readonly scheduled: readonly ScheduledHandler[];
  /**
   * Starts runs from uploaded bytes, by automation. The API uses separate threads instead; see
   * `intake-reader.ts`.
   */
  readonly intakes: ReadonlyMap<string, ReturnType<IntakeFunction['starter']>>;
  readonly gates: GateOperations;
  readonly workspaces: WorkspaceOperations;
  readonly automations: AutomationOperations;
  readonly records: RecordOperations;
  readonly people: PeopleOperations;
  /** Functions of the API; empty without `identity`. */
  readonly http: readonly EmbeddedHttpFunction[];
  close(): void;
}

/**
 * Visibility timeout of a queue, as a multiple of the function timeout. AWS recommends a factor of
 * 6.
 */
const VISIBILITY_FACTOR = 6;
const PLATFORM_TIMEOUT_MS = 30_000;

/**
 * Opens the embedded platform on one SQLite file. It uses the bundles that are deployed to AWS,
 * each with a separate name and writer.
 *
 * @throws `ledger.locked`, `ledger.corrupt`, `ledger.stopped`, `keys.file`, `access.policies`
 *   (stop), `bundles.missing`, `bundles.changed` (refuse).
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  return openEmbeddedOn(options, await loadBundles(options.bundles));
}

/** Opens the embedded platform with loaded functions. See {@link openEmbedded}. */
export function openEmbeddedOn(
  options: Omit<EmbeddedOptions, 'bundles'>,
  loaded: readonly LoadedFunction[],
): Embedded {
  const {
    clock = systemClock,
    random = systemRandom(),
    timers = systemTimers,
    folder,
    log,
    identity,
  } = options;

  const metrics = new CountedMetrics(clock);
  const walPages = options.walPages === undefined ? {} : { walPages: options.walPages };
  const keys = keysOf(folder, random);

  const store = new SqliteStore({
    folder,
    clock,
    random,
    timers,
    metrics,
    mayMake: keys.mayMakeLedger,
    ...walPages,
  });

  try {
    const service = keys.open();
    const vault = new SealedFileVault(join(folder, 'secrets.json'), service, random);
    const gateway = inProcessGateway(connectVendors(loaded, vault, clock, options.vendors));
    const opened = new Map<string, EnginePorts>();

    const ports = (
      { name, sha256, folder }: LoadedFunction,
      secrets: readonly string[] = [],
    ): EnginePorts => {
      const enginePorts = opened.get(name) ?? {
        ledger: measured(store.ledger({ name, bundle: sha256 }), metrics),
        keys: new WorkspaceKeys(service, clock, metrics),
        vault: restrictVault(vault, secrets),
        vendors: gateway,
        clock,
        timers,
        random,
        log,
        metrics,
        sourceOf: folder === undefined ? undefined : sourcePlaces(folder),
      };

      opened.set(name, enginePorts);
      return enginePorts;
    };

    const { handlers, readers, ...functions } = connectFunctions(loaded, ports, timers);
    const parts = { ports, keyService: service, trail: store, intakes: handlers };
    const http = identity === undefined ? [] : connectHttp(loaded, identity, parts);
    const close = () => {
      for (const reader of readers) reader.close();
      store.close();
    };

    return {
      store,
      vault,
      metrics,
      ...functions,
      ...connectOperations(loaded, ports, service),
      http,
      close,
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

/**
 * Restricts a vault to the secrets that a function declares. On AWS, the function's role does this.
 */
function restrictVault(vault: SecretVault, names: readonly string[]): SecretVault {
  return { get: (name, options) => vault.get(names.includes(name) ? name : '', options) };
}

function connectVendors(
  loaded: readonly LoadedFunction[],
  vault: SecretVault,
  clock: Clock,
  urls: Readonly<Record<string, string>>,
): ReadonlyMap<string, ConnectedVendor> {
  const vendors = new Map<string, ConnectedVendor>();
  for (const { kind, vendor, module } of loaded) {
    if (kind !== 'vendor' || vendor === undefined) continue;

    const fn = module as VendorFunction;
    const place = { url: urls[vendor] ?? `https://${fn.vendor.hosts[0]}`, allowLoopback: true };

    vendors.set(vendor, {
      kind: fn.vendor.kind,
      invoke: fn.connect({ vault: restrictVault(vault, [fn.vendor.secret]), place, clock }),
    });
  }

  return vendors;
}

type PortsOf = (fn: LoadedFunction, secrets?: readonly string[]) => EnginePorts;

/** Connects the functions of automations. Queues, schedules and the API call these functions. */
function connectFunctions(loaded: readonly LoadedFunction[], ports: PortsOf, timers: Timers) {
  const queues: QueueFunction[] = [];
  const scheduled: ScheduledHandler[] = [];
  const intakes = new Map<string, ReturnType<IntakeFunction['starter']>>();
  const handlers = new Map<string, IntakeHandler>();
  const readers: IntakeReader[] = [];
  const flows = new Map<string, Flow>();

  for (const { kind, automation, module } of loaded) {
    if (kind === 'intake' && automation !== undefined)
      flows.set(automation, (module as { flow: Flow }).flow);
  }

  for (const fn of loaded) {
    const { name: queue, kind, automation, step, module } = fn;
    if (automation === undefined) continue;

    const node = step === undefined ? undefined : flows.get(automation)?.steps.get(step);
    const enginePorts = ports(fn, node?.step.authority.secrets);
    if (kind === 'sweeper' || kind === 'timers') {
      scheduled.push((module as Connectable<ScheduledHandler>).connect(enginePorts));
      continue;
    }

    const handler = (module as Connectable<SqsHandler>).connect(enginePorts);
    const visibilityMs = VISIBILITY_FACTOR * (node?.timeoutMs ?? PLATFORM_TIMEOUT_MS);

    queues.push({
      queue,
      handler,
      visibilityMs,
      deadQueue: kind === 'dead' ? undefined : `${automation}.dead`,
    });

    if (kind === 'intake') {
      const intake = module as IntakeFunction;
      intakes.set(automation, intake.starter(enginePorts));

      // A function that was loaded from sources has no bundle for a thread to load.
      const reader =
        fn.folder === undefined
          ? undefined
          : intakeReader({ automation, folder: fn.folder, timers });

      if (reader !== undefined) readers.push(reader);

      handlers.set(automation, intakeHandler(intake, reader?.read).connect(enginePorts));
    }
  }

  return { queues, scheduled, flows, intakes, handlers, readers };
}

/** Connects the operations of the API groups for use without the API. */
function connectOperations(loaded: readonly LoadedFunction[], ports: PortsOf, service: KeyService) {
  const connect = <T>(name: string): T => {
    const fn = loaded.find((one) => one.name === name);
    if (fn === undefined) throw missingBundle(name);
    const { operations } = fn.module as {
      operations: { connect(ports: EnginePorts, service: KeyService): T };
    };
    return operations.connect(ports(fn), service);
  };
  return {
    gates: connect<GateOperations>('gates'),
    workspaces: connect<WorkspaceOperations>('workspaces'),
    automations: connect<AutomationOperations>('automations'),
    records: connect<RecordOperations>('records'),
    people: connect<PeopleOperations>('people'),
  };
}
