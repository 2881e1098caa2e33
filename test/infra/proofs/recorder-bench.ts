import { join } from 'node:path';
import { Bank } from '#cli/demo/bank.ts';
import {
  deadLetterFunction,
  intakeFunction,
  stepFunction,
  sweeperFunction,
  timersFunction,
} from '#functions/middleware/automation-functions.ts';
import { vendorFunction } from '#functions/middleware/vendor-function.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import type { Actor } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { SecretMissingError, WorkspaceKeys } from '#shared/crypto/index.ts';
import {
  createWorkspace,
  decideGate,
  type EnginePorts,
  importRecords,
  openGates,
  type Rollout,
  type Run,
  runOf,
  seedRollout,
  target,
} from '#shared/engine/index.ts';
import { canonicalBytes, type Json, parseJson, seededRandom, silentLog } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import { inProcessGateway } from '#shared/vendors/adapters/in-process-gateway.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import type { Recorder } from './recorder.ts';
import { Postman } from './recorder-postman.ts';
import { type Trouble, troubledFlow, troubledLedger } from './recorder-trouble.ts';

export const WORKSPACE = 'acme';
const TOKEN = 'token-of-the-bank';

const person = (id: string): Actor => ({ kind: 'user', id, auth: 'embedded' });
const operator = person('operator');

/**
 * One automation on the embedded engine, every function behind its own recorded ports, as on AWS it is behind its own role.
 * Messages move only when told, one after the other, and the clock with them: the same every time.
 */
export class RecordedBench {
  readonly #recorder: Recorder;
  readonly timers = new ManualTimers(1_800_000_000_000);
  trouble: Trouble = {};
  readonly #flow: Flow;
  readonly #store: SqliteStore;
  readonly #random = seededRandom('enough');
  readonly #service;
  readonly #bank: Bank;
  readonly #postman: Postman;
  readonly #gateway;
  readonly start;
  readonly sweep;
  readonly fireTimers;

