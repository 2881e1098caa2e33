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
   * Writes one line; on Lambda to standard output, without a prefix. Errors it throws are ignored.
   */
  readonly write: (line: string) => void;
  readonly clock: Clock;
  /** Dimension of every metric. */
  readonly environment: string;
  /** Name of the function: a member of the line, not a dimension. */
  readonly function: string;
}

/**
 * Maximum number of values of one metric in one document, and of metrics in one directive.
 * Specification, "Target members", "MetricDirective object".
 */
const MAX_VALUES = 100;
const MAX_METRICS = 100;
/**
 * Maximum number of values of one metric between flushes. Without a flush, values are lost and
 * memory stays limited.
 */
const MAX_PENDING = 10_000;

/**
 * Metrics as log lines in CloudWatch's embedded metric format. CloudWatch Logs converts them to
 * metrics, so a function needs no permission and makes no request to publish them.
 *
 * A flush writes one line of JSON, or several lines when a metric has more values than one document
 * may contain.
 *
 * @see
 *   https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export class EmfMetrics implements Metrics {
  readonly #options: EmfOptions;
  #pending = new Map<MetricName, number[]>();
  #dropped = 0;

  constructor(options: EmfOptions) {
    this.#options = options;
  }

  add(name: MetricName, value: number): void {
    if (!isMeasurable(name, value) || !this.#buffer(name, value)) this.#dropped++;
  }

  flush(): void {
    if (this.#dropped > 0) this.#buffer('ValuesDropped', this.#dropped);

    const pending = this.#pending;
    this.#pending = new Map();
    this.#dropped = 0;

    for (const values of splitIntoDocuments(pending)) {
      try {
        this.#options.write(JSON.stringify(documentOf(values, this.#options)));
      } catch {
        // a failure to write metrics must not fail the measured work
      }
    }
  }

  #buffer(name: MetricName, value: number): boolean {
    const values = this.#pending.get(name);
    if (values === undefined) this.#pending.set(name, [value]);
    else if (values.length < MAX_PENDING) values.push(value);
    else return false;
    return true;
  }
}

type Values = ReadonlyMap<MetricName, readonly number[]>;

/** Splits values into documents within the limits of the format. */
function* splitIntoDocuments(values: Values): Generator<Values> {
  const longest = Math.max(0, ...[...values.values()].map(({ length }) => length));
  for (let at = 0; at < longest; at += MAX_VALUES) {
    const round = [...values]
      .map(([name, all]) => [name, all.slice(at, at + MAX_VALUES)] as const)
      .filter(([, some]) => some.length > 0);
    for (let first = 0; first < round.length; first += MAX_METRICS)
      yield new Map(round.slice(first, first + MAX_METRICS));
  }
}

/**
 * Builds one document. The dimension and the function's name come last, so that no metric can
 * replace them. The function is not a dimension, because each function would then be billed as a
 * separate metric. Lines can be searched by function.
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
