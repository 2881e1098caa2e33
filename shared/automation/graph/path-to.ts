import type { Flow } from '../finished-flow.ts';
import {
  type Branch,
  type FlowPoint,
  type FlowTarget,
  findStep,
  type WhenPoint,
} from './flow-graph.ts';

/**
 * Point on the way to a step, with the branch that leads to the step; undefined for the main line.
 */
export interface PathPoint {
  readonly point: FlowPoint;
  readonly branch: Branch | undefined;
}

type BranchesOf = (when: WhenPoint) => Iterable<'hit' | 'otherwise'>;

/**
 * Yields the points that a run passes on its way to a step, in order. For an unknown step, yields
 * every point on the way to the end.
 *
 * @param branchesOf - Returns the branches to include of a `when` that lies before the step and
 *   does not contain it.
 */
export function pathTo(
  { graph }: Pick<Flow, 'graph'>,
  step: string,
  branchesOf: BranchesOf,
): Iterable<PathPoint> {
  return path(graph.start, findStep(graph, step) ?? 'done', branchesOf);
}

function* path(from: FlowTarget, to: FlowTarget, branchesOf: BranchesOf): Iterable<PathPoint> {
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

/** Returns the branch that leads from a point to the target `to`; undefined for the main line. */
function branchTowards({ node }: FlowPoint, to: FlowTarget): Branch | undefined {
  if (typeof to === 'string') return undefined;
  return to.conditions.find((condition) => condition.node === node)?.branch;
}

function followOf({ next, branches }: FlowPoint, branch: Branch | undefined): FlowTarget {
  const targets: Readonly<Partial<Record<Branch, FlowTarget>>> = branches;
  return (branch === undefined ? undefined : targets[branch]) ?? next;
}
