import type { FlowGraph, FlowPoint, FlowTarget } from './flow-graph.ts';

/** Next targets of a run, each with the value that is carried there. */
export type Exits<T> = (readonly [to: FlowTarget, value: T])[];

/** Rules for carrying a value through a graph. */
export interface Carrier<T> {
  /** Returns the next targets after a point, and the value at each target. */
  readonly over: (point: FlowPoint, value: T) => Exits<T>;
  /** Combines the values of two paths to one point. */
  readonly merge: (one: T, other: T) => T;
}

/** Carries a value along the links of a graph, from one target to every reachable target. */
export function carry<T>(
  { points }: FlowGraph,
  from: FlowTarget,
  value: T,
  { over, merge }: Carrier<T>,
): ReadonlyMap<FlowTarget, T> {
  const values = new Map([[from, value]]);

  // in written order, in which every predecessor of a point comes before the point
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
