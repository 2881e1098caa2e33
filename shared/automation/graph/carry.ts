import type { FlowGraph, FlowPoint, FlowTarget } from './flow-graph.ts';

/** The points where a run goes on, each with the value that it brings there. */
export type Exits<T> = (readonly [to: FlowTarget, value: T])[];

/** Changes a value on its way through a graph. */
export interface Carrier<T> {
  /** Returns where a run goes on from a point, and the value there. */
  readonly over: (point: FlowPoint, value: T) => Exits<T>;
  /** Combines the values of two paths to one point. */
  readonly merge: (one: T, other: T) => T;
}

/** Carries a value along the links of a graph, from one target on, to each that can be reached. */
export function carry<T>(
  { points }: FlowGraph,
  from: FlowTarget,
  value: T,
  { over, merge }: Carrier<T>,
): ReadonlyMap<FlowTarget, T> {
  const values = new Map([[from, value]]);

  // in written order: everything that leads to a point comes before it
  for (const point of points) {
    const before = values.get(point);
    if (before === undefined) continue;

    for (const [to, after] of over(point, before)) {
      const other = values.get(to);
      values.set(to, other === undefined ? after : merge(other, after));
    }
  }

  return values;
}
