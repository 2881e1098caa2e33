/**
 * A model of what may follow what in a flow, to compare its graph with. Each question is answered
 * by a walk of its own through the nested nodes; none of them uses the graph.
 */
import {
  decide,
  everyNode,
  type Flow,
  type Gate,
  type Node,
  type Reach,
  type RuleOutcome,
  SUPERVISE,
  superviseGate,
} from '#shared/automation/index.ts';
import type { GateState, Run } from '#shared/engine/documents/index.ts';
import { SHORT } from '#shared/engine/index.ts';
import { hasFacts, judgeAgain, judgeGate } from '#shared/engine/judge-gate.ts';
import { withStep } from '#shared/engine/run-updates.ts';
import type { OpenedGate } from '#shared/engine/run-walk.ts';
import type { Situation } from '#shared/engine/situation.ts';

type NodeOf<Kind extends Node['kind']> = Extract<Node, { kind: Kind }>;

/** A node, and how a run gets there. */
export interface PathPoint {
  readonly node: Node;
  /** The branches that a run has to take. */
  readonly onlyIf: readonly string[];
  /** Gates that a run has behind it, on at least one path. */
  readonly behind: ReadonlySet<string>;
  /** The gates whose decision covers an external step here; undefined where none does on a path. */
  readonly nearest: ReadonlySet<string | undefined>;
}

type PathState = Omit<PathPoint, 'node'>;

/** Every node of a flow, those of branches included, in the order in which they are written. */
export function flowPaths(flow: Flow): PathPoint[] {
  const points: PathPoint[] = [];
  const walk = (nodes: readonly Node[], start: PathState): PathState =>
    nodes.reduce<PathState>((state, node) => pass(node, state), start);
  const inside = (nodes: readonly Node[], state: PathState, condition: string) =>
    walk(nodes, { ...state, onlyIf: [...state.onlyIf, condition] });

  const pass = (node: Node, state: PathState): PathState => {
    points.push({ node, ...state });

    switch (node.kind) {
      case 'stage':
        return state;
      case 'step':
        return node.step.authority.effect === 'external'
          ? { ...state, nearest: new Set([undefined]) }
          : state;
      case 'gate': {
        const { name } = node.gate;
        inside(node.rejected, state, `${name} is rejected`); // a rejected run ends there
        return { ...state, behind: new Set([...state.behind, name]), nearest: new Set([name]) };
      }
      case 'when': {
        const [hit, otherwise] = [
          inside(node.whenHit, state, `${node.rule.name} hits`),
          inside(node.otherwise, state, `${node.rule.name} does not hit`),
        ];

        return {
          onlyIf: state.onlyIf,
          behind: new Set([...hit.behind, ...otherwise.behind]),
          nearest: new Set([...hit.nearest, ...otherwise.nearest]),
        };
      }
    }
  };

  walk(flow.nodes, { onlyIf: [], behind: new Set(), nearest: new Set([undefined]) });

  return points;
}

/** The nodes that a run can come from directly, by node. */
export function predecessorsOf(nodes: readonly Node[]): ReadonlyMap<Node, readonly Node[]> {
  const found = new Map<Node, readonly Node[]>();

  /** Returns the nodes from which a run leaves these on their main line. */
  const walk = (list: readonly Node[], start: readonly Node[]): readonly Node[] =>
    list.reduce((from, node) => {
      found.set(node, from);

      if (node.kind === 'gate') walk(node.rejected, [node]);
      if (node.kind !== 'when') return [node];

      return [...new Set([...walk(node.whenHit, [node]), ...walk(node.otherwise, [node])])];
    }, start);

  walk(nodes, []);

  return found;
}

/** The first node that reads a field which is not written on every path to it, in words. */
export function orderProblem(
  nodes: readonly Node[],
  inputs: readonly string[],
): string | undefined {
  let problem: string | undefined;

  const walk = (list: readonly Node[], before: ReadonlySet<string>): ReadonlySet<string> => {
    let known = before;
    const need = (reader: string, fields: readonly string[]) => {
      const missing = fields.find((field) => !known.has(field));
      if (missing !== undefined)
        problem ??= `${reader} reads field ${missing} before a step has written it on every path`;
    };

    for (const node of list) {
      if (node.kind === 'step') {
        need(`step ${node.step.name}`, node.step.authority.reads);
        known = new Set([...known, ...node.step.authority.writes]);
      } else if (node.kind === 'gate') {
        for (const rule of node.gate.when) need(`rule ${rule.name}`, rule.reads);
        need(`gate ${node.gate.name}`, node.gate.shows);
        walk(node.rejected, known);
      } else if (node.kind === 'when') {
        need(`rule ${node.rule.name}`, node.rule.reads);
        const [hit, otherwise] = [walk(node.whenHit, known), walk(node.otherwise, known)];
        known = new Set([...hit].filter((field) => otherwise.has(field)));
      }
    }

    return known;
  };

  walk(nodes, new Set(inputs));

  return problem;
}

