import { describeError, describeForeignError, type EntryDraft } from '#shared/audit/index.ts';
import {
  afterStep,
  everyNode,
  type Flow,
  type Node,
  SUPERVISE,
  superviseGate,
} from '#shared/automation/index.ts';
import {
  canonicalJson,
  DefectError,
  fraction,
  isSealedClass,
  isWritError,
  type Json,
} from '#shared/kernel/index.ts';
import {
  type Check,
  type Document,
  isTarget,
  MESSAGE_DELAY_MAX_MS,
  type Message,
  serviceActor,
} from '#shared/ledger/index.ts';
import { Capabilities } from './capabilities.ts';
import { type CommitExtras, commitOf, messagesOf } from './commit-transition.ts';
import { Deadline } from './deadline.ts';
import { decisionsNeeded } from './decisions-needed.ts';
import {
  claimKind,
  type DecisionBody,
  decisionKind,
  gateKind,
  type Run,
  type RunKey,
  target,
  type Waiting,
} from './documents/index.ts';
import { ControlChanged, Effect } from './effect.ts';
import {
  AuthorityError,
  StepFailedError,
  StepResultError,
  StepTimeoutError,
  waitsForOutside,
} from './errors.ts';
import { isDue } from './is-due.ts';
import { type LoadedRun, type LoadPlan, loadRun, versionReason } from './load-run.ts';
import { type Event, sendsOf, transition } from './machine.ts';
import { isDamagedDocument, parkDamaged } from './park-damaged.ts';
import { isByApprover, participantTarget } from './participants.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { StepRecords } from './records.ts';
import { Drawing, RunReservations, reservingSteps, StepReservations } from './reservations.ts';
import { checkValues } from './run-fields.ts';
import { countedAttempts, pauseLeft } from './step-failure.ts';
import { classesOf } from './subjects.ts';

type StepNode = Extract<Node, { kind: 'step' }>;

/**
 * How often one delivery starts over when another one moved the run on. Beyond it, the queue tries
 * again later.
 */
const REREADS = 8;

/**
 * Does what a message for a step asks for, as far as the stored run says there is anything to do:
 * runs the step and commits its result, its failure or its parking. A message that comes twice,
 * late or for nothing changes nothing.
 *
 * @param receives - How often the queue has handed out the message. From the second time on, word
 *   to the steps that follow may have been lost with its predecessor, so it is sent again.
 * @throws what leaves the message to be delivered again (`retry`, `reread`) or ends the process
 *   (`stop`).
 */
export async function deliverStep(
  ports: EnginePorts,
  flow: Flow,
  stepName: string,
  message: Message,
  receives: number,
): Promise<void> {
  const node = flow.steps.get(stepName);
  if (node === undefined) throw new DefectError(`automation ${flow.name} has no step ${stepName}`);

  let received = receives;
  for (let reread = 0; ; reread++) {
    try {
      return await new Delivery(ports, flow, node, message, received).go();
    } catch (error) {
      if (isDamagedDocument(error))
        return parkDamaged(ports, flow, { ...message, step: stepName }, error);

      const again =
        error instanceof ControlChanged || isWritError(error, 'ledger.conflict', 'ledger.unknown');
      if (!again || reread === REREADS) throw error;

      // it may have happened, and then word of what follows was not sent: from now on this is as if
      // the message came again
      if (isWritError(error, 'ledger.unknown')) received = Math.max(received, 2);
    }
  }
}

/** What loading a run for a step brings along. */
export function loadPlan(flow: Flow, { step }: StepNode): LoadPlan {
  const gates = [...flow.gates.keys(), SUPERVISE + step.name];
  const external = step.authority.effect === 'external';

  return {
    fields: [...new Set([...step.authority.reads, ...step.authority.writes])],
    others: (key) => [
      ...reservingSteps(flow, step.authority.draws).map((reserving) =>
        target.reservation(key, reserving),
      ),
      ...(external
        ? [
            target.claim(key, step.name),
            ...gates.flatMap((gate) => [target.decision(key, gate), target.gate(key, gate)]),
          ]
        : []),
    ],
  };
}

