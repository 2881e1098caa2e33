import {
  canBeLeftOut,
  decide,
  everyNode,
  type Flow,
  type Gate,
  type Node,
  type Rule,
  type RuleOutcome,
  SUPERVISE,
  superviseGate,
} from '#shared/automation/index.ts';
import { DAY, type Fate, HOUR, type Json } from '#shared/kernel/index.ts';
import { MESSAGE_DELAY_MAX_MS } from '#shared/ledger/index.ts';
import type { GateState, Rollout, Run, StepState } from './run.ts';

/** What happened to a run. Chance and time come with the event: the machine has neither. */
export type Event =
  | { readonly type: 'started' }
  | { readonly type: 'step-done'; readonly step: string; readonly pretended?: boolean }
  | { readonly type: 'step-claimed'; readonly step: string; readonly intent: number }
  /**
   * - `jitter`: from 0 to 1, drawn for the pause before another attempt.
   * - `waits`: what stopped the step is outside and has to come back or be mended, and repeating
   *   does no harm.
   */
  | {
      readonly type: 'step-failed';
      readonly step: string;
      readonly code: string;
      readonly reason: string;
      readonly fate: Fate;
      readonly jitter: number;
      readonly waits?: boolean;
    }
  /**
   * An external step is ready, but what it would rely on is not decided. `short`: it would draw
   * more than is left.
   */
  | { readonly type: 'step-held'; readonly step: string; readonly short?: boolean }
  | {
      readonly type: 'gate-settled';
      readonly gate: string;
      readonly outcome: 'approved' | 'rejected' | 'expired';
    }
  | {
      readonly type: 'parked';
      readonly step?: string;
      readonly code: string;
      readonly reason: string;
    };

/** What the machine may look at besides the run. */
export interface Situation {
  /** Values of the clear fields as they are after the event. */
  readonly clear: Readonly<Record<string, Json | undefined>>;
  readonly rollout: Rollout;
  readonly now: number;
}

export interface OpenedGate {
  readonly gate: Gate;
  readonly hits: readonly RuleOutcome[];
  readonly expiresAt: number;
}

export interface Transition {
  readonly run: Run;
  /** Every rule that was asked, with its facts: they go into the entry. */
  readonly rules: readonly RuleOutcome[];
  /** Gates that opened: their documents and timers are part of the same commit. */
  readonly opened: readonly OpenedGate[];
  /** Steps to send word to, with the pause before. */
  readonly sends: readonly { readonly step: string; readonly delayMs: number }[];
}

/** Why such a gate waits where the step would draw more than is left, as if a rule had said it. */
export const SHORT: RuleOutcome = {
  rule: 'exceeds-what-is-left',
  hit: true,
  facts: {},
  says: 'the run would draw more than is left of a record that it reserved',
};

/**
 * The engine's state machine: what a run is after an event, and what follows from it. A function of
 * its arguments alone.
 *
 * An event that does not fit the run as it stands (a step done twice, a gate settled twice) changes
 * nothing: the run comes back as it was, with what it waits for.
 */
export function transition(flow: Flow, run: Run, event: Event, situation: Situation): Transition {
  const next = apply(flow, run, event, situation.now);
  if (next === undefined) return { run, rules: [], opened: [], sends: sendsOf(run) };
  if (next.status === 'parked') return { run: next, rules: [], opened: [], sends: [] };
  if (event.type === 'step-claimed') return { run: next, rules: [], opened: [], sends: [] };

  const walk = new Walk(flow, next, situation);
  if (event.type === 'step-held') walk.openSupervision(event.step, event.short === true);
  else if (event.type !== 'step-failed') walk.go();

  const pause = event.type === 'step-failed' ? pauseOf(flow, next, event, situation.now) : 0;
  const advanced = walk.result();
  // of a run that goes on only the steps that just became ready are sent word; whoever heals a loss
  // sends all
  const fresh = Object.keys(advanced.steps).filter(
    (step) =>
      advanced.steps[step]?.state === 'ready' &&
      (event.type === 'step-failed' ? step === event.step : run.steps[step]?.state !== 'ready'),
  );

  return {
    run: advanced,
    rules: walk.rules,
    opened: walk.opened,
    sends: fresh.map((step) => ({ step, delayMs: pause })),
  };
}

