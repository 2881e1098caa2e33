import type { Clock } from '../clock.ts';
import {
  isMeasurable,
  METRICS,
  METRICS_NAMESPACE,
  type MetricName,
  type Metrics,
} from '../metrics.ts';

export interface EmfOptions {
  /**
   * Writes one line; on Lambda to standard output, without words before it. What it throws is let
   * be.
   */
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** What every value is measured for. */
  readonly environment: string;
  /** Which function measured it: in the line, and no dimension. */
  readonly function: string;
}

/**
 * Values of one metric in one document, and metrics in one directive. Specification, "Target
 * members", "MetricDirective object".
 */
const VALUES_MAX = 100;
const METRICS_MAX = 100;
/** Values of one metric that wait for a flush. Who forgets to flush loses values, not memory. */
const WAITING_MAX = 10_000;

/**
 * Metrics as lines of a log, in CloudWatch's embedded metric format: CloudWatch Logs turns them
 * into metrics, so that a function needs neither a permission nor a call for them.
 *
 * A flush writes one line of JSON, and more where a metric has more values than one document may
 * hold.
 *
 * @see
 *   https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class EmfMetrics implements Metrics {
  readonly #options: EmfOptions;
  #waiting = new Map<MetricName, number[]>();
  #dropped = 0;

  constructor(options: EmfOptions) {
    this.#options = options;
  }

  add(name: MetricName, value: number): void {
    if (!isMeasurable(name, value) || !this.#keep(name, value)) this.#dropped++;
  }

  flush(): void {
    if (this.#dropped > 0) this.#keep('ValuesDropped', this.#dropped);

    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#dropped = 0;

    for (const values of dealtOut(waiting)) {
      try {
        this.#options.write(JSON.stringify(documentOf(values, this.#options)));
      } catch {
        // nothing that is measured may fail because the measuring does
      }
    }
  }

  #keep(name: MetricName, value: number): boolean {
    const values = this.#waiting.get(name);
    if (values === undefined) this.#waiting.set(name, [value]);
    else if (values.length < WAITING_MAX) values.push(value);
    else return false;
    return true;
  }
}

type Values = ReadonlyMap<MetricName, readonly number[]>;

/** To each document at most so many metrics, and so many values of each, as one may hold. */
function* dealtOut(values: Values): Generator<Values> {
  const most = Math.max(0, ...[...values.values()].map(({ length }) => length));
  for (let at = 0; at < most; at += VALUES_MAX) {
    const round = [...values]
      .map(([name, all]) => [name, all.slice(at, at + VALUES_MAX)] as const)
      .filter(([, some]) => some.length > 0);
    for (let first = 0; first < round.length; first += METRICS_MAX)
      yield new Map(round.slice(first, first + METRICS_MAX));
  }
}

/**
 * The dimension and the function's name come last: no metric could stand in the place of one. The
 * function is no dimension, which would make a metric of its own, with a price of its own, out of
 * each of them; lines can be searched by it.
 */
function documentOf(values: Values, options: EmfOptions): object {
  const metrics = [...values.keys()].map((name) => ({ Name: name, Unit: METRICS[name].unit }));
  return {
    _aws: {
      Timestamp: options.clock.now(),
      CloudWatchMetrics: [
        { Namespace: METRICS_NAMESPACE, Dimensions: [['environment']], Metrics: metrics },
      ],
    },
    ...Object.fromEntries(values),
    environment: options.environment,
    function: options.function,
  };
}