interface Walked extends Reach {
  /** Whether the end of the nodes can be reached without a step. */
  readonly through: boolean;
  /** Whether an external step reached now may need a gate of its own. */
  readonly uncovered: boolean;
}

/** What can follow directly from a step being done. */
export function afterStep(flow: Flow, step: string): Reach {
  return after(flow.nodes, (node) => node.kind === 'step' && node.step.name === step, true) ?? NONE;
}

/** What can follow directly from a start, or from a gate of the flow being settled. */
export function afterIntake(flow: Flow): Reach {
  const settled = [...flow.gates.keys()].map(
    (gate) => after(flow.nodes, (node) => isGate(node, gate), false) ?? NONE,
  );
  return [reachInto(flow.nodes, true), ...settled, ...rejections(flow.nodes)].reduce(join);
}

const NONE: Walked = { steps: new Set(), gates: new Set(), through: false, uncovered: true };

const isGate = (node: Node, gate: string) => node.kind === 'gate' && node.gate.name === gate;

function join(one: Walked, other: Walked): Walked {
  return {
    steps: new Set([...one.steps, ...other.steps]),
    gates: new Set([...one.gates, ...other.gates]),
    through: other.through,
    uncovered: other.uncovered,
  };
}

function reachInto(nodes: readonly Node[], uncovered: boolean): Walked {
  let found: Walked = { ...NONE, through: true, uncovered };
  for (const node of nodes) {
    found = join(found, reachOver(node, found.uncovered));
    if (!found.through) break;
  }
  return found;
}

function reachOver(node: Node, uncovered: boolean): Walked {
  switch (node.kind) {
    case 'stage':
      return { ...NONE, through: true, uncovered };
    case 'step': {
      const supervised = uncovered && node.step.authority.effect === 'external';
      const gates = new Set(supervised ? [SUPERVISE + node.step.name] : []);
      return { ...NONE, steps: new Set([node.step.name]), gates };
    }
    case 'gate':
      return { ...NONE, gates: new Set([node.gate.name]), through: true, uncovered: false };
    case 'when': {
      const branches = [
        reachInto(node.whenHit, uncovered),
        reachInto(node.otherwise, uncovered),
      ] as const;
      const through = branches.filter((branch) => branch.through);

      return {
        ...join(...branches),
        through: through.length > 0,
        uncovered: through.some((branch) => branch.uncovered),
      };
    }
  }
}

/** What follows the one node that `is` finds; undefined when it is not among these. */
function after(
  nodes: readonly Node[],
  is: (node: Node) => boolean,
  uncovered: boolean,
): Walked | undefined {
  for (const [i, node] of nodes.entries()) {
    if (is(node)) return reachInto(nodes.slice(i + 1), uncovered);

    if (node.kind === 'gate') {
      const inside = after(node.rejected, is, uncovered);
      if (inside !== undefined) return { ...inside, through: false }; // a rejected run ends there
    }

    if (node.kind === 'when') {
      const inside = after(node.whenHit, is, uncovered) ?? after(node.otherwise, is, uncovered);
      if (inside !== undefined)
        return inside.through
          ? join(inside, reachInto(nodes.slice(i + 1), inside.uncovered))
          : inside;
    }
  }

  return undefined;
}

/** What is still done for runs that a gate rejected. */
function rejections(nodes: readonly Node[]): Walked[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'gate') return [reachInto(node.rejected, true), ...rejections(node.rejected)];
    return node.kind === 'when' ? [...rejections(node.whenHit), ...rejections(node.otherwise)] : [];
  });
}

/** Whether everything before a step is behind the run. */
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
        const hit = run.branches[node.name];
        return hit === undefined ? 'blocked' : walk(hit ? node.whenHit : node.otherwise);
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

