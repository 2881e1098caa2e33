import { describeError, type EntryDraft } from '#shared/audit/index.ts';
import type { Flow, Node } from '#shared/automation/index.ts';
import { DefectError, fraction, isWritError, type Json } from '#shared/kernel/index.ts';
import { type Check, type Document, MESSAGE_DELAY_MAX_MS, type Message, serviceActor } from '#shared/ledger/index.ts';
import { Capabilities } from './capabilities.ts';
import { type Around, commitOf, messagesOf } from './commit-transition.ts';
import { Deadline } from './deadline.ts';
import { ControlChanged, Effect } from './effect.ts';
import { AuthorityError, StepResultError, StepTimeoutError } from './errors.ts';
import { type LoadedRun, type LoadPlan, loadRun } from './load-run.ts';
import { decisionsNeeded, type Event, isDue, SUPERVISE, sendsOf, transition } from './machine.ts';
import type { EnginePorts } from './ports.ts';
import { afterStep } from './reach.ts';
import { StepRecords } from './records.ts';
import { type ClaimBody, type DecisionBody, type RunKey, target, versionReason } from './run.ts';
import { checkValues } from './run-fields.ts';
import { classesOf } from './subjects.ts';

type StepNode = Extract<Node, { kind: 'step' }>;

/** How often one delivery starts over when another one moved the run on. Beyond it, the queue tries again later. */
const REREADS = 8;

/**
 * Does what a message for a step asks for, as far as the stored run says there is anything to do: runs the step and commits
 * its result, its failure or its parking. A message that comes twice, late or for nothing changes nothing.
 *
 * @param receives - How often the queue has handed out the message. From the second time on, word to the steps that follow
 *   may have been lost with its predecessor, so it is sent again.
 * @throws what leaves the message to be delivered again (`retry`, `reread`) or ends the process (`stop`).
 */
export async function deliverStep(ports: EnginePorts, flow: Flow, stepName: string, message: Message, receives: number): Promise<void> {
  const node = flow.steps.get(stepName);
  if (node === undefined) throw new DefectError(`automation ${flow.name} has no step ${stepName}`);
  for (let reread = 0; ; reread++) {
    try {
      return await new Delivery(ports, flow, node, message, receives).go();
    } catch (error) {
      const again = error instanceof ControlChanged || isWritError(error, 'ledger.conflict', 'ledger.unknown');
      if (!again || reread === REREADS) throw error;
    }
  }
}

