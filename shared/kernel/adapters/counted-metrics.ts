import type { Clock } from '../clock.ts';
import { isMeasurable, type MetricName, type Metrics } from '../metrics.ts';

/** Totals of one metric since the process began, in the metric's unit. */
export interface MetricTotals {
  readonly count: number;
  readonly sum: number;
}

export interface MetricsSnapshot {
  /** Metrics that have a value. */
  readonly totals: Readonly<Partial<Record<MetricName, MetricTotals>>>;
  /** Time of the last flush, in milliseconds since the epoch; absent before the first one. */
  readonly flushedAt?: number;
}

/** The embedded {@link Metrics}: sums and counts in memory, of constant size. */
export class CountedMetrics implements Metrics {
  readonly #clock: Clock;
  readonly #totals = new Map<MetricName, MetricTotals>();
  #added = new Map<MetricName, MetricTotals>();
  #flushedAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(name: MetricName, value: number): void {
    if (isMeasurable(name, value)) put(this.#added, name, { count: 1, sum: value });
    else this.add('ValuesDropped', 1);
  }

  flush(): void {
    if (this.#added.size === 0) return;
    for (const [name, totals] of this.#added) put(this.#totals, name, totals);
    this.#added = new Map();
    this.#flushedAt = this.#clock.now();
  }

  /** Returns a copy of the flushed totals. */
  snapshot(): MetricsSnapshot {
    const totals = Object.fromEntries(this.#totals);
    return this.#flushedAt === undefined ? { totals } : { totals, flushedAt: this.#flushedAt };
  }
}

function put(
  totals: Map<MetricName, MetricTotals>,
  name: MetricName,
  { count, sum }: MetricTotals,
): void {
  const before = totals.get(name);
  totals.set(name, { count: (before?.count ?? 0) + count, sum: (before?.sum ?? 0) + sum });
}
