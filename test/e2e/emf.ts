import { METRICS, type MetricName } from '#shared/kernel/index.ts';

interface EmfDocument {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: MetricName; readonly Unit: string }[];
    }[];
  };
  readonly environment: string;
  readonly function: string;
}

/**
 * What CloudWatch would make of lines in the embedded metric format, summed up.
 *
 * @throws what is wrong with the first line that is not of the form.
 * @see
 *   https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function totalsOf(
  lines: readonly string[],
  environment: string,
  functions: ReadonlySet<string>,
): Partial<Record<MetricName, number>> {
  const totals: Partial<Record<MetricName, number>> = {};
  for (const line of lines) {
    const { _aws, ...members } = JSON.parse(line) as EmfDocument;
    const wrong = (what: string) => new Error(`${what}: ${line.slice(0, 400)}`);
    if (members.environment !== environment) throw wrong('of another environment');
    if (!functions.has(members.function)) throw wrong('of no function');
    if (!Number.isSafeInteger(_aws.Timestamp)) throw wrong('without a time');
    const [directive, ...others] = _aws.CloudWatchMetrics;
    if (
      directive?.Namespace !== 'Writ' ||
      JSON.stringify(directive.Dimensions) !== '[["environment"]]' ||
      others.length > 0
    ) {
      throw wrong('not with one directive, by environment');
    }

    const named = directive.Metrics.map(({ Name }) => Name);
    const present = Object.keys(members).filter(
      (name) => name !== 'environment' && name !== 'function',
    );
    if (named.toSorted().join() !== present.toSorted().join())
      throw wrong('with other values than it names');

    for (const { Name, Unit } of directive.Metrics) {
      const values = (members as unknown as Record<MetricName, unknown>)[Name];
      if (
        METRICS[Name]?.unit !== Unit ||
        !Array.isArray(values) ||
        values.length < 1 ||
        values.length > 100
      )
        throw wrong(`with a bad ${Name}`);

      for (const value of values) totals[Name] = (totals[Name] ?? 0) + (value as number);
    }
  }

  return totals;
}