/** Every step that is ready and not done: what is sent when word of it may have been lost. */
export function sendsOf(run: Run): { readonly step: string; readonly delayMs: number }[] {
  if (run.status !== 'running') return [];
  return Object.entries(run.steps)
    .filter(([, { state }]) => state !== 'done')
    .map(([step]) => ({ step, delayMs: 0 }));
}

/**
 * The event's own effect on the run, before looking at what follows; undefined when it does not
 * fit.
 */
function apply(flow: Flow, run: Run, event: Event, now: number): Run | undefined {
  if (run.status === 'done' || run.status === 'rejected') return undefined;
  if (event.type === 'parked')
    return run.status === 'parked' ? undefined : park(run, event.code, event.reason, event.step);
  if (run.status === 'parked') return undefined;
  if (event.type === 'started') return run;
  if (event.type === 'gate-settled') {
    if (run.gates[event.gate] !== 'open') return undefined;

    const steps = heldStep(run, event);

    return {
      ...run,
      status: 'running',
      gates: { ...run.gates, [event.gate]: event.outcome },
      steps,
    };
  }

  const step = run.steps[event.step];
  if (step === undefined || step.state === 'done') return undefined;

  switch (event.type) {
    case 'step-done': {
      const { waiting: _, ...ended } = step;
      return withStep(run, event.step, {
        ...ended,
        state: 'done',
        ...(event.pretended ? { pretended: true } : {}),
      });
    }
    case 'step-claimed': {
      const claimed = withStep(run, event.step, {
        ...step,
        state: 'claimed',
        attempts: (step.attempts ?? 0) + 1,
      });
      return { ...claimed, claims: { ...run.claims, [event.step]: event.intent } };
    }
    case 'step-held':
      return withStep(run, event.step, undefined);
    case 'step-failed':
      return fail(flow, run, event, step, now);
  }
}

type Failed = Extract<Event, { type: 'step-failed' }>;

function fail(flow: Flow, run: Run, event: Failed, step: StepState, now: number): Run {
  const { attempts: before = 0, waited = 0, waiting } = step;
  const attempts = step.state === 'claimed' ? Math.max(before, 1) : before + 1;
  const policy = flow.steps.get(event.step)?.retry;
  const patience = policy?.patienceMs ?? PATIENCE_MS;
  if (event.waits === true && patience > 0) {
    const { since } = waiting ?? { since: now };
    const left = since + patience - now;
    const counted: StepState = { state: 'ready', attempts, waited: waited + 1 };
    if (left <= 0) {
      const reason = `${event.reason}; it was waited for since ${new Date(since).toISOString()}, in ${waited + 1} attempts`;
      return park(withStep(run, event.step, counted), event.code, reason, event.step);
    }

    const pause = fullJitter(
      { baseMs: policy?.baseMs ?? 1, capMs: WAIT_PAUSE_MAX_MS },
      waited + 1,
      event.jitter,
    );

    const { code, reason } = event;

    return withStep(run, event.step, {
      ...counted,
      waiting: { since, nextAt: now + Math.min(pause, left), code, reason },
    });
  }

  const failed = withStep(run, event.step, {
    state: 'ready',
    attempts,
    waited: waited === 0 ? undefined : waited,
  });

  const allowed = policy?.attempts ?? 1;
  if (event.fate !== 'retry' && event.fate !== 'reread')
    return park(failed, event.code, event.reason, event.step);

  return attempts - waited >= allowed
    ? park(
        failed,
        event.code,
        `${event.reason}; that was attempt ${attempts - waited} of ${allowed}`,
        event.step,
      )
    : failed;
}

/**
 * How long a step waits for something outside before its run is parked, unless the step declares
 * another time.
 */
export const PATIENCE_MS = DAY;
/** The longest pause of a step that waits. */
const WAIT_PAUSE_MAX_MS = HOUR;

/** Attempts that count among those that a step is allowed. */
export function countedAttempts({
  attempts = 0,
  waited = 0,
}: Pick<StepState, 'attempts' | 'waited'>): number {
  return attempts - waited;
}

