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

/** Processor time of this process, user and system, in microseconds, spent in `work`. */
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

/** One line of the table: a figure, its baseline of the same run, its floor and its goal. */
export interface Row {
  /** Number and name, as the goals list them. */
  readonly what: string;
  readonly figure: string;
  /** Figure of the bare operation, in the same run. */
  readonly baseline: string;
  readonly ratio?: string;
  readonly floor: string;
  readonly goal: string;
  readonly met: 'goal' | 'floor' | 'no';
  /** Every number behind the line. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** `goal` when both hold, `floor` when only the floor does. */
export function verdict(floor: boolean, goal: boolean): Row['met'] {
  if (goal && floor) return 'goal';
  return floor ? 'floor' : 'no';
}