  /** Opens a bench in `folder`, with a workspace and a bank. */
  static async open(flow: Flow, folder: string, recorder: Recorder): Promise<RecordedBench> {
    let bench: RecordedBench | undefined;
    const opened = new Bank(TOKEN, {
      dropAfter: () => bench?.trouble.vendor === 'drops',
      refuse: () => (bench?.trouble.vendor === 'refuses' ? 422 : undefined),
    });
    bench = new RecordedBench(flow, folder, recorder, opened, await opened.open());
    await createWorkspace(bench.#unrecorded('workspaces'), bench.#service, WORKSPACE, operator);
    return bench;
  }

  private constructor(flow: Flow, folder: string, recorder: Recorder, opened: Bank, url: string) {
    this.#recorder = recorder;
    this.#flow = troubledFlow(flow, () => this.trouble);
    this.#store = new SqliteStore({ folder, clock: this.timers, random: this.#random, timers: this.timers, walPages: 0 });
    createKeyFile(join(folder, 'root.key'), this.#random);
    this.#service = openKeyFile(join(folder, 'root.key'), this.#random);
    this.#bank = opened;
    const vault = this.#recorder.vault(`vendor.${bank.name}`, {
      get: async (name) => (this.trouble.vendor === 'cannot be asked' ? Promise.reject(new SecretMissingError(name)) : TOKEN),
    });
    const invoke = vendorFunction(bank).connect({ vault, place: { url, allowLoopback: true } });
    this.#gateway = inProcessGateway(new Map([[bank.name, { kind: bank.kind, invoke }]]));
    const intake = intakeFunction(this.#flow, (bytes) => parseJson(bytes) as Record<string, Json>);
    const intakePorts = this.#ports(this.fn('intake'));
    const handlers = new Map([
      [this.fn('intake'), intake.connect(intakePorts)],
      [this.fn('dead'), deadLetterFunction(this.#flow).connect(this.#ports(this.fn('dead')))],
    ]);
    for (const step of flow.steps.keys()) handlers.set(this.fn(step), stepFunction(this.#flow, step).connect(this.#ports(this.fn(step))));
    this.#postman = new Postman(this.#store.queues, handlers, this.fn('dead'), this.timers, recorder);
    const starter = intake.starter(intakePorts);
    const scheduled = (part: 'sweeper' | 'timers', call: () => Promise<{ readonly found: number }>) => () => {
      this.#recorder.invoked(this.fn(part));
      return call();
    };
    this.start = async (idempotencyKey: string, input: Readonly<Record<string, Json>>): Promise<string> => {
      this.#recorder.invoked(this.fn('intake'));
      const request = { workspace: WORKSPACE, idempotencyKey, requester: person('clerk'), bytes: canonicalBytes(input) };
      return (await starter(request)).run;
    };
    this.sweep = scheduled('sweeper', sweeperFunction(this.#flow).connect(this.#ports(this.fn('sweeper'))));
    this.fireTimers = scheduled('timers', timersFunction(this.#flow).connect(this.#ports(this.fn('timers'))));
  }

  /** Moves the clock past the end of every gate that is open. */
  expire(): void {
    this.timers.advance(Math.max(...[...this.#flow.gates.values()].map(({ expiresMs }) => expiresMs)));
  }

  close(): void {
    this.#store.close();
    this.#bank.close();
  }

  fn(part: string): string {
    return `${this.#flow.name}.${part}`;
  }

  seed(rollout: Rollout): Promise<void> {
    return seedRollout(this.#unrecorded('automations'), { automation: this.#flow.name, workspace: WORKSPACE }, rollout, operator);
  }

  import(collection: string, id: string, values: Readonly<Record<string, Json>>): Promise<void> {
    return importRecords(this.#unrecorded('records'), this.#flow, WORKSPACE, collection, [{ id, values }], operator);
  }

  async run(run: string): Promise<Run> {
    const [document] = await this.#unrecorded('test').ledger.read([target.run({ automation: this.#flow.name, workspace: WORKSPACE, run })]);
    return runOf(document!);
  }

  /** Decides at the gate that a run waits at, as whoever may. */
  async decide(run: string, outcome: 'approved' | 'rejected'): Promise<void> {
    const ports = this.#unrecorded('gates');
    const open = (await openGates(ports.ledger, WORKSPACE, this.timers.now())).find(({ key }) => key.run === run);
    if (open === undefined) throw new Error(`run ${run} waits at no gate: ${JSON.stringify(await this.run(run))}`);
    const { key, gate, seen } = open;
    await decideGate(
      ports,
      { actor: person('approver'), roles: [gate.decidedBy] },
      { key, gate: gate.gate, outcome, reason: 'seen', seen },
    );
  }

  /** What functions of the automation wrote of, each action once. */
  async actions(): Promise<ReadonlySet<string>> {
    const actions = new Set<string>();
    for await (const { writer, bytes } of this.#store.all())
      if (writer.startsWith(`${this.#flow.name}.`)) actions.add((parseJson(bytes) as { action: string }).action);
    return actions;
  }

  /** Sends word to a function as somebody would who knows no more than the run. */
  send(part: string, run: string): Promise<void> {
    return this.#unrecorded('test').ledger.send([{ queue: this.fn(part), workspace: WORKSPACE, run, step: part, subjectRefs: [] }]);
  }

  /** Hands out messages until none is left. See {@link Postman}. */
  settle(twice = false): Promise<void> {
    return this.#postman.settle(twice);
  }

  /** Hands out the messages of one function that are ready. */
  deliver(part: string): Promise<boolean> {
    return this.#postman.deliver(this.fn(part));
  }

  #ledger(name: string): Ledger {
    return troubledLedger(this.#store.ledger({ name, bundle: '0'.repeat(64) }), name, () => this.trouble);
  }

  #ports(fn: string): EnginePorts {
    return {
      ...this.#unrecorded(fn),
      ledger: this.#recorder.ledger(fn, this.#ledger(fn)),
      keys: new WorkspaceKeys(this.#recorder.keys(fn, this.#service), this.timers),
      vault: this.#recorder.vault(fn, { get: async () => 'secret' }),
      vendors: this.#recorder.vendors(fn, this.#gateway),
    };
  }

  /** Ports of those who have no role yet: the functions of the platform, and the test. */
  #unrecorded(name: string): EnginePorts {
    return {
      ledger: this.#ledger(name),
      keys: new WorkspaceKeys(this.#service, this.timers),
      vault: { get: (secret) => Promise.reject(new SecretMissingError(secret)) },
      vendors: inProcessGateway(new Map()),
      clock: this.timers,
      timers: this.timers,
      random: this.#random,
      log: silentLog,
    };
  }
}
