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

/** Gate that opened, with the rules that hit. */
export interface OpenedGate {
  readonly gate: Gate;
  readonly hits: readonly RuleOutcome[];
  readonly expiresAt: number;
}

/**
 * Reason that a supervising gate shows if a reservation that the step would draw exceeds its
 * balance.
 */
export const SHORT: RuleOutcome = {
  rule: 'exceeds-what-is-left',
  hit: true,
  facts: {},
  says: 'the run would draw more than is left of a record that it reserved',
};

type PointOf<Kind extends FlowPoint['kind']> = Extract<FlowPoint, { kind: Kind }>;

/**
 * Walks the graph of a flow from its start, past the completed points, to the point where the run
 * waits. Every walk starts at the beginning, because a stored position could contradict other
 * members of the run document, and flows are short.
 */
export class RunWalk {
  /** Evaluated rules with their facts. */
  readonly rules: RuleOutcome[] = [];
  readonly opened: OpenedGate[] = [];
  readonly #flow: Flow;
  readonly #situation: Situation;
  #run: Run;
  /** Set if a decision covers the next external step. */
  #isCovered = false;

  constructor(flow: Flow, run: Run, situation: Situation) {
    this.#flow = flow;
    this.#run = run;
    this.#situation = situation;
  }

  /** Current state of the run. */
  get run(): Run {
    return this.#run;
  }

  /** Advances the run to the next step, the next open gate or the end. */
  advance(): void {
    let target: FlowTarget | undefined = this.#flow.graph.start;
    while (typeof target === 'object') target = this.#leave(target);

    if (target === undefined)
      this.#run = { ...this.#run, status: this.#hasOnlyDoneSteps() ? 'waiting' : 'running' };
    else this.#run = { ...this.#run, status: target, finishedAt: this.#situation.now };
  }

  /**
   * Opens the gate that supervises one external step.
   *
   * @param short - Whether a reservation that the step would draw exceeds its balance.
   */
  supervise(step: string, short = false): void {
    const rules = this.#judgePassedGates();
    if (short) rules.push(SHORT);

    this.rules.push(...rules);
    this.#open(superviseGate(this.#flow, step), rules);
    this.#run = { ...this.#run, status: 'waiting' };
  }

  /** Returns the next point of the run; undefined if the run stops at `point`. */
  #leave(point: FlowPoint): FlowTarget | undefined {
    switch (point.kind) {
      case 'stage':
        if (this.#run.stage !== point.node.name)
          this.#run = { ...this.#run, stage: point.node.name };
        return point.next;
      case 'step':
        return this.#leaveStep(point);
      case 'when': {
        const hit = this.#run.branches[point.node.name] ?? this.#evaluateWhen(point);
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
      if (external) this.#isCovered = false; // one decision covers one effect
      return next;
    }

    const supervision = this.#run.gates[SUPERVISE + step.name];
    if (supervision === 'rejected' || supervision === 'expired') return 'rejected';
    if (supervision === 'open' || state !== undefined) return undefined;

    const uncovered = external && !this.#isCovered && supervision === undefined;
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
        this.#isCovered = true;
        return next;
      case 'rejected':
      case 'expired':
        return branches.rejected;
    }
  }

  #evaluateWhen({ node: { name, rule } }: PointOf<'when'>): boolean {
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

  /** Reevaluates the rules of the gates that the run passed without a decision. */
  #judgePassedGates(): RuleOutcome[] {
    const passed = [...this.#flow.gates.values()].filter(
      ({ name }) => this.#run.gates[name] === 'passed',
    );
    const rules = new Set(passed.flatMap(({ when }) => when)); // gates can share a rule
    return [...rules].map((rule) => judgeAgain(this.#flow, rule, this.#situation.clear));
  }

  #hasOnlyDoneSteps(): boolean {
    return Object.values(this.#run.steps).every(({ state }) => state === 'done');
  }
}
