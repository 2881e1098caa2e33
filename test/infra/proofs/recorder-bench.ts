import { Bank } from '#cli/demo/bank.ts';
import {
  deadLetterFunction,
  intakeFunction,
  stepFunction,
  sweeperFunction,
  timersFunction,
} from '#functions/framework/lambda/automation-functions.ts';
import { vendorFunction } from '#functions/framework/lambda/vendor-function.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import type { Settings } from '#functions/wiring/settings.ts';
import type { Actor } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import {
  createWorkspace,
  decideGate,
  type EnginePorts,
  importRecords,
  openGates,
  type Rollout,
  type Run,
  runOf,
  target,
} from '#shared/engine/index.ts';
import { canonicalBytes, HOUR, type Json, parseJson } from '#shared/kernel/index.ts';
import type { VendorCall } from '#shared/vendors/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import type { Recorder } from './recorder.ts';
import { RecordedAws, type Watch } from './recorder-aws.ts';
import { type HandedOut, Postman } from './recorder-postman.ts';
import { type Trouble, troubledFlow, troubledLedger } from './recorder-trouble.ts';

export const WORKSPACE = 'acme';
const TOKEN = 'token-of-the-bank';

const person = (id: string): Actor => ({ kind: 'user', id, auth: 'embedded' });
const operator = person('operator');

const unwatched: Watch = (client) => client;

/**
 * One automation in an environment on AWS, every function behind clients of its own, whose requests
 * are recorded. Messages move only when told, one after the other, and the clock with them: the
 * same every time, but for ids that come of a key, because the stand-in for KMS draws its keys
 * anew.
 */
export class RecordedBench {
  readonly #recorder: Recorder;
  readonly timers: ManualTimers;
  trouble: Trouble = {};
  readonly #flow: Flow;
  readonly aws: RecordedAws;
  readonly #platform = new Map<string, EnginePorts>();
  readonly #bank: Bank;
  readonly #postman: Postman;
  readonly start;
  readonly sweep;
  readonly fireTimers;

  /** Opens a bench in an environment of these settings, with a workspace and a bank. */
  static async open(flow: Flow, settings: Settings, recorder: Recorder): Promise<RecordedBench> {
    const timers = new ManualTimers(1_800_000_000_000);
    let bench: RecordedBench | undefined;
    const opened = new Bank(TOKEN, {
      dropAfter: () => bench?.trouble.vendor === 'drops',
      refuse: () => (bench?.trouble.vendor === 'refuses' ? 422 : undefined),
    });

    const place = { url: await opened.open(), allowLoopback: true };
    const fn = `vendor.${bank.name}`;

    const invoke = (call: VendorCall) => {
      recorder.invoked(fn);

      if (bench?.trouble.vendor === 'cannot be asked')
        aws.secrets.fail({ error: 'AccessDeniedException' }, 1);

      // each time as if it had just started, so that it never has its secret yet
      const vault = aws.vault(fn, (client) => recorder.watch(fn, client));

      // its limit would be the machine's clock
      return vendorFunction({ ...bank, timeoutMs: HOUR }).connect({ vault, place, clock: timers })(
        call,
      );
    };

    const contents = {
      queues: [...flow.steps.keys(), 'intake'].map((part) => `${flow.name}.${part}`),
      secrets: [[fn, bank.secret, TOKEN] as const, ...secretsOfSteps(flow)],
      vendors: new Map([[bank.name, { kind: bank.kind, invoke }]]),
    };

    const aws: RecordedAws = await RecordedAws.open(settings, contents, timers);

    bench = new RecordedBench(flow, aws, recorder, opened, timers);
    await createWorkspace(bench.unrecorded('workspaces'), {
      keyService: aws.keys(unwatched),
      workspace: WORKSPACE,
      actor: operator,
    });

    return bench;
  }

