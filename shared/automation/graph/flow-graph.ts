import type { GateNode, Node, StageNode, StepNode, WhenNode } from '../flow.ts';

/** A branch that a run can take beside the main line of its flow. */
export type Branch = 'rejected' | 'hit' | 'otherwise';

/** The end of a run: every node is behind it, or a decision rejected it. */
export type FlowEnd = 'done' | 'rejected';

/** A point that a run can get to next, or its end. */
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
  /** Next target after this node, including the branches of a `when`. */
  readonly next: FlowTarget;
  /** The first target of each branch. An empty branch leads straight to what follows it. */
  readonly branches: Readonly<Record<B, FlowTarget>>;
}

export type StepPoint = PointOf<StepNode>;
export type WhenPoint = PointOf<WhenNode, 'hit' | 'otherwise'>;

/** A node of a flow, linked to what may follow it. */
export type FlowPoint = PointOf<StageNode> | StepPoint | PointOf<GateNode, 'rejected'> | WhenPoint;

/**
 * The graph of a flow: the one place that knows what may follow what. The state machine walks it,
 * the checks of a declaration read it, and IAM roles and the authority lock are derived from it.
 *
 * A new kind of node is linked here, in `toPoint`. What is true behind it is added to
 * `path-facts.ts`, and what a commit in front of it can bring about to `reach.ts`.
 */
export interface FlowGraph {
  readonly start: FlowTarget;
  /** Every point in the order in which the flow is written. Every link leads to a later one. */
  readonly points: readonly FlowPoint[];
}

/** Links the nodes of a flow. */
export function toGraph(nodes: readonly Node[]): FlowGraph {
  const points: FlowPoint[] = [];
  const start = link(nodes, { next: 'done', conditions: [], points });
  return { start, points: points.reverse() };
}

/** Returns the point of a step; undefined when the flow has no such step. */
export function findStep({ points }: FlowGraph, step: string): StepPoint | undefined {
  return points.find(
    (point): point is StepPoint => point.kind === 'step' && point.node.step.name === step,
  );
}

export const isExternal = ({ node }: StepPoint) => node.step.authority.effect === 'external';

/** The surroundings of a list of nodes. `points` collects their points, last to first. */
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
  const common = { conditions, next };
  const branch = (nodes: readonly Node[], condition: FlowCondition, end: FlowTarget) =>
    link(nodes, { ...around, next: end, conditions: [...conditions, condition] });

  switch (node.kind) {
    case 'stage':
      return { kind: 'stage', node, ...common, branches: {} };
    case 'step':
      return { kind: 'step', node, ...common, branches: {} };
    case 'gate': {
      const rejected = branch(node.rejected, { branch: 'rejected', node }, 'rejected');
      return { kind: 'gate', node, ...common, branches: { rejected } };
    }
    case 'when': {
      // last to first, as points are collected
      const otherwise = branch(node.otherwise, { branch: 'otherwise', node }, next);
      const hit = branch(node.whenHit, { branch: 'hit', node }, next);
      return { kind: 'when', node, ...common, branches: { hit, otherwise } };
    }
  }
}