/**
 * How long a step has to be left alone before its next attempt. A time that no pause leads to
 * counts for nothing.
 */
export function pauseLeft(step: StepState | undefined, now: number): number {
  const left = Math.ceil((step?.waiting?.nextAt ?? now) - now);
  return left > 0 && left <= WAIT_PAUSE_MAX_MS ? left : 0;
}

/** When a supervising gate is settled, its step may become ready (again). */
function heldStep(
  run: Run,
  { gate, outcome }: { readonly gate: string; readonly outcome: string },
): Run['steps'] {
  if (!gate.startsWith(SUPERVISE) || outcome !== 'approved') return run.steps;
  return { ...run.steps, [gate.slice(SUPERVISE.length)]: { state: 'ready' } };
}

function withStep(run: Run, name: string, state: StepState | undefined): Run {
  const { [name]: _, ...others } = run.steps;
  return { ...run, steps: state === undefined ? others : { ...others, [name]: state } };
}

function park(run: Run, code: string, reason: string, step?: string): Run {
  return {
    ...run,
    status: 'parked',
    parked: { step, code, reason },
  };
}

/** What its next message is held back; a longer pause takes several messages. */
function pauseOf(flow: Flow, run: Run, { step: name, jitter }: Failed, now: number): number {
  const policy = flow.steps.get(name)?.retry;
  const step = run.steps[name];
  if (policy === undefined || step === undefined) return 0;
  if (step.waiting !== undefined) return Math.min(pauseLeft(step, now), MESSAGE_DELAY_MAX_MS);
  return fullJitter(policy, countedAttempts(step), jitter);
}

/**
 * The pause before another attempt: drawn evenly from 0 to `base · 2^(attempt − 1)`, at most the
 * cap.
 *
 * @param failed - Attempts that have failed, from 1.
 * @param jitter - From 0 (included) to 1 (excluded).
 * @see "Exponential Backoff And Jitter", AWS Architecture Blog: full jitter
 */
export function fullJitter(
  policy: { readonly baseMs: number; readonly capMs: number },
  failed: number,
  jitter: number,
): number {
  return Math.floor(jitter * Math.min(policy.capMs, policy.baseMs * 2 ** Math.min(failed - 1, 30)));
}

/** What a gate makes of a run that gets to it: whether it waits, and what its rules said. */
export function judgeGate(
  gate: Gate,
  { clear, rollout }: Pick<Situation, 'clear' | 'rollout'>,
): { readonly waits: boolean; readonly rules: RuleOutcome[] } {
  const rules = gate.when.map((rule) => decide(rule, clear));
  if (rollout === 'shadow') return { waits: false, rules };
  if (rollout === 'supervised' || gate.when.length === 0) return { waits: true, rules };
  return { waits: rollout === 'exceptions' && rules.some(({ hit }) => hit), rules };
}

/**
 * Goes through the flow from its beginning, past what is done, to what the run waits for now.
 * Always from the beginning: the run document is all there is to know, and a flow is short.
 */
class Walk {
  readonly rules: RuleOutcome[] = [];
  readonly opened: OpenedGate[] = [];
  readonly #flow: Flow;
  readonly #situation: Situation;
  #run: Run;
  /** The gate whose decision covers the next external effect. */
  #coveredBy: string | undefined;

  constructor(flow: Flow, run: Run, situation: Situation) {
    this.#flow = flow;
    this.#run = run;
    this.#situation = situation;
  }

  result(): Run {
    return this.#run;
  }

  go(): void {
    const end = this.#through(this.#flow.nodes);
    const { now } = this.#situation;
    if (end === 'through') this.#run = { ...this.#run, status: 'done', finishedAt: now };
    else if (end === 'rejected') this.#run = { ...this.#run, status: 'rejected', finishedAt: now };
    else this.#run = { ...this.#run, status: this.#waits() ? 'waiting' : 'running' };
  }

  /** Opens the gate that decides about one external step by itself. */
  openSupervision(step: string, short = false): void {
    const rules = this.#judgePassed();
    if (short) rules.push(SHORT);

    this.rules.push(...rules);
    this.#open(
      superviseGate(this.#flow, step),
      rules.filter(({ hit }) => hit),
    );

    this.#run = { ...this.#run, status: 'waiting' };
  }