  private constructor(
    flow: Flow,
    aws: RecordedAws,
    recorder: Recorder,
    opened: Bank,
    timers: ManualTimers,
  ) {
    this.#recorder = recorder;
    this.aws = aws;
    this.timers = timers;
    this.#flow = troubledFlow(flow, () => this.trouble);
    this.#bank = opened;

    const attempts = new Map<unknown, number>();

    aws.front.faults = (_, { body: { ClientRequestToken: token } }) => {
      attempts.set(token, (attempts.get(token) ?? 0) + 1);
      return this.trouble.transaction?.(attempts.get(token) ?? 1);
    };

    aws.front.readFaults = () => this.trouble.reading?.();
    aws.sqs.turnsAway = (fn) => this.trouble.queue?.(fn) ?? false;

    const intake = intakeFunction(this.#flow, (bytes) => parseJson(bytes) as Record<string, Json>);
    const intakePorts = this.#ports(this.fn('intake'));
    const handlers = new Map([
      [this.fn('intake'), intake.connect(intakePorts)],
      [this.fn('dead'), deadLetterFunction(this.#flow).connect(this.#ports(this.fn('dead')))],
    ]);

    for (const step of flow.steps.keys())
      handlers.set(
        this.fn(step),
        stepFunction(this.#flow, step).connect(this.#ports(this.fn(step))),
      );

    this.#postman = new Postman(aws.sqs.queues, handlers, this.fn('dead'), this.timers, recorder);

    const starter = intake.starter(intakePorts);
    const scheduled =
      (part: 'sweeper' | 'timers', call: () => Promise<{ readonly found: number }>) => () => {
        this.#recorder.invoked(this.fn(part));
        return call();
      };

    this.start = async (
      idempotencyKey: string,
      input: Readonly<Record<string, Json>>,
    ): Promise<string> => {
      this.#recorder.invoked(this.fn('intake'));

      const request = {
        workspace: WORKSPACE,
        idempotencyKey,
        requester: person('clerk'),
        bytes: canonicalBytes(input),
      };

      return (await starter(request)).run;
    };

    this.sweep = scheduled(
      'sweeper',
      sweeperFunction(this.#flow).connect(this.#ports(this.fn('sweeper'))),
    );

    this.fireTimers = scheduled(
      'timers',
      timersFunction(this.#flow).connect(this.#ports(this.fn('timers'))),
    );
  }

  /** Moves the clock past the end of every gate that is open. */
  expire(): void {
    this.timers.advance(
      Math.max(...[...this.#flow.gates.values()].map(({ expiresMs }) => expiresMs)),
    );
  }

  async close(): Promise<void> {
    this.#bank.close();
    await this.aws.close();
  }

  get flow(): string {
    return this.#flow.name;
  }

  fn(part: string): string {
    return `${this.#flow.name}.${part}`;
  }

  /**
   * Puts the rollout in place with a commit of its own. Promotion, which is to do it, does not
   * exist yet, and what sets it without evidence to try an automation out is refused on AWS.
   */
  async seed(rollout: Rollout): Promise<void> {
    const { ledger } = this.unrecorded('automations');
    const own = target.control({ automation: this.#flow.name, workspace: WORKSPACE });
    const [standing] = await ledger.read([own]);
    const body = { v: 'control/1', rollout };

    await ledger.commit({
      changes: [
        standing === undefined
          ? { op: 'insert', target: own, body }
          : { op: 'replace', target: own, at: standing, body },
      ],
      entries: [{ workspace: WORKSPACE, actor: operator, action: 'record.import', outcome: 'ok' }],
    });
  }

  import(collection: string, id: string, values: Readonly<Record<string, Json>>): Promise<void> {
    return importRecords(this.unrecorded('records'), this.#flow, {
      workspace: WORKSPACE,
      collection,
      records: [{ id, values }],
      actor: operator,
    });
  }

  async run(run: string): Promise<Run> {
    const [document] = await this.unrecorded('test').ledger.read([
      target.run({ automation: this.#flow.name, workspace: WORKSPACE, run }),
    ]);
    return runOf(document!);
  }

  /** Decides at the gate that a run waits at, as whoever may. */
  async decide(run: string, outcome: 'approved' | 'rejected'): Promise<void> {
    const ports = this.unrecorded('gates');
    const open = (await openGates(ports.ledger, WORKSPACE, this.timers.now())).find(
      ({ key }) => key.run === run,
    );
    if (open === undefined)
      throw new Error(`run ${run} waits at no gate: ${JSON.stringify(await this.run(run))}`);

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
    for await (const { writer, bytes } of this.aws.trail.all())
      if (writer.startsWith(`${this.#flow.name}.`))
        actions.add((parseJson(bytes) as { action: string }).action);
    return actions;
  }

  /** Sends word to a function as somebody would who knows no more than the run. */
  send(part: string, run: string): Promise<void> {
    return this.unrecorded('test').ledger.send([
      { queue: this.fn(part), workspace: WORKSPACE, run, step: part, subjectRefs: [] },
    ]);
  }

  /** Hands out messages until none is left. See {@link Postman}. */
  settle(how: HandedOut = 'once'): Promise<void> {
    return this.#postman.settle(how);
  }

  /** Hands out the messages of one function that are ready. */
  deliver(part: string): Promise<boolean> {
    return this.#postman.deliver(this.fn(part));
  }

  #ports(name: string): EnginePorts {
    return this.#troubled(name, (client) => this.#recorder.watch(name, client));
  }

  /** Ports of those who have no role yet: the functions of the platform, and the test. */
  unrecorded(name: string): EnginePorts {
    const ports = this.#platform.get(name) ?? this.#troubled(name, unwatched);
    this.#platform.set(name, ports);
    return ports;
  }

  #troubled(name: string, watch: Watch): EnginePorts {
    const ports = this.aws.ports(name, watch);
    return { ...ports, ledger: troubledLedger(ports.ledger, name, () => this.trouble) };
  }
}

function secretsOfSteps({ name: automation, steps }: Flow) {
  return [...steps].flatMap(([step, { step: declared }]) =>
    declared.authority.secrets.map(
      (secret) => [`${automation}.${step}`, secret, 'secret'] as const,
    ),
  );
}
