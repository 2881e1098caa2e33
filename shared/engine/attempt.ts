import { describeError, describeForeignError, type EntryDraft } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { fraction, isSealedClass, isWritError } from '#shared/kernel/index.ts';
import { type Check, type Document, serviceActor } from '#shared/ledger/index.ts';
import { Capabilities, type CapabilityBackend } from './capabilities.ts';
import type { CommitExtras } from './commit-transition.ts';
import { Deadline } from './deadline.ts';
import type { StepWait } from './documents/index.ts';
import { Effect } from './effect.ts';
import {
  AuthorityError,
  ControlChanged,
  StepFailedError,
  StepResultError,
  StepTimeoutError,
  waitsForExternalCause,
} from './errors.ts';
import type { Event } from './machine.ts';
import { StepRecords } from './records.ts';
import { StepDraw, StepReservations } from './reservations.ts';
import { checkValues } from './run-fields.ts';
import type { RunSession } from './run-session.ts';
import type { Situation } from './situation.ts';
import { classesOf } from './subjects.ts';

/** Node of a step in a flow. */
export type StepNode = NonNullable<ReturnType<Flow['steps']['get']>>;

/** Authorization for one attempt of an external step. */
export interface ExternalAuthority {
  /** Stored claim, if any. */
  readonly claim: Document | undefined;
  /** Decisions that authorize a new claim. */
  readonly approvals: readonly Check[];
}

/**
 * Ledger errors that do not count as failures of the step. A reread, a redelivery or a restart
 * handles them.
 */
const NOT_CAUSED_BY_STEP = [
  'ledger.conflict',
  'ledger.unknown',
  'ledger.unavailable',
  'ledger.stopped',
] as const;

/** Attempt of a step. Runs the author's `run` or `pretend`, and commits the outcome. */
export class Attempt {
  readonly #session: RunSession;
  readonly #node: StepNode;
  readonly #deadline: Deadline;
  readonly #records: StepRecords;
  readonly #reservations: StepReservations;
  readonly #drawing: StepDraw;
  readonly #effect: Effect | undefined;
  readonly #capabilities: Capabilities;
  readonly #pretends: boolean;

  /** @param external - Undefined for an internal step, and under the rollout `shadow`. */
  constructor(session: RunSession, node: StepNode, external: ExternalAuthority | undefined) {
    const { step, timeoutMs } = node;

    this.#session = session;
    this.#node = node;
    this.#pretends = step.authority.effect === 'external' && external === undefined;
    this.#deadline = new Deadline(
      timeoutMs,
      session.ports.timers,
      () => new StepTimeoutError(step.name, timeoutMs),
    );

    this.#records = new StepRecords(session);
    this.#reservations = new StepReservations(session, step.name);
    this.#drawing = new StepDraw(session, step.authority.draws);

    this.#effect =
      external &&
      new Effect({
        session,
        step: step.name,
        timeoutMs,
        approvals: external.approvals,
        claim: external.claim,
        deadline: this.#deadline,
        records: this.#records,
        drawing: this.#drawing,
      });