  /** What the rules of gates that the run passed without a decision say now. */
  #judgePassed(): RuleOutcome[] {
    const passed = [...this.#flow.gates.values()].filter(
      ({ name }) => this.#run.gates[name] === 'passed',
    );
    const rules = new Set(passed.flatMap(({ when }) => when)); // two gates may have one rule
    return [...rules].map((rule) => judgeAgain(this.#flow, rule, this.#situation.clear));
  }

  #waits(): boolean {
    return !Object.values(this.#run.steps).some(({ state }) => state !== 'done');
  }

  #through(nodes: readonly Node[]): 'through' | 'blocked' | 'rejected' {
    for (const node of nodes) {
      const end = this.#pass(node);
      if (end !== 'through') return end;
    }
    return 'through';
  }

  #pass(node: Node): 'through' | 'blocked' | 'rejected' {
    switch (node.kind) {
      case 'stage':
        if (this.#run.stage !== node.name) this.#run = { ...this.#run, stage: node.name };
        return 'through';
      case 'step':
        return this.#passStep(node);
      case 'when': {
        const way = this.#run.branches[node.name] ?? this.#ask(node);
        return this.#through(way ? node.whenHit : node.otherwise);
      }
      case 'gate':
        return this.#passGate(node);
    }
  }

  #passStep({ step }: Extract<Node, { kind: 'step' }>): 'through' | 'blocked' | 'rejected' {
    const external = step.authority.effect === 'external';
    const state = this.#run.steps[step.name]?.state;
    if (state === 'done') {
      if (external) this.#coveredBy = undefined; // one decision covers one effect
      return 'through';
    }

    const supervision = this.#run.gates[SUPERVISE + step.name];
    if (supervision === 'rejected' || supervision === 'expired') return 'rejected';
    if (supervision === 'open') return 'blocked';
    if (state !== undefined) return 'blocked';
    if (
      external &&
      this.#situation.rollout === 'supervised' &&
      this.#coveredBy === undefined &&
      supervision === undefined
    ) {
      this.openSupervision(step.name);
      return 'blocked';
    }

    this.#run = withStep(this.#run, step.name, { state: 'ready' });

    return 'blocked';
  }

  #passGate({
    gate,
    rejected,
  }: Extract<Node, { kind: 'gate' }>): 'through' | 'blocked' | 'rejected' {
    const state = this.#run.gates[gate.name] ?? this.#reach(gate);
    switch (state) {
      case 'open':
        return 'blocked';
      case 'passed':
        return 'through';
      case 'approved':
        this.#coveredBy = gate.name;
        return 'through';
      case 'rejected':
      case 'expired': {
        const end = this.#through(rejected);
        return end === 'through' ? 'rejected' : end;
      }
    }
  }

  #ask(node: Extract<Node, { kind: 'when' }>): boolean {
    const outcome = decide(node.rule, this.#situation.clear);
    this.rules.push(outcome);
    this.#run = { ...this.#run, branches: { ...this.#run.branches, [node.name]: outcome.hit } };
    return outcome.hit;
  }

  #reach(gate: Gate): GateState {
    const { waits, rules } = judgeGate(gate, this.#situation);
    this.rules.push(...rules);

    if (!waits) {
      this.#run = { ...this.#run, gates: { ...this.#run.gates, [gate.name]: 'passed' } };
      return 'passed';
    }

    this.#open(
      gate,
      rules.filter(({ hit }) => hit),
    );

    return 'open';
  }

  #open(gate: Gate, hits: readonly RuleOutcome[]): void {
    this.opened.push({ gate, hits, expiresAt: this.#situation.now + gate.expiresMs });
    this.#run = { ...this.#run, gates: { ...this.#run.gates, [gate.name]: 'open' } };
  }
}

/**
 * Whether everything that comes before a step is behind the run, as its document tells it. A step
 * that is ready without being due was made so by something other than this machine.
 */
