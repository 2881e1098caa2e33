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
  /**
   * Who may call the API.
   *
   * @default - there is no API
   */
  readonly identity?: EmbeddedIdentity;
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
  /**
   * Starts runs from uploaded bytes, by automation. The API does so by threads of their own, see
   * `intake-reader.ts`.
   */
  readonly intakes: ReadonlyMap<string, ReturnType<IntakeFunction['starter']>>;
  readonly gates: GateOperations;
  readonly workspaces: WorkspaceOperations;
  readonly automations: AutomationOperations;
  readonly records: RecordOperations;
  readonly people: PeopleOperations;
  /** The functions of the API; none without somebody who may call it. */
  readonly http: readonly EmbeddedHttpFunction[];
  close(): void;
}

/** A queue's visibility is six times the time its function may take, as AWS asks for. */
const VISIBILITY_FACTOR = 6;
const PLATFORM_TIMEOUT_MS = 30_000;

/**
 * Opens the embedded platform: the bundles that would be deployed, each with its own name and
 * writer, on one SQLite file.
 *
 * @throws `ledger.locked`, `ledger.corrupt`, `ledger.stopped`, `keys.file`, `access.policies`
 *   (stop), `bundles.missing`, `bundles.changed` (refuse).
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  return openEmbeddedOn(options, await loadBundles(options.bundles));
}

/** The same with functions that are loaded already. */
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
      const own = opened.get(name) ?? {
        ledger: measured(store.ledger({ name, bundle: sha256 }), metrics),
        keys: new WorkspaceKeys(service, clock, metrics),
        vault: onlyNamed(vault, secrets),
        vendors: gateway,
        clock,
        timers,
        random,
        log,
        metrics,
        sourceOf: folder === undefined ? undefined : sourcePlaces(folder),
      };

      opened.set(name, own);
      return own;
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

/** The vault as one function sees it: only the secrets it declared. On AWS its role does this. */
function onlyNamed(vault: SecretVault, names: readonly string[]): SecretVault {
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
      invoke: fn.connect({ vault: onlyNamed(vault, [fn.vendor.secret]), place, clock }),
    });
  }

  return vendors;
}

type PortsOf = (fn: LoadedFunction, secrets?: readonly string[]) => EnginePorts;

/**
 * The functions of automations: those behind queues, and those that a schedule or the API calls.
 */
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
    const own = ports(fn, node?.step.authority.secrets);
    if (kind === 'sweeper' || kind === 'timers') {
      scheduled.push((module as Connectable<ScheduledHandler>).connect(own));
      continue;
    }

    const handler = (module as Connectable<SqsHandler>).connect(own);
    const visibilityMs = VISIBILITY_FACTOR * (node?.timeoutMs ?? PLATFORM_TIMEOUT_MS);

    queues.push({
      queue,
      handler,
      visibilityMs,
      deadQueue: kind === 'dead' ? undefined : `${automation}.dead`,
    });

    if (kind === 'intake') {
      const intake = module as IntakeFunction;
      intakes.set(automation, intake.starter(own));

      // what was loaded from sources has no bundle that a thread could load
      const reader =
        fn.folder === undefined
          ? undefined
          : intakeReader({ automation, folder: fn.folder, timers });

      if (reader !== undefined) readers.push(reader);

      handlers.set(automation, intakeHandler(intake, reader?.read).connect(own));
    }
  }

  return { queues, scheduled, flows, intakes, handlers, readers };
}

/** What the groups of the API can do here without the API. */
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
