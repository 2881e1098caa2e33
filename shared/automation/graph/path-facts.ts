import { carry, type Exits } from './carry.ts';
import { type FlowGraph, type FlowPoint, isExternal } from './flow-graph.ts';

/** Facts about the paths to a point. */
export interface PathFacts {
  /** Points directly before this point. Empty at the start of the flow. */
  readonly predecessors: ReadonlySet<FlowPoint>;
  /** Names of the gates that a run has passed without rejection on at least one path. */
  readonly gates: ReadonlySet<string>;
  /**
   * Gates whose decisions cover an external step at this point if every gate waits: one gate for
   * each path, or `undefined` for a path without such a gate. One decision covers one external
   * step.
   */
  readonly nearestGates: ReadonlySet<string | undefined>;
  /** Fields that have been written on every path. */
  readonly fields: ReadonlySet<string>;
}

/**
 * Returns the facts about the paths to each point, with the points in written order.
 *
 * @param inputs - Fields that are set at the start of every run.
 */
export function pathFacts(
  graph: FlowGraph,
  inputs: readonly string[],
): ReadonlyMap<FlowPoint, PathFacts> {
  const atStart: PathFacts = {
    predecessors: new Set(),
    gates: new Set(),
    nearestGates: new Set([undefined]),
    fields: new Set(inputs),
  };
  const facts = carry(graph, graph.start, atStart, { over: factsOver, merge });

  return new Map(graph.points.map((point) => [point, facts.get(point) ?? atStart]));
}

function factsOver(point: FlowPoint, before: PathFacts): Exits<PathFacts> {
  const facts = { ...before, predecessors: new Set([point]) };

  switch (point.kind) {
    case 'stage':
      return [[point.next, facts]];
    case 'step': {
      const fields = new Set([...before.fields, ...point.node.step.authority.writes]);
      const nearestGates = isExternal(point) ? new Set([undefined]) : before.nearestGates;
      return [[point.next, { ...facts, fields, nearestGates }]];
    }
    case 'gate': {
      const { name } = point.node.gate;
      const gates = new Set([...before.gates, name]);
      return [
        [point.next, { ...facts, gates, nearestGates: new Set([name]) }],
        [point.branches.rejected, facts],
      ];
    }
    case 'when':
      return [
        [point.branches.hit, facts],
        [point.branches.otherwise, facts],
      ];
  }
}

/** Merges the facts of two paths to one point. Keeps only fields that are written on both paths. */
function merge(one: PathFacts, other: PathFacts): PathFacts {
  return {
    predecessors: new Set([...one.predecessors, ...other.predecessors]),
    gates: new Set([...one.gates, ...other.gates]),
    nearestGates: new Set([...one.nearestGates, ...other.nearestGates]),
    fields: new Set([...one.fields].filter((field) => other.fields.has(field))),
  };
}