export function isDue(flow: Flow, run: Run, step: string): boolean {
  const walk = (nodes: readonly Node[]): 'here' | 'through' | 'blocked' => {
    for (const node of nodes) {
      const end = pass(node);
      if (end !== 'through') return end;
    }
    return 'through';
  };

  const pass = (node: Node): 'here' | 'through' | 'blocked' => {
    switch (node.kind) {
      case 'stage':
        return 'through';
      case 'step':
        if (node.step.name === step) return 'here';
        return run.steps[node.step.name]?.state === 'done' ? 'through' : 'blocked';
      case 'when': {
        const way = run.branches[node.name];
        return way === undefined ? 'blocked' : walk(way ? node.whenHit : node.otherwise);
      }
      case 'gate': {
        const state = run.gates[node.gate.name];
        if (state === 'passed' || state === 'approved') return 'through';
        return (state === 'rejected' || state === 'expired') && walk(node.rejected) === 'here'
          ? 'here'
          : 'blocked';
      }
    }
  };

  return walk(flow.nodes) === 'here';
}

/**
 * The decisions an external step needs before it may act, judged afresh from fields and control:
 * what the run document says of gates and branches is not believed. A rule that lacks a fact it
 * must have counts as a hit. Shadow needs no decision, because nothing acts.
 *
 * @returns sets of gates, of each of which one must be approved.
 */
export function decisionsNeeded(
  flow: Flow,
  run: Run,
  step: string,
  situation: Pick<Situation, 'clear' | 'rollout'> & { readonly short?: boolean },
): string[][] {
  if (situation.rollout === 'shadow') return [];

  const own = SUPERVISE + step;
  const needed: string[][] = [];
  let nearest: string | undefined;
  const walk = (nodes: readonly Node[]): boolean => nodes.some(pass);

  /** True when the step was found: what comes after it does not matter. */
  const pass = (node: Node): boolean => {
    switch (node.kind) {
      case 'stage':
        return false;
      case 'step':
        if (node.step.name === step) return true;
        // one decision covers one effect
        if (node.step.authority.effect === 'external') nearest = undefined;
        return false;
      case 'when': {
        const [hit, otherwise] = [
          everyStep(node.whenHit).includes(step),
          everyStep(node.otherwise).includes(step),
        ];

        const asked = hasFacts(flow, node.rule, situation.clear)
          ? decide(node.rule, situation.clear).hit
          : undefined;
        if (hit || otherwise) {
          if (asked !== hit) needed.push([own]); // the run should not have come this way
          return walk(hit ? node.whenHit : node.otherwise);
        }

        // the gates of the way it took and of the way it would take now
        for (const way of new Set([run.branches[node.name], asked]))
          if (way !== undefined) walk(way ? node.whenHit : node.otherwise);

        return false;
      }
      case 'gate': {
        if (everyStep(node.rejected).includes(step)) return walk(node.rejected);
        const lacking = node.gate.when.some((rule) => !hasFacts(flow, rule, situation.clear));
        if (lacking || judgeGate(node.gate, situation).waits) needed.push([node.gate.name, own]);
        nearest = node.gate.name;
        return false;
      }
    }
  };

  walk(flow.nodes);

  if (situation.rollout === 'supervised' || situation.short)
    needed.push(nearest === undefined ? [own] : [nearest, own]);

  return needed;
}

/** Asks a rule again. One that lacks a fact it must have is not asked, and counts as a hit. */
function judgeAgain(flow: Flow, rule: Rule, clear: Situation['clear']): RuleOutcome {
  if (hasFacts(flow, rule, clear)) return decide(rule, clear);
  return { rule: rule.name, hit: true, facts: {}, says: 'a field that this rule reads is missing' };
}

/**
 * Whether every fact a rule must have is there. A field whose schema allows it to be absent may be.
 */
function hasFacts(flow: Flow, rule: Rule, clear: Situation['clear']): boolean {
  return rule.reads.every((name) => clear[name] !== undefined || mayBeAbsent(flow, name));
}

function mayBeAbsent(flow: Flow, name: string): boolean {
  const field = flow.fields[name];
  return field !== undefined && canBeLeftOut(field);
}

function everyStep(nodes: readonly Node[]): string[] {
  return [...everyNode(nodes)].flatMap((node) => (node.kind === 'step' ? [node.step.name] : []));
}
