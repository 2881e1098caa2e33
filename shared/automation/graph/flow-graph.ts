import type { GateNode, Node, StageNode, StepNode, WhenNode } from '../flow.ts';

/** Branch that leaves the main line of a flow. */
export type Branch = 'rejected' | 'hit' | 'otherwise';

/** End of a run: it has passed all nodes, or a gate rejected it. */
export type FlowEnd = 'done' | 'rejected';

/** Next point of a run, or its end. */
export type FlowTarget = FlowPoint | FlowEnd;

/** Branch that a run must have taken to reach a point. */
export type FlowCondition =
  | { readonly branch: 'rejected'; readonly node: GateNode }
  | { readonly branch: 'hit' | 'otherwise'; readonly node: WhenNode };

interface PointOf<N extends Node, B extends Branch = never> {
  readonly kind: N['kind'];
  readonly node: N;
  /** Branches that lead to this point, outermost first. */
  readonly conditions: readonly FlowCondition[];
  /** Next target after this node and, for a `when`, after its branches. */
  readonly next: FlowTarget;
  /** First target of each branch. For an empty branch, this is the target after the branch. */
  readonly branches: Readonly<Record<B, FlowTarget>>;
}

export type StepPoint = PointOf<StepNode>;
export type WhenPoint = PointOf<WhenNode, 'hit' | 'otherwise'>;

/** Node of a flow, linked to its possible successors. */
export type FlowPoint = PointOf<StageNode> | StepPoint | PointOf<GateNode, 'rejected'> | WhenPoint;

/**
 * Graph of a flow, the only definition of the order of its nodes. The state machine walks it, the
 * checks of a declaration read it, and IAM roles and the authority lock are derived from it.
 *
 * To add a kind of node, link it in `toPoint`, add the facts after the node to `path-facts.ts`, and
 * add the effects of a commit before the node to `reach.ts`.
 */
export interface FlowGraph {
  readonly start: FlowTarget;
  /** All points in the order in which the flow is written. Every link leads to a later point. */
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

/** Context of a list of nodes. `points` collects the points of the nodes, from last to first. */
interface Surroundings {
  readonly next: FlowTarget;
  readonly conditions: readonly FlowCondition[];
  readonly points: FlowPoint[];
}

/** Links nodes from the last to the first, and returns the target at which a run enters them. */
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
      // from last to first, because points are collected in that order
      const otherwise = branch(node.otherwise, { branch: 'otherwise', node }, next);
      const hit = branch(node.whenHit, { branch: 'hit', node }, next);
      return { kind: 'when', node, ...common, branches: { hit, otherwise } };
    }
  }
}