/** What loading a run for a step brings along. */
export function loadPlan(flow: Flow, { step }: StepNode): LoadPlan {
  const gates = [...flow.gates.keys(), SUPERVISE + step.name];
  const external = step.authority.effect === 'external';
  return {
    fields: [...new Set([...step.authority.reads, ...step.authority.writes])],
    others: (key) => (external ? [target.claim(key, step.name), ...gates.map((gate) => target.decision(key, gate))] : []),
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
    const loaded = await loadRun(this.#ports, this.#flow, this.#message, loadPlan(this.#flow, this.#node));
    if (loaded === undefined) {
      this.#ports.log.line('warn', 'message for a run that does not exist', { run: this.#message.run, step: this.#name });
      return;
    }
    const { run } = loaded;
    const state = run.steps[this.#name]?.state;
    if (run.status !== 'running' || state === undefined || state === 'done') return this.#sendAgain(loaded);
    if (run.definition !== this.#flow.definition) return this.#park(loaded, 'run.version', versionReason(this.#flow, run));
    if (!isDue(this.#flow, run, this.#name)) {
      return this.#park(loaded, 'run.inconsistent', `step ${this.#name} is ready, but what comes before it is not done`);
    }
    if (this.#node.step.authority.effect !== 'external') return this.#run(loaded, undefined);
    return this.#external(loaded);
  }

  #park(loaded: LoadedRun, code: string, reason: string): Promise<void> {
    const why = { code, reason };
    return this.#commit(loaded, { type: 'parked', step: this.#name, code, reason }, { action: 'run.park', outcome: 'failed', why });
  }

  /** Nothing to do here. If word of what follows may have been lost, it is sent again. */
  async #sendAgain(loaded: LoadedRun): Promise<void> {
    if (this.#receives <= 1) return;
    // only to the steps that follow this one: of what follows those, they are the cause, and no other queue is this role's to write to
    const { steps } = afterStep(this.#flow, this.#name);
    const messages = messagesOf(
      this.#flow,
      loaded.run,
      sendsOf(loaded.run).filter(({ step }) => steps.has(step)),
    );
    if (messages.length > 0) await this.#ports.ledger.send(messages);
  }

  async #external(loaded: LoadedRun): Promise<void> {
    const claim = loaded.documents.get(target.claim(loaded.key, this.#name));
    const standing = claim?.body as unknown as ClaimBody | undefined;
    if (standing?.state === 'open') {
      const wait = standing.leaseUntil - this.#ports.clock.now();
      if (wait > 0) return this.#ports.ledger.send([{ ...this.#message, delayMs: Math.min(wait, MESSAGE_DELAY_MAX_MS) }]);
      const { attempts = 0 } = loaded.run.steps[this.#name] ?? {};
      if (attempts >= this.#node.retry.attempts) {
        return this.#park(
          loaded,
          'effect.unknown',
          `vendor ${standing.vendor}: the outcome of intent ${standing.intent} is still unknown after ${attempts} attempts`,
        );
      }
      return this.#run(loaded, { claim, approvals: [] }); // what it relies on was checked when it was made
    }
    if (loaded.rollout === 'shadow') return this.#run(loaded, undefined);
    const approvals = this.#approvals(loaded);
    if (approvals === undefined) {
      const reason = 'no decision covers this effect under the rollout in force';
      return this.#commit(
        loaded,
        { type: 'step-held', step: this.#name },
        { action: 'effect.hold', outcome: 'denied', why: { code: 'effect.undecided', reason, rollout: loaded.rollout } },
      );
    }
    return this.#run(loaded, { claim, approvals });
  }

  /** The decisions this step may act on, as checks for the claim; undefined when one is missing. Only decision documents count. */
  #approvals(loaded: LoadedRun): Check[] | undefined {
    const situation = { clear: loaded.fields.clear(), rollout: loaded.rollout };
    const checks = new Map<string, Check>();
    for (const gates of decisionsNeeded(this.#flow, loaded.run, this.#name, situation)) {
      const approved = gates.map((gate) => this.#approval(loaded.key, loaded.documents, gate)).find((document) => document !== undefined);
      if (approved === undefined) return undefined;
      checks.set(approved.target, { target: approved.target, at: { rev: approved.rev, commitment: approved.commitment } });
    }
    return [...checks.values()];
  }

  #approval(key: RunKey, documents: LoadedRun['documents'], gate: string): Document | undefined {
    const document = documents.get(target.decision(key, gate));
    const body = document?.body as unknown as DecisionBody | undefined;
    return body?.outcome === 'approved' && body.run === key.run && body.gate === gate ? document : undefined;
  }

  /** Runs the author's code, or what it pretends, and commits what came of it. */
  async #run(
    loaded: LoadedRun,
    external: { readonly claim: Document | undefined; readonly approvals: readonly Check[] } | undefined,
  ): Promise<void> {
    const { step, timeoutMs } = this.#node;
    const deadline = new Deadline(timeoutMs, this.#ports.timers, () => new StepTimeoutError(step.name, timeoutMs));
    const pretending = step.authority.effect === 'external' && external === undefined;
    const effect =
      external && new Effect(this.#ports, this.#flow, loaded, step.name, timeoutMs, external.approvals, external.claim, deadline);
    const records = new StepRecords(this.#flow, loaded.key, this.#ports);
    const capabilities = new Capabilities(
      step,
      loaded.key.run,
      deadline,
      {
        field: (name) => loaded.fields.get(name),
        findRecord: (collection, id) => records.find(collection, id),
        claimRecord: (collection, id) => records.claim(collection, id),
        post: (vendor, path, body, answer) => {
          if (effect === undefined) throw new AuthorityError('authority.undeclared', step.name, `vendor ${vendor}`);
          return effect.post(vendor, path, body, answer);
        },
      },
      this.#ports.vault,
    );
    let result: unknown;
    let thrown: unknown;
    try {
      const work = pretending ? step.pretend?.(capabilities.context.fields as never) : step.run(capabilities.context as never);
      result = isPromise(work) ? await deadline.within(work) : work;
    } catch (error) {
      thrown = error ?? new Error('nothing was thrown');
    } finally {
      deadline.cancel();
      capabilities.end();
    }
    const failure = effect?.failure ?? thrown;
    const attempt = (loaded.run.steps[step.name]?.attempts ?? 0) + (loaded.run.steps[step.name]?.state === 'claimed' ? 0 : 1);
    const entry = { ...this.#told(loaded, capabilities, effect, records), attempt };
    if (failure === undefined) {
      try {
        return await this.#finish(loaded, result, pretending, entry, records);
      } catch (error) {
        // what the step returned cannot be stored: its failure, like any other
        if (!isWritError(error) || error.fate !== 'refuse') throw error;
        return this.#fail(loaded, error, effect, entry);
      }
    }
    if (
      failure instanceof ControlChanged ||
      isWritError(failure, 'ledger.conflict', 'ledger.unknown', 'ledger.unavailable', 'ledger.stopped')
    )
      throw failure;
    return this.#fail(loaded, failure, effect, entry);
  }

  /** What the entry says of the attempt, whatever its end. */
  #told(loaded: LoadedRun, { used }: Capabilities, effect: Effect | undefined, records: StepRecords): Partial<EntryDraft> {
    const { authority } = this.#node.step;
    const touched = new Set([...used.reads, ...authority.writes]);
    const [decision] = effect?.decisions ?? [];
    return {
      classes: classesOf(this.#flow, touched),
      ...(used.reads.size === 0 ? {} : { reads: [...used.reads].sort() }),
      ...(used.secrets.size === 0 ? {} : { secrets: [...used.secrets].sort() }),
      ...(effect?.use === undefined ? {} : { vendors: [effect.use] }),
      ...(records.seen.size === 0 ? {} : { targets: [...records.seen.values()] }),
      why: { rollout: loaded.rollout, ...(decision === undefined ? {} : { decision }) },
    };
  }

  async #finish(loaded: LoadedRun, result: unknown, pretended: boolean, entry: Partial<EntryDraft>, records: StepRecords): Promise<void> {
    const { step } = this.#node;
    if (typeof result !== 'object' || result === null)
      throw new StepResultError(
        `step ${step.name} returned ${result === null ? 'null' : typeof result}; allowed is an object with ${step.authority.writes.join(', ') || 'no fields'}`,
      );
    const { values, problems } = checkValues(this.#flow, step.authority.writes, result as Record<string, unknown>);
    if (problems.length > 0) throw new StepResultError(`step ${step.name} returned what it did not declare: ${problems.join('; ')}`);
    const written = loaded.fields.write(values, this.#ports.random);
    const clear = { ...loaded.fields.clear(), ...values };
    const seals = Object.keys(written.seals).length === 0 ? {} : { seals: written.seals };
    await this.#commit(
      loaded,
      { type: 'step-done', step: step.name, pretended },
      { action: 'step.done', outcome: 'ok', ...entry, ...seals },
      {
        clear,
        changes: [...written.changes, ...loaded.ring.takeMinted(), ...records.registrations.values()],
        diffs: written.diffs,
      },
    );
  }

  async #fail(loaded: LoadedRun, failure: unknown, effect: Effect | undefined, entry: Partial<EntryDraft>): Promise<void> {
    const { code, message } = describeError(failure, 'step.failed');
    const fate = isWritError(failure) ? failure.fate : 'retry';
    if (fate === 'stop') throw failure;
    const reason = message.slice(0, 500);
    const event: Event = { type: 'step-failed', step: this.#name, code, reason, fate, jitter: fraction(this.#ports.random) };
    const parks = transition(this.#flow, loaded.run, event, this.#situation(loaded, {})).run.status === 'parked';
    this.#ports.log.line('warn', parks ? 'step failed, run parked' : 'step failed, will be tried again', {
      run: loaded.key.run,
      step: this.#name,
      code,
    });
    const why = { ...entry.why, code, reason };
    await this.#commit(
      loaded,
      event,
      { ...entry, action: parks ? 'run.park' : 'step.retry', outcome: code.startsWith('authority.') ? 'denied' : 'failed', why },
      {
        changes: effect?.settle(this.#ports.clock.now()) ?? [],
      },
    );
  }

  #situation(loaded: LoadedRun, clear: Readonly<Record<string, Json | undefined>>) {
    return { clear, rollout: loaded.rollout, now: this.#ports.clock.now() };
  }

  async #commit(
    loaded: LoadedRun,
    event: Event,
    entry: Pick<EntryDraft, 'action' | 'outcome'> & Partial<EntryDraft>,
    more: Pick<Around, 'changes' | 'diffs'> & { readonly clear?: Readonly<Record<string, Json | undefined>> } = {},
  ): Promise<void> {
    const clear = more.clear ?? loaded.fields.clear();
    const after = transition(this.#flow, loaded.run, event, this.#situation(loaded, clear));
    const commit = commitOf(this.#flow, loaded, after, clear, {
      entry: { ...entry, actor: serviceActor(this.#ports.ledger), step: this.#name },
      changes: more.changes,
      diffs: more.diffs,
    });
    await this.#ports.ledger.commit(commit);
  }
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