class Delivery {
  readonly #ports: EnginePorts;
  readonly #flow: Flow;
  readonly #node: StepNode;
  readonly #message: Message;
  readonly #receives: number;

  constructor(ports: EnginePorts, flow: Flow, node: StepNode, message: Message, receives: number) {
    this.#ports = ports;
    this.#flow = flow;
    this.#node = node;
    this.#message = message;
    this.#receives = receives;
  }

  get #name(): string {
    return this.#node.step.name;
  }

  async go(): Promise<void> {
    const loaded = await loadRun(
      this.#ports,
      this.#flow,
      this.#message,
      loadPlan(this.#flow, this.#node),
    );
    if (loaded === undefined) {
      this.#ports.log.line('warn', 'message for a run that does not exist', {
        run: this.#message.run,
        step: this.#name,
      });
      return;
    }

    const { run } = loaded;
    const state = run.steps[this.#name]?.state;
    if (run.status !== 'running' || state === undefined || state === 'done')
      return this.#sendAgain(loaded);

    const pause = pauseLeft(run.steps[this.#name], this.#ports.clock.now());
    if (pause > 0)
      return this.#ports.ledger.send([
        { ...this.#message, delayMs: Math.min(pause, MESSAGE_DELAY_MAX_MS) },
      ]);
    if (run.definition !== this.#flow.definition)
      return this.#park(loaded, 'run.version', versionReason(this.#flow, run));
    if (!isDue(this.#flow, run, this.#name)) {
      return this.#park(
        loaded,
        'run.inconsistent',
        `step ${this.#name} is ready, but what comes before it is not done`,
      );
    }
    if (this.#node.step.authority.effect !== 'external') return this.#run(loaded, undefined);

    return this.#external(loaded);
  }

  #park(loaded: LoadedRun, code: string, reason: string): Promise<void> {
    const why = { code, reason };
    return this.#commit(
      loaded,
      { type: 'parked', step: this.#name, code, reason },
      { action: 'run.park', outcome: 'failed', why },
    );
  }

  /** Nothing to do here. If word of what follows may have been lost, it is sent again. */
  async #sendAgain(loaded: LoadedRun): Promise<void> {
    // a message that waited for a lease is a new one, and may stand for one that came before: of
    // external steps all count
    if (this.#receives <= 1 && this.#node.step.authority.effect !== 'external') return;

    // only to the steps that follow this one: of what follows those, they are the cause, and no
    // other queue is this role's to write to
    const { steps } = afterStep(this.#flow, this.#name);
    const messages = messagesOf(
      this.#flow,
      loaded.run,
      sendsOf(loaded.run).filter(({ step }) => steps.has(step)),
    );

    if (messages.length > 0) await this.#ports.ledger.send(messages);
  }

  async #external(loaded: LoadedRun): Promise<void> {
    const claim = await this.#claim(loaded);
    if (this.#isGone(loaded.run, claim)) {
      const found = claim === undefined ? 'there is none' : 'the one that is there is older';
      return this.#park(
        loaded,
        'run.inconsistent',
        `step ${this.#name} has made its claim, and ${found}`,
      );
    }

    const standing = claim && claimKind.body(claim);
    if (standing?.state === 'open') {
      const wait = standing.leaseUntil - this.#ports.clock.now();
      if (wait > 0)
        return this.#ports.ledger.send([
          { ...this.#message, delayMs: Math.min(wait, MESSAGE_DELAY_MAX_MS) },
        ]);

      const attempts = countedAttempts(loaded.run.steps[this.#name] ?? {});
      if (attempts >= this.#node.retry.attempts) {
        return this.#park(
          loaded,
          'effect.unknown',
          `vendor ${standing.vendor}: the outcome of intent ${standing.intent} is still unknown after ${attempts} attempts`,
        );
      }

      // what it relies on was checked when it was made
      return this.#run(loaded, { claim, approvals: [] });
    }
    if (loaded.rollout === 'shadow') return this.#run(loaded, undefined);
    const rejected = this.#rejected(loaded);
    if (rejected !== undefined)
      return this.#park(
        loaded,
        'effect.rejected',
        `gate ${rejected} was rejected; what a person refused is not done`,
      );

    const approvals = await this.#approvals(loaded);
    if (approvals === undefined && loaded.run.gates[SUPERVISE + this.#name] !== undefined) {
      return this.#park(
        loaded,
        'approval.stale',
        `what was approved for step ${this.#name} is not what stands now`,
      );
    }

    if (approvals === undefined) {
      const reason = 'no decision covers this effect under the rollout in force';
      return this.#commit(
        loaded,
        { type: 'step-held', step: this.#name, short: this.#isShort(loaded) },
        {
          action: 'effect.hold',
          outcome: 'denied',
          why: { code: 'effect.undecided', reason, rollout: loaded.rollout },
        },
      );
    }

    return this.#run(loaded, { claim, approvals });
  }

  /**
   * The claim of this step. A reading is no snapshot: where the run has one and it was not there
   * yet, it is read again.
   */
  async #claim({ key, run, documents }: LoadedRun): Promise<Document | undefined> {
    const own = target.claim(key, this.#name);
    const found = documents.get(own);
    if (!this.#isGone(run, found)) return found;
    return (await this.#ports.ledger.read([own]))[0];
  }

  /**
   * Whether the run names a claim of this step that is not there. What it claimed may have been
   * done, so it is not made again.
   */
  #isGone({ claims, steps }: Run, claim: Document | undefined): boolean {
    const made = claims?.[this.#name] ?? (steps[this.#name]?.state === 'claimed' ? 1 : 0);
    return (claim === undefined ? 0 : claimKind.body(claim).intent) < made;
  }

  /**
   * The decisions this step may act on, as checks for the claim; undefined when one is missing.
   * Only decision documents count.
   */
  async #approvals(loaded: LoadedRun): Promise<Check[] | undefined> {
    const situation = {
      clear: loaded.fields.clear(),
      rollout: loaded.rollout,
      short: this.#isShort(loaded),
    };

    const parts = await this.#partsOf(loaded);
    const checks = new Map<string, Check>();

    for (const gates of decisionsNeeded(this.#flow, loaded.run, this.#name, situation)) {
      const approved = gates
        .map((gate) => this.#approval(loaded, parts, gate))
        .find((document) => document !== undefined);
      if (approved === undefined) return undefined;

      checks.set(approved.target, {
        target: approved.target,
        at: { rev: approved.rev, commitment: approved.commitment },
      });
    }

    return [...checks.values()];
  }

  #isShort(loaded: LoadedRun): boolean {
    return this.#reservations(loaded).isShort(this.#node.step.authority.draws);
  }

  #reservations({ key, documents }: LoadedRun): RunReservations {
    return new RunReservations(this.#flow, key, documents);
  }

  /** A gate of the flow before this step, or its own, that a person rejected. */
  #rejected({ key, documents }: LoadedRun): string | undefined {
    const before = [...everyNode(this.#flow.nodes)].flatMap((node) =>
      node.kind === 'gate' &&
      ![...everyNode(node.rejected)].some(
        (inner) => inner.kind === 'step' && inner.step.name === this.#name,
      )
        ? [node.gate.name]
        : [],
    );
    return [...before, SUPERVISE + this.#name].find((gate) => {
      const decision = documents.get(target.decision(key, gate));
      return decision !== undefined && decisionKind.body(decision).outcome === 'rejected';
    });
  }

  /**
   * The parts that the people take in the run who decided at its gates. Who decided is known only
   * from what was loaded.
   */
  async #partsOf({ key, documents }: LoadedRun): Promise<Documents> {
    const decisions = [...documents.values()].filter((document) =>
      document?.target.startsWith('decision#'),
    );
    const targets = decisions.map((document) => partOfDecider(key, document)).filter(isTarget);
    return targets.length === 0 ? new Map() : readAll(this.#ports.ledger, [...new Set(targets)]);
  }

  /**
   * The decision at a gate, if it approves what stands now: by an approver of the run, in the role
   * that the declaration names, not by who started the run, on a gate document that shows the
   * values the fields still have. Steps may open gates, so their word is not enough; nor is that of
   * the function of gates, which cannot change the part that a requester takes.
   */
  #approval(
    { key, documents, run, fields }: LoadedRun,
    parts: Documents,
    gate: string,
  ): Document | undefined {
    const clear = fields.clear();
    const document = documents.get(target.decision(key, gate));
    const body = decisionKind.find(document);
    const opened = documents.get(target.gate(key, gate));
    const { decidedBy, shows } =
      this.#flow.gates.get(gate) ?? superviseGate(this.#flow, this.#name);
    const shown = gateKind.find(opened)?.shown ?? {};
    const same = (name: string) =>
      canonicalJson(shown[name] ?? null) === canonicalJson(clear[name] ?? null);

    const approves =
      body?.outcome === 'approved' &&
      body.run === key.run &&
      body.gate === gate &&
      body.role === decidedBy.role &&
      body.by !== run.requester &&
      isByApprover(body, parts.get(partOfDecider(key, document)));

    return approves && opened !== undefined && opened.commitment === body.seen && shows.every(same)
      ? document
      : undefined;
  }

  /** Runs the author's code, or what it pretends, and commits what came of it. */
  async #run(
    loaded: LoadedRun,
    external:
      | { readonly claim: Document | undefined; readonly approvals: readonly Check[] }
      | undefined,
  ): Promise<void> {
    const { step, timeoutMs } = this.#node;
    const deadline = new Deadline(
      timeoutMs,
      this.#ports.timers,
      () => new StepTimeoutError(step.name, timeoutMs),
    );

    const pretending = step.authority.effect === 'external' && external === undefined;
    const records = new StepRecords(this.#flow, loaded.key, this.#ports, loaded.ring);
    const reservations = new StepReservations(this.#flow, loaded.key, step.name, this.#ports);
    const drawing = new Drawing(
      this.#ports.ledger,
      this.#reservations(loaded),
      step.authority.draws,
    );

    const effect =
      external &&
      new Effect({
        ports: this.#ports,
        flow: this.#flow,
        loaded,
        step: step.name,
        timeoutMs,
        approvals: external.approvals,
        claim: external.claim,
        deadline,
        records,
        drawing,
      });

    const capabilities = new Capabilities(
      step,
      loaded.key.run,
      deadline,
      {
        field: (name) => loaded.fields.get(name),
        isSealed: (name) => isSealedClass(this.#flow.fields[name]?.class ?? 'confidential'),
        findRecord: (collection, id) => records.find(collection, id),
        claimRecord: (collection, id, values) => records.claim(collection, id, values),
        reserveRecord: async (collection, id, amounts, options) => {
          const made = await reservations.reserve(collection, id, amounts, options);
          if (made !== undefined) records.note(collection, id, made.record);
          return made?.reserved;
        },
        post: (vendor, path, body, answer) => {
          if (effect === undefined)
            throw new AuthorityError('authority.undeclared', step.name, `vendor ${vendor}`);
          return effect.post(vendor, path, body, answer);
        },
      },
      this.#ports.vault,
    );

    let result: unknown;
    let thrown: unknown;

    try {
      const work = pretending
        ? step.pretend?.(capabilities.context.fields as never)
        : step.run(capabilities.context as never);
      result = isPromise(work) ? await deadline.within(work) : work;
    } catch (error) {
      thrown = error ?? new Error('nothing was thrown');
    } finally {
      deadline.cancel();
      capabilities.end();
    }

    const failure =
      effect?.failure ??
      capabilities.violation ??
      (thrown === undefined ? undefined : this.#asThrown(capabilities, thrown));

    const attempt =
      (loaded.run.steps[step.name]?.attempts ?? 0) +
      (loaded.run.steps[step.name]?.state === 'claimed' ? 0 : 1);
    const entry = { ...this.#told(loaded, capabilities, effect, records), attempt };

    if (failure === undefined) {
      try {
        return await this.#finish(loaded, result, pretending, entry, {
          records,
          reservations,
          drawing,
        });
      } catch (error) {
        // what the step returned cannot be stored: its failure, like any other
        if (!isWritError(error) || error.fate !== 'refuse') throw error;
        return this.#fail(loaded, error, effect, entry);
      }
    }

    if (
      failure instanceof ControlChanged ||
      isWritError(
        failure,
        'ledger.conflict',
        'ledger.unknown',
        'ledger.unavailable',
        'ledger.stopped',
      )
    )
      throw failure;

    return this.#fail(loaded, failure, effect, entry, this.#ports.sourceOf?.(thrown ?? failure));
  }

  /**
   * What the step threw, if one of its capabilities vouches for it; otherwise only what may be told
   * of an author's error.
   */
  #asThrown(capabilities: Capabilities, thrown: unknown): unknown {
    if (capabilities.vouchesFor(thrown) || thrown instanceof StepTimeoutError) return thrown;
    return new StepFailedError(describeForeignError(thrown));
  }

  /** What the entry says of the attempt, whatever its end. */
  #told(
    loaded: LoadedRun,
    { used }: Capabilities,
    effect: Effect | undefined,
    records: StepRecords,
  ): Partial<EntryDraft> {
    const { authority } = this.#node.step;
    const touched = new Set([...used.reads, ...authority.writes]);
    const decisions = effect?.decisions ?? [];

    return {
      classes: [
        ...new Set([
          ...classesOf(this.#flow, touched),
          ...records.opened.map((name) => name.class),
        ]),
      ].sort(),
      reads: used.reads.size === 0 ? undefined : [...used.reads].sort(),
      secrets: used.secrets.size === 0 ? undefined : [...used.secrets].sort(),
      vendors: effect?.use === undefined ? undefined : [effect.use],
      targets: records.seen.size === 0 ? undefined : [...records.seen.values()],
      why: {
        rollout: loaded.rollout,
        decisions: decisions.length === 0 ? undefined : [...decisions],
      },
    };
  }

  async #finish(
    loaded: LoadedRun,
    result: unknown,
    pretended: boolean,
    entry: Partial<EntryDraft>,
    {
      records,
      reservations,
      drawing,
    }: { records: StepRecords; reservations: StepReservations; drawing: Drawing },
  ): Promise<void> {
    const { step } = this.#node;
    if (typeof result !== 'object' || result === null)
      throw new StepResultError(
        `step ${step.name} returned ${result === null ? 'null' : typeof result}; allowed is an object with ${step.authority.writes.join(', ') || 'no fields'}`,
      );

    const { values, problems } = checkValues(
      this.#flow,
      step.authority.writes,
      result as Record<string, unknown>,
    );
    if (problems.length > 0)
      throw new StepResultError(
        `step ${step.name} returned fields that cannot be taken: ${problems.join('; ')}`,
      );

    const written = loaded.fields.write(values, this.#ports.random);
    const clear = { ...loaded.fields.clear(), ...values };
    const seals = Object.keys(written.seals).length === 0 ? {} : { seals: written.seals };
    const reserved = reservations.commit();
    const drawn = await drawing.commit();

    await this.#commit(
      loaded,
      { type: 'step-done', step: step.name, pretended },
      { action: 'step.done', outcome: 'ok', ...entry, ...seals },
      {
        clear,
        changes: [
          ...written.changes,
          ...loaded.ring.takeMinted(),
          ...records.registrations.values(),
          ...reserved.changes,
          ...drawn.changes,
        ],
        checks: reserved.checks,
        diffs: { ...written.diffs, ...reserved.diffs, ...drawn.diffs },
      },
    );
  }

  /** @param at - Where in the author's sources, for the log. */
  async #fail(
    loaded: LoadedRun,
    failure: unknown,
    effect: Effect | undefined,
    entry: Partial<EntryDraft>,
    at?: string,
  ): Promise<void> {
    const { code, message } = describeError(failure, 'step.failed');
    const fate = isWritError(failure) ? failure.fate : 'retry';
    if (fate === 'stop') throw failure;

    const reason = message.slice(0, 500).toWellFormed(); // a cut character could not be stored
    const jitter = fraction(this.#ports.random);

    const event: Event = {
      type: 'step-failed',
      step: this.#name,
      code,
      reason,
      fate,
      jitter,
      waits: waitsForOutside(failure),
    };

    const now = this.#ports.clock.now();
    const after = transition(this.#flow, loaded.run, event, this.#situation(loaded, {}, now));
    const parks = after.run.status === 'parked';
    const waiting = after.run.steps[this.#name]?.waiting;

    this.#ports.log.line(
      'warn',
      parks ? 'step failed, run parked' : 'step failed, will be tried again',
      {
        run: loaded.key.run,
        step: this.#name,
        code,
        because: reason,
        at,
      },
    );

    const why = {
      ...entry.why,
      code,
      reason: reasonOf(after.run.parked?.reason ?? reason, waiting),
    };

    await this.#commit(
      loaded,
      event,
      {
        ...entry,
        action: parks ? 'run.park' : 'step.retry',
        outcome: code.startsWith('authority.') ? 'denied' : 'failed',
        why,
      },
      {
        changes: effect?.settle(now) ?? [],
        now,
      },
    );

    if (waiting !== undefined) this.#ports.metrics.add('StepsWaiting', 1);
  }

  #situation(
    loaded: LoadedRun,
    clear: Readonly<Record<string, Json | undefined>>,
    now = this.#ports.clock.now(),
  ) {
    return { clear, rollout: loaded.rollout, now };
  }

  async #commit(
    loaded: LoadedRun,
    event: Event,
    entry: Pick<EntryDraft, 'action' | 'outcome'> & Partial<EntryDraft>,
    more: Pick<CommitExtras, 'changes' | 'checks' | 'diffs'> & {
      readonly clear?: Readonly<Record<string, Json | undefined>>;
      readonly now?: number;
    } = {},
  ): Promise<void> {
    const clear = more.clear ?? loaded.fields.clear();

    const after = transition(
      this.#flow,
      loaded.run,
      event,
      this.#situation(loaded, clear, more.now),
    );

    const commit = commitOf(this.#flow, loaded, after, clear, {
      entry: { ...entry, actor: serviceActor(this.#ports.ledger), step: this.#name },
      changes: more.changes,
      checks: more.checks,
      diffs: more.diffs,
    });

    await this.#ports.ledger.commit(commit);
  }
}

type Documents = ReadonlyMap<string, Document | undefined>;

/** Key of the part that the person of a decision takes in the run. */
function partOfDecider(key: RunKey, decision: Document | undefined): string {
  const { by } = (decision?.body ?? {}) as Partial<DecisionBody>;
  return participantTarget(key, String(by));
}

/** Why an attempt failed, and since when and until when the step waits. */
function reasonOf(reason: string, waiting: Waiting | undefined): string {
  if (waiting === undefined) return reason;
  const [since, nextAt] = [waiting.since, waiting.nextAt].map((time) =>
    new Date(time).toISOString(),
  );
  return `${reason}; waiting since ${since}, next attempt at ${nextAt}`;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
