import {
  decide,
  type Flow,
  type FlowPoint,
  type FlowTarget,
  type Gate,
  type RuleOutcome,
  SUPERVISE,
  superviseGate,
} from '#shared/automation/index.ts';
import type { GateState, Run } from './documents/index.ts';
import { judgeAgain, judgeGate } from './judge-gate.ts';
import { withStep } from './run-updates.ts';
import type { Situation } from './situation.ts';

/** A gate that opened, with the rules that hit. */
export interface OpenedGate {
  readonly gate: Gate;
  readonly hits: readonly RuleOutcome[];
  readonly expiresAt: number;
}

/** What a gate that supervises a step shows as its reason, where the step would draw too much. */
export const SHORT: RuleOutcome = {
  rule: 'exceeds-what-is-left',
  hit: true,
  facts: {},
  says: 'the run would draw more than is left of a record that it reserved',
};

type PointOf<Kind extends FlowPoint['kind']> = Extract<FlowPoint, { kind: Kind }>;

/**
 * Walks the graph of a flow from its start, past what is done, to what the run waits for now.
 * Always from the start: the run document has no position that could contradict the rest of it, and
 * a flow is short.
 */
export class RunWalk {
  /** Every rule that was evaluated, with its facts. */
  readonly rules: RuleOutcome[] = [];
  readonly opened: OpenedGate[] = [];
  readonly #flow: Flow;
  readonly #situation: Situation;
  #run: Run;
  /** Whether a decision covers the next external step. */
  #covered = false;

  constructor(flow: Flow, run: Run, situation: Situation) {
    this.#flow = flow;
    this.#run = run;
    this.#situation = situation;
  }

  /** The run as it is now. */
  get run(): Run {
    return this.#run;
  }

  /** Takes the run as far as it gets: to a step, to a gate that waits, or to its end. */
  advance(): void {
    let target: FlowTarget | undefined = this.#flow.graph.start;
    while (typeof target === 'object') target = this.#leave(target);

    if (target === undefined)
      this.#run = { ...this.#run, status: this.#isWaiting() ? 'waiting' : 'running' };
    else this.#run = { ...this.#run, status: target, finishedAt: this.#situation.now };
  }

  /**
   * Opens the gate that decides about one external step alone.
   *
   * @param short - Whether the step would draw more than is left of what the run reserved.
   */
  supervise(step: string, short = false): void {
    const rules = this.#judgePassedGates();
    if (short) rules.push(SHORT);

    this.rules.push(...rules);
    this.#open(superviseGate(this.#flow, step), rules);
    this.#run = { ...this.#run, status: 'waiting' };
  }

  /** Returns where the run goes on from a point; undefined when it stops there. */
  #leave(point: FlowPoint): FlowTarget | undefined {
    switch (point.kind) {
      case 'stage':
        if (this.#run.stage !== point.node.name)
          this.#run = { ...this.#run, stage: point.node.name };
        return point.next;
      case 'step':
        return this.#leaveStep(point);
      case 'when': {
        const hit = this.#run.branches[point.node.name] ?? this.#askWhen(point);
        return hit ? point.branches.hit : point.branches.otherwise;
      }
      case 'gate':
        return this.#leaveGate(point);
    }
  }

  #leaveStep({ node: { step }, next }: PointOf<'step'>): FlowTarget | undefined {
    const external = step.authority.effect === 'external';
    const state = this.#run.steps[step.name]?.state;

    if (state === 'done') {
      if (external) this.#covered = false; // one decision covers one effect
      return next;
    }

    const supervision = this.#run.gates[SUPERVISE + step.name];
    if (supervision === 'rejected' || supervision === 'expired') return 'rejected';
    if (supervision === 'open' || state !== undefined) return undefined;

    const uncovered = external && !this.#covered && supervision === undefined;
    if (uncovered && this.#situation.rollout === 'supervised') this.supervise(step.name);
    else this.#run = withStep(this.#run, step.name, { state: 'ready' });

    return undefined;
  }

  #leaveGate({ node: { gate }, next, branches }: PointOf<'gate'>): FlowTarget | undefined {
    switch (this.#run.gates[gate.name] ?? this.#reachGate(gate)) {
      case 'open':
        return undefined;
      case 'passed':
        return next;
      case 'approved':
        this.#covered = true;
        return next;
      case 'rejected':
      case 'expired':
        return branches.rejected;
    }
  }

  #askWhen({ node: { name, rule } }: PointOf<'when'>): boolean {
    const outcome = decide(rule, this.#situation.clear);
    this.rules.push(outcome);
    this.#run = { ...this.#run, branches: { ...this.#run.branches, [name]: outcome.hit } };
    return outcome.hit;
  }

  #reachGate(gate: Gate): GateState {
    const { waits, rules } = judgeGate(gate, this.#situation);
    this.rules.push(...rules);

    if (waits) {
      this.#open(gate, rules);
      return 'open';
    }

    this.#run = { ...this.#run, gates: { ...this.#run.gates, [gate.name]: 'passed' } };

    return 'passed';
  }

  #open(gate: Gate, rules: readonly RuleOutcome[]): void {
    this.opened.push({
      gate,
      hits: rules.filter(({ hit }) => hit),
      expiresAt: this.#situation.now + gate.expiresMs,
    });
    this.#run = { ...this.#run, gates: { ...this.#run.gates, [gate.name]: 'open' } };
  }

  /** Evaluates again the rules of the gates that the run passed without a decision. */
  #judgePassedGates(): RuleOutcome[] {
    const passed = [...this.#flow.gates.values()].filter(
      ({ name }) => this.#run.gates[name] === 'passed',
    );
    const rules = new Set(passed.flatMap(({ when }) => when)); // two gates may share a rule
    return [...rules].map((rule) => judgeAgain(this.#flow, rule, this.#situation.clear));
  }

  #isWaiting(): boolean {
    return Object.values(this.#run.steps).every(({ state }) => state === 'done');
  }
}
