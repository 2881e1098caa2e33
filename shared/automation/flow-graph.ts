import { DefectError } from '#shared/kernel/index.ts';
import type { GateNode, Node, StageNode, StepNode, WhenNode } from './flow.ts';
import { SUPERVISE } from './supervision.ts';

/** A branch that a run can take beside the main line of its flow. */
export type Branch = 'rejected' | 'hit' | 'otherwise';

/** How a run ends: every node is behind it, or a decision rejected it. */
export type FlowEnd = 'done' | 'rejected';

/** Where a run can get to next. */
export type FlowTarget = FlowPoint | FlowEnd;

/** A branch that a run must have taken to get to a point. */
export type FlowCondition =
  | { readonly branch: 'rejected'; readonly node: GateNode }
  | { readonly branch: 'hit' | 'otherwise'; readonly node: WhenNode };

interface PointOf<N extends Node, B extends Branch = never> {
  readonly kind: N['kind'];
  readonly node: N;
  /** Every branch that leads here, outermost first. */
  readonly conditions: readonly FlowCondition[];
  /** What follows once this node and the branches of a `when` are behind the run. */
  readonly next: FlowTarget;
  /** Where each branch begins. An empty one leads straight to what follows it. */
  readonly branches: Readonly<Record<B, FlowTarget>>;
}

export type StepPoint = PointOf<StepNode>;
export type WhenPoint = PointOf<WhenNode, 'hit' | 'otherwise'>;

/** A node of a flow, linked to what may follow it. */
export type FlowPoint = PointOf<StageNode> | StepPoint | PointOf<GateNode, 'rejected'> | WhenPoint;

/** What is true of every run that gets to a point, or of some. */
export interface PathFacts {
  /** Points that a run can come from directly. None: the flow begins here. */
  readonly predecessors: ReadonlySet<FlowPoint>;
  /** Names of the gates that a run has behind it, without rejection, on at least one path. */
  readonly gates: ReadonlySet<string>;
  /**
   * The gates whose decision covers an external step at this point while every gate waits, one for
   * each path; `undefined` for a path on which none does. One decision covers one external step.
   */
  readonly nearestGates: ReadonlySet<string | undefined>;
  /** Fields that have been written on every path. */
  readonly fields: ReadonlySet<string>;
}

/** What one commit can bring about, by name. */
export interface Reach {
  /** Steps that can become ready. */
  readonly steps: ReadonlySet<string>;
  /** Gates that can open, those included that the engine opens before external steps. */
  readonly gates: ReadonlySet<string>;
}

/**
 * The graph of a flow: the one place that knows what may follow what. The state machine walks it,
 * the checks of a declaration read it, and IAM roles and the authority lock are derived from it.
 *
 * A new kind of node is added in three functions: `toPoint` links it, `exitsOf` says what is true
 * behind it, and `reach` says what a commit in front of it can bring about.
 */
export class FlowGraph {
  /** Every point in the order in which the flow is written. Every link leads to a later one. */
  readonly points: readonly FlowPoint[];
  readonly start: FlowTarget;
  readonly #facts: ReadonlyMap<FlowTarget, PathFacts>;
  readonly #steps = new Map<string, StepPoint>();
  readonly #reaches = new Map<string, Reach>();
  #intake: Reach | undefined;

