import type { Flow } from '../finished-flow.ts';
import { SUPERVISE } from '../supervision.ts';
import { carry, type Exits } from './carry.ts';
import {
  type FlowGraph,
  type FlowPoint,
  type FlowTarget,
  findStep,
  isExternal,
} from './flow-graph.ts';

/** Steps that can become ready and gates that can open in one commit, by name. */
export interface Reach {
  /** Steps that can become ready. */
  readonly steps: ReadonlySet<string>;
  /** Gates that can open, including those that the engine opens before external steps. */
  readonly gates: ReadonlySet<string>;
}

/**
 * Returns the steps and gates that the commit of a step's result can reach. Empty for an unknown
 * step.
 */
export function afterStep({ graph }: Pick<Flow, 'graph'>, step: string): Reach {
  // not covered, because the run may have passed earlier gates without a decision
  return reach(graph, findStep(graph, step)?.next ?? 'done', { covered: false });
}

/**
 * Returns the steps and gates that can be reached by the commit that starts a run, or by a commit
 * that settles a gate of the flow.
 */
export function afterIntake({ graph }: Pick<Flow, 'graph'>): Reach {
  const gates = graph.points.filter((point) => point.kind === 'gate');
  const reaches = [
    reach(graph, graph.start, { covered: false }),
    ...gates.map(({ next }) => reach(graph, next, { covered: true })),
    ...gates.map(({ branches }) => reach(graph, branches.rejected, { covered: false })),
  ];

  return {
    steps: new Set(reaches.flatMap(({ steps }) => [...steps])),
    gates: new Set(reaches.flatMap(({ gates: opened }) => [...opened])),
  };
}

/** @param options.covered - Whether a decision covers the next external step. */
function reach(
  graph: FlowGraph,
  from: FlowTarget,
  { covered }: { readonly covered: boolean },
): Reach {
  const merge = (one: boolean, other: boolean) => one && other;
  const reached = carry(graph, from, covered, { over: reachOver, merge });
  const steps = new Set<string>();
  const gates = new Set<string>();

  for (const point of graph.points.filter((one) => reached.has(one))) {
    if (point.kind === 'gate') gates.add(point.node.gate.name);
    if (point.kind !== 'step') continue;

    const { name } = point.node.step;
    steps.add(name);
    if (isExternal(point) && !reached.get(point)) gates.add(SUPERVISE + name);
  }

  return { steps, gates };
}

/**
 * Returns the points that the same commit reaches next, and whether a decision covers a step there.
 */
function reachOver(point: FlowPoint, covered: boolean): Exits<boolean> {
  switch (point.kind) {
    case 'stage':
      return [[point.next, covered]];
    case 'step':
      return []; // the commit of the step's result reaches the points after it
    case 'gate':
      // a gate that a run passes without a decision does not cover a step, but under the only
      // rollout that supervises external steps, every gate waits
      return [[point.next, true]];
    case 'when':
      return [
        [point.branches.hit, covered],
        [point.branches.otherwise, covered],
      ];
  }
}