    this.#capabilities = this.#grant();
  }

  async run(): Promise<void> {
    const { result, thrown } = await this.#execute();
    const failure = this.#failureOf(thrown);
    const entry = this.#entry();

    if (failure === undefined) {
      try {
        return await this.#finish(result, entry);
      } catch (error) {
        // if the ledger refuses the result, the step fails
        if (!isWritError(error) || error.fate !== 'refuse') throw error;
        return this.#fail(error, entry);
      }
    }

    if (failure instanceof ControlChanged || isWritError(failure, ...NOT_CAUSED_BY_STEP))
      throw failure;

    return this.#fail(failure, entry, this.#session.ports.sourceOf?.(thrown ?? failure));
  }

  /** Creates the capabilities that the step declared. */
  #grant(): Capabilities {
    const { ports, flow, key, fields } = this.#session;
    const { step } = this.#node;
    const [records, reservations, effect] = [this.#records, this.#reservations, this.#effect];

    const backend: CapabilityBackend = {
      field: (name) => fields.get(name),
      isSealed: (name) => isSealedClass(flow.fields[name]?.class ?? 'confidential'),
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
    };

    const { vault } = ports;
    return new Capabilities({ step, run: key.run, deadline: this.#deadline, backend, vault });
  }

  /** Runs the author's code until it returns, throws, or reaches the timeout. */
  async #execute(): Promise<{ readonly result?: unknown; readonly thrown?: unknown }> {
    const { step } = this.#node;
    const { context } = this.#capabilities;

    try {
      const work = this.#pretends
        ? step.pretend?.(context.fields as never)
        : step.run(context as never);
      return { result: isPromise(work) ? await this.#deadline.within(work) : work };
    } catch (error) {
      return { thrown: error ?? new Error('nothing was thrown') };
    } finally {
      this.#deadline.cancel();
      this.#capabilities.end();
    }
  }

  /**
   * Returns the error that ended the attempt, even if the author's code caught it. An error that
   * the author's code threw is reduced to its class and source location, because its message can
   * contain sensitive values.
   */
  #failureOf(thrown: unknown): unknown {
    const stopped = this.#effect?.failure ?? this.#capabilities.violation;
    if (stopped !== undefined || thrown === undefined) return stopped;
    if (this.#capabilities.isOwnError(thrown) || thrown instanceof StepTimeoutError) return thrown;

    return new StepFailedError(describeForeignError(thrown));
  }

  /** Builds the part of the audit entry that is the same for success and failure. */
  #entry(): Partial<EntryDraft> {
    const { flow, run, rollout } = this.#session;
    const { name, authority } = this.#node.step;
    const { used } = this.#capabilities;
    const { usedKeys, lookups } = this.#records;

    const { attempts = 0, state } = run.steps[name] ?? {};
    const decisions = this.#effect?.decisions ?? [];
    const use = this.#effect?.use;
    const classes = new Set([
      ...classesOf(flow, new Set([...used.reads, ...authority.writes])),
      ...usedKeys.map((key) => key.class),
    ]);

    return {
      classes: [...classes].sort(),
      reads: used.reads.size === 0 ? undefined : [...used.reads].sort(),
      secrets: used.secrets.size === 0 ? undefined : [...used.secrets].sort(),
      vendors: use && [use],
      targets: lookups.size === 0 ? undefined : [...lookups.values()],
      why: { rollout, decisions: decisions.length === 0 ? undefined : [...decisions] },
      attempt: attempts + (state === 'claimed' ? 0 : 1),
    };
  }

  /** Commits the result of the step. @throws `step.result` and ledger errors */
  async #finish(result: unknown, entry: Partial<EntryDraft>): Promise<void> {
    const { ports, flow, fields, ring } = this.#session;
    const { name, authority } = this.#node.step;
    const allowed = authority.writes.join(', ') || 'no fields';
    if (typeof result !== 'object' || result === null)
      throw new StepResultError(
        `step ${name} returned ${result === null ? 'null' : typeof result}; allowed is an object with ${allowed}`,
      );

    const { values, problems } = checkValues(
      flow,
      authority.writes,
      result as Record<string, unknown>,
    );
    if (problems.length > 0)
      throw new StepResultError(
        `step ${name} returned fields that cannot be taken: ${problems.join('; ')}`,
      );

    const written = fields.write(values, ports.random);
    const reserved = this.#reservations.commit();
    const drawn = await this.#drawing.commit();

    await commitEvent({
      session: this.#session,
      step: name,
      event: { type: 'step-done', step: name, pretended: this.#pretends },
      extras: {
        entry: {
          action: 'step.done',
          outcome: 'ok',
          ...entry,
          seals: Object.keys(written.seals).length === 0 ? undefined : written.seals,
        },
        changes: [
          ...written.changes,
          ...ring.takeMinted(),
          ...this.#records.registrations.values(),
          ...reserved.changes,
          ...drawn.changes,
        ],
        checks: reserved.checks,
        diffs: { ...written.diffs, ...reserved.diffs, ...drawn.diffs },
      },
      clear: { ...fields.clear(), ...values },
    });
  }

  /** Commits the failure of the attempt: the step is retried, waits, or parks its run. */
  async #fail(failure: unknown, entry: Partial<EntryDraft>, source?: string): Promise<void> {
    const { ports, key } = this.#session;
    const { name } = this.#node.step;
    const { code, message } = describeError(failure, 'step.failed');
    const fate = isWritError(failure) ? failure.fate : 'retry';
    if (fate === 'stop') throw failure;

    const reason = message.slice(0, 500).toWellFormed(); // a split surrogate pair cannot be stored
    const event: Event = {
      type: 'step-failed',
      step: name,
      code,
      reason,
      fate,
      jitter: fraction(ports.random),
      waits: waitsForExternalCause(failure),
    };

    const now = ports.clock.now();
    const { run } = this.#session.transition(event, {}, now);
    const parks = run.status === 'parked';
    const waiting = run.steps[name]?.waiting;

    ports.log.line('warn', parks ? 'step failed, run parked' : 'step failed, will be tried again', {
      run: key.run,
      step: name,
      code,
      because: reason,
      at: source,
    });

    await commitEvent({
      session: this.#session,
      step: name,
      event,
      extras: {
        entry: {
          ...entry,
          action: parks ? 'run.park' : 'step.retry',
          outcome: code.startsWith('authority.') ? 'denied' : 'failed',
          why: { ...entry.why, code, reason: appendWait(run.parked?.reason ?? reason, waiting) },
        },
        changes: this.#effect?.settle(now),
      },
      now,
    });

    if (waiting !== undefined) ports.metrics.add('StepsWaiting', 1);
  }
}

/** Parts of a commit about a step. {@link commitEvent} adds the actor and the step. */
type StepExtras = Pick<CommitExtras, 'changes' | 'checks' | 'diffs'> & {
  readonly entry: Pick<EntryDraft, 'action' | 'outcome'> & Partial<EntryDraft>;
};

/** Options of {@link commitEvent}. */
interface StepCommit extends Partial<Pick<Situation, 'clear' | 'now'>> {
  readonly session: RunSession;
  readonly step: string;
  readonly event: Event;
  readonly extras: StepExtras;
}

/**
 * Applies an event about a step to its run and commits the transition.
 *
 * @param options.clear - Clear fields after the event.
 *   @default - the stored fields
 */
export async function commitEvent({
  session,
  step,
  event,
  extras,
  clear = session.fields.clear(),
  now,
}: StepCommit): Promise<void> {
  const { ledger } = session.ports;
  const after = session.transition(event, clear, now);

  const commit = session.commitOf(after, clear, {
    ...extras,
    entry: { ...extras.entry, actor: serviceActor(ledger), step },
  });

  await ledger.commit(commit);
}

/** Appends the start of the wait and the time of the next attempt to a reason. */
function appendWait(reason: string, waiting: StepWait | undefined): string {
  if (waiting === undefined) return reason;

  const [since, nextAt] = [waiting.since, waiting.nextAt].map((time) =>
    new Date(time).toISOString(),
  );
  return `${reason}; waiting since ${since}, next attempt at ${nextAt}`;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