/** The decisions that an external step needs: sets of gates, of each of which one is approved. */
export function decisionsNeeded(
  flow: Flow,
  run: Run,
  step: string,
  situation: Pick<Situation, 'clear' | 'rollout'> & { readonly short?: boolean },
): string[][] {
  if (situation.rollout === 'shadow') return [];

  const supervision = SUPERVISE + step;
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
        if (node.step.authority.effect === 'external') nearest = undefined;
        return false;
      case 'when': {
        const hit = stepsIn(node.whenHit).includes(step);
        const otherwise = stepsIn(node.otherwise).includes(step);
        const now = hasFacts(flow, node.rule, situation.clear)
          ? decide(node.rule, situation.clear).hit
          : undefined;

        if (hit || otherwise) {
          if (now !== hit) needed.push([supervision]);
          return walk(hit ? node.whenHit : node.otherwise);
        }

        // the gates of the branch it took and of the one it would take now
        for (const branch of new Set([run.branches[node.name], now]))
          if (branch !== undefined) walk(branch ? node.whenHit : node.otherwise);

        return false;
      }
      case 'gate': {
        if (stepsIn(node.rejected).includes(step)) return walk(node.rejected);
        const lacking = node.gate.when.some((rule) => !hasFacts(flow, rule, situation.clear));
        if (lacking || judgeGate(node.gate, situation).waits)
          needed.push([node.gate.name, supervision]);
        nearest = node.gate.name;
        return false;
      }
    }
  };

  walk(flow.nodes);

  if (situation.rollout === 'supervised' || situation.short)
    needed.push(nearest === undefined ? [supervision] : [nearest, supervision]);

  return needed;
}

function stepsIn(nodes: readonly Node[]): string[] {
  return [...everyNode(nodes)].flatMap((node) => (node.kind === 'step' ? [node.step.name] : []));
}

/** Goes through the nested nodes, past what is done, to what the run waits for now. */
export class ModelWalk {
  readonly rules: RuleOutcome[] = [];
  readonly opened: OpenedGate[] = [];
  readonly #flow: Flow;
  readonly #situation: Situation;
  #run: Run;
  /** The gate whose decision covers the next external step. */
  #coveredBy: string | undefined;

  constructor(flow: Flow, run: Run, situation: Situation) {
    this.#flow = flow;
    this.#run = run;
    this.#situation = situation;
  }

  get run(): Run {
    return this.#run;
  }

  advance(): void {
    const end = this.#through(this.#flow.nodes);
    const { now } = this.#situation;
    if (end === 'through') this.#run = { ...this.#run, status: 'done', finishedAt: now };
    else if (end === 'rejected') this.#run = { ...this.#run, status: 'rejected', finishedAt: now };
    else this.#run = { ...this.#run, status: this.#waits() ? 'waiting' : 'running' };
  }

  supervise(step: string, short = false): void {
    const passed = [...this.#flow.gates.values()].filter(
      ({ name }) => this.#run.gates[name] === 'passed',
    );
    const rules = [...new Set(passed.flatMap(({ when }) => when))].map((rule) =>
      judgeAgain(this.#flow, rule, this.#situation.clear),
    );
    if (short) rules.push(SHORT);

    this.rules.push(...rules);
    this.#open(
      superviseGate(this.#flow, step),
      rules.filter(({ hit }) => hit),
    );

    this.#run = { ...this.#run, status: 'waiting' };
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
        const hit = this.#run.branches[node.name] ?? this.#ask(node);
        return this.#through(hit ? node.whenHit : node.otherwise);
      }
      case 'gate':
        return this.#passGate(node);
    }
  }

  #passStep({ step }: NodeOf<'step'>): 'through' | 'blocked' | 'rejected' {
    const external = step.authority.effect === 'external';
    const state = this.#run.steps[step.name]?.state;
    if (state === 'done') {
      if (external) this.#coveredBy = undefined;
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
      this.supervise(step.name);
      return 'blocked';
    }

    this.#run = withStep(this.#run, step.name, { state: 'ready' });

    return 'blocked';
  }

  #passGate({ gate, rejected }: NodeOf<'gate'>): 'through' | 'blocked' | 'rejected' {
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

  #ask(node: NodeOf<'when'>): boolean {
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
