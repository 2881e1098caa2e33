/** Results of several rounds of a measurement. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: percentile(sorted, 50),
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN;
}

/**
 * Returns the processor time that this process spends in `work`, user and system, in microseconds.
 */
export async function cpuMicros(work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

export async function milliseconds(work: () => Promise<void> | void): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

/** One row of the table: a figure, its baseline, its floor and its goal. */
export interface Row {
  /** Number and name, as in the list of goals. */
  readonly what: string;
  readonly figure: string;
  /** Figure of the bare operation, measured in the same run of the benchmark. */
  readonly baseline: string;
  readonly ratio?: string;
  readonly floor: string;
  readonly goal: string;
  readonly met: 'goal' | 'floor' | 'no';
  /** All numbers from which the row was computed. */
  readonly numbers: Readonly<Record<string, number>>;
}

/**
 * Returns `goal` if the floor and the goal are met, `floor` if only the floor is met, otherwise
 * `no`.
 */
export function verdict(floor: boolean, goal: boolean): Row['met'] {
  if (goal && floor) return 'goal';
  return floor ? 'floor' : 'no';
}