  /** @param inputs - Fields that every run has from its start. */
  constructor(nodes: readonly Node[], inputs: readonly string[]) {
    const points: FlowPoint[] = [];
    this.start = link(nodes, { next: 'done', conditions: [], points });
    this.points = points.reverse();
    this.#facts = factsOf(this.points, this.start, inputs);

    for (const point of this.points)
      if (point.kind === 'step' && !this.#steps.has(point.node.step.name))
        this.#steps.set(point.node.step.name, point);
  }

  /** Returns what is true of runs that get to a point of this graph. */
  before(point: FlowPoint): PathFacts {
    const facts = this.#facts.get(point);
    if (facts === undefined) throw new DefectError('the point is of another flow');
    return facts;
  }

  /** Returns what can follow directly from a step being done. Of an unknown step, nothing. */
  afterStep(step: string): Reach {
    let reached = this.#reaches.get(step);

    if (reached === undefined) {
      // a gate behind the run may have let it pass without a decision
      reached = this.#reach(this.#steps.get(step)?.next ?? 'done', { covered: false });
      this.#reaches.set(step, reached);
    }

    return reached;
  }

  /** Returns what can follow directly from a start, or from any gate of the flow being settled. */
  afterIntake(): Reach {
    const gates = this.points.filter((point) => point.kind === 'gate');

    this.#intake ??= union([
      this.#reach(this.start, { covered: false }),
      ...gates.map(({ next }) => this.#reach(next, { covered: true })),
      ...gates.map(({ branches }) => this.#reach(branches.rejected, { covered: false })),
    ]);

    return this.#intake;
  }

  /**
   * Yields the points that a run passes on its way to a step, in the order in which it meets them,
   * each with the branch that leads to the step. Of an unknown step, every point on the way to the
   * end.
   *
   * @param branchesOf - Returns which branches of a `when` count that lies on the way with both its
   *   branches.
   */
  *pathTo(
    step: string,
    branchesOf: (when: WhenPoint) => Iterable<'hit' | 'otherwise'>,
  ): Iterable<{ readonly point: FlowPoint; readonly branch: Branch | undefined }> {
    yield* path(this.start, this.#steps.get(step) ?? 'done', branchesOf);
  }

  /** One pass in written order: what leads to a point is seen before the point itself. */
  #reach(from: FlowTarget, { covered }: { readonly covered: boolean }): Reach {
    const steps = new Set<string>();
    const gates = new Set<string>();
    /** By point that can be reached: whether a decision covers an external step there. */
    const reached = new Map<FlowTarget, boolean>([[from, covered]]);
    const add = (to: FlowTarget, covers: boolean) =>
      reached.set(to, covers && reached.get(to) !== false);

    for (const point of this.points) {
      const covers = reached.get(point);
      if (covers === undefined) continue;

      switch (point.kind) {
        case 'stage':
          add(point.next, covers);
          break;
        case 'step': // what follows it is for the commit in which it is done
          steps.add(point.node.step.name);
          if (isExternal(point) && !covers) gates.add(SUPERVISE + point.node.step.name);
          break;
        case 'gate':
          gates.add(point.node.gate.name);
          // a gate that a run passes without a decision covers nothing; but in the one rollout that
          // supervises external steps, every gate waits
          add(point.next, true);
          break;
        case 'when':
          add(point.branches.hit, covers);
          add(point.branches.otherwise, covers);
          break;
      }
    }

    return { steps, gates };
  }
}

/** What surrounds a list of nodes. `points` collects them, last to first. */
interface Surroundings {
  readonly next: FlowTarget;
  readonly conditions: readonly FlowCondition[];
  readonly points: FlowPoint[];
}

/** Links nodes from the last to the first, and returns where a run enters them. */
function link(nodes: readonly Node[], around: Surroundings): FlowTarget {
  return nodes.reduceRight<FlowTarget>((next, node) => {
    const point = toPoint(node, { ...around, next });
    around.points.push(point);
    return point;
  }, around.next);
}

function toPoint(node: Node, around: Surroundings): FlowPoint {
  const { next, conditions } = around;
  const branch = (nodes: readonly Node[], condition: FlowCondition, end: FlowTarget) =>
    link(nodes, { ...around, next: end, conditions: [...conditions, condition] });

  switch (node.kind) {
    case 'stage':
      return { kind: node.kind, node, conditions, next, branches: {} };
    case 'step':
      return { kind: node.kind, node, conditions, next, branches: {} };
    case 'gate': {
      const rejected = branch(node.rejected, { branch: 'rejected', node }, 'rejected');
      return { kind: node.kind, node, conditions, next, branches: { rejected } };
    }
    case 'when': {
      // last to first, as points are collected
      const otherwise = branch(node.otherwise, { branch: 'otherwise', node }, next);
      const hit = branch(node.whenHit, { branch: 'hit', node }, next);
      return { kind: node.kind, node, conditions, next, branches: { hit, otherwise } };
    }
  }
}

interface Exit {
  readonly to: FlowTarget;
  readonly facts: PathFacts;
}

/** Returns where a run can go on from a point, and what is true of it then. */
function exitsOf(point: FlowPoint, before: PathFacts): Exit[] {
  const facts = { ...before, predecessors: new Set([point]) };

  switch (point.kind) {
    case 'stage':
      return [{ to: point.next, facts }];
    case 'step': {
      const fields = new Set([...before.fields, ...point.node.step.authority.writes]);
      const nearestGates = isExternal(point) ? new Set([undefined]) : before.nearestGates;
      return [{ to: point.next, facts: { ...facts, fields, nearestGates } }];
    }
    case 'gate': {
      const { name } = point.node.gate;
      const gates = new Set([...before.gates, name]);
      return [
        { to: point.next, facts: { ...facts, gates, nearestGates: new Set([name]) } },
        { to: point.branches.rejected, facts },
      ];
    }
    case 'when':
      return [
        { to: point.branches.hit, facts },
        { to: point.branches.otherwise, facts },
      ];
  }
}

function factsOf(
  points: readonly FlowPoint[],
  start: FlowTarget,
  inputs: readonly string[],
): ReadonlyMap<FlowTarget, PathFacts> {
  const facts = new Map<FlowTarget, PathFacts>();
  facts.set(start, {
    predecessors: new Set(),
    gates: new Set(),
    nearestGates: new Set([undefined]),
    fields: new Set(inputs),
  });

  for (const point of points) {
    const before = facts.get(point);
    if (before === undefined) throw new DefectError('a point is linked to none before it');

    for (const exit of exitsOf(point, before)) {
      const other = facts.get(exit.to);
      facts.set(exit.to, other === undefined ? exit.facts : merge(other, exit.facts));
    }
  }

  return facts;
}

/** Joins two paths to one point: fields are there when both have written them. */
function merge(one: PathFacts, other: PathFacts): PathFacts {
  return {
    predecessors: new Set([...one.predecessors, ...other.predecessors]),
    gates: new Set([...one.gates, ...other.gates]),
    nearestGates: new Set([...one.nearestGates, ...other.nearestGates]),
    fields: new Set([...one.fields].filter((field) => other.fields.has(field))),
  };
}

function* path(
  from: FlowTarget,
  to: FlowTarget,
  branchesOf: (when: WhenPoint) => Iterable<'hit' | 'otherwise'>,
): Iterable<{ readonly point: FlowPoint; readonly branch: Branch | undefined }> {
  let point = from;

  while (point !== to && typeof point === 'object') {
    const branch = branchTowards(point, to);
    yield { point, branch };

    if (point.kind === 'when' && branch === undefined)
      for (const taken of branchesOf(point))
        yield* path(point.branches[taken], point.next, branchesOf);

    point = followOf(point, branch);
  }
}

/** Returns the branch of a point that leads to another; undefined when the main line does. */
function branchTowards({ node }: FlowPoint, to: FlowTarget): Branch | undefined {
  if (typeof to === 'string') return undefined;
  return to.conditions.find((condition) => condition.node === node)?.branch;
}

function followOf({ next, branches }: FlowPoint, branch: Branch | undefined): FlowTarget {
  const targets: Readonly<Partial<Record<Branch, FlowTarget>>> = branches;
  return (branch === undefined ? undefined : targets[branch]) ?? next;
}

function union(reaches: readonly Reach[]): Reach {
  return {
    steps: new Set(reaches.flatMap(({ steps }) => [...steps])),
    gates: new Set(reaches.flatMap(({ gates }) => [...gates])),
  };
}

const isExternal = ({ node }: StepPoint) => node.step.authority.effect === 'external';
