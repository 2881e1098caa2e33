import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE, type MetricName } from '#shared/kernel/index.ts';
import { DUE, LIST, RUN, SWEEP } from '#shared/ledger/tables.ts';
import { type FunctionName, type Named, namesOf } from '../../naming/names.ts';

/** Period of every metric. */
const PERIOD = Duration.minutes(5);

/** Threshold of failed requests in a period. It is above one request and its retry. */
export const FEW = 3;

export const TABLES = ['state', 'trail', 'keys'] as const;
export type Table = (typeof TABLES)[number];

/**
 * Returns the metrics of an environment: AWS metrics, and metrics that functions write to their log
 * lines. Only names of resources are needed, so the resources need not exist yet. No permissions
 * are granted.
 *
 * Metrics for the whole account and region, such as concurrency in use and refused requests to
 * DynamoDB (`UserErrors`), are omitted, because they include other environments. Uses of the data
 * key are also omitted. KMS unwraps a workspace's key only once for many values, so reads of the
 * key table are a better measure of opened data.
 */
export function measuresOf(environment: Named) {
  const names = namesOf(environment);
  const measure =
    <Name extends string>(namespace: string, dimensionsMap: Record<string, string>) =>
    (metricName: Name, statistic: string = Stats.SUM) =>
      new Metric({ namespace, metricName, dimensionsMap, statistic, period: PERIOD });

  return {
    function: (fn: FunctionName) =>
      measure<FunctionMeasure>('AWS/Lambda', { FunctionName: names.function(fn) }),
    queue: (fn: FunctionName) => measure<QueueMeasure>('AWS/SQS', { QueueName: names.queue(fn) }),
    deadLetterQueue: (fn: FunctionName) =>
      measure<QueueMeasure>('AWS/SQS', { QueueName: names.deadLetterQueue(fn) }),
    /** Metrics of a table. `dimensions` restrict them to an index or an operation. */
    table: (table: Table, dimensions: Record<string, string> = {}) =>
      measure<TableMeasure>('AWS/DynamoDB', { TableName: names.table(table), ...dimensions }),
    /** Metrics of the API, by the id that API Gateway assigned. */
    gateway: (ApiId: string) => measure<'5xx'>('AWS/ApiGateway', { ApiId }),
    /** Metrics that the environment's functions emit, in total. */
    own: measure<MetricName>(METRICS_NAMESPACE, { environment: names.prefix }),
  };
}

type FunctionMeasure = 'Errors' | 'Invocations' | 'Throttles';
type QueueMeasure =
  | 'ApproximateAgeOfOldestMessage'
  | 'ApproximateNumberOfMessagesNotVisible'
  | 'ApproximateNumberOfMessagesVisible'
  | 'NumberOfMessagesSent';
export type TableMeasure =
  | 'ConsumedReadCapacityUnits'
  | 'ConsumedWriteCapacityUnits'
  | 'ReadThrottleEvents'
  | 'SystemErrors'
  | 'TransactionConflict'
  | 'WriteThrottleEvents';

/**
 * Returns metrics of throttled requests to a table and its indexes. An index that cannot keep up
 * throttles writes to its table.
 */
export function throttled(environment: Named, table: Table): Metric[] {
  const indexes = INDEXES[table].map((GlobalSecondaryIndexName) => ({ GlobalSecondaryIndexName }));
  return [{}, ...indexes].flatMap((dimensions) => {
    const measure = measuresOf(environment).table(table, dimensions);
    return [measure('ReadThrottleEvents'), measure('WriteThrottleEvents')];
  });
}

/** Returns metrics of requests that failed within DynamoDB, which counts them only by operation. */
export function systemErrors(environment: Named, table: Table): Metric[] {
  return OPERATIONS.map((Operation) =>
    measuresOf(environment).table(table, { Operation })('SystemErrors'),
  );
}

const INDEXES: Record<Table, string[]> = {
  state: [DUE.index, SWEEP.index, LIST.index],
  trail: [RUN.index],
  keys: [],
};

/** Operations that roles of the environment can call. */
const OPERATIONS = ['BatchGetItem', 'ExecuteTransaction', 'GetItem', 'Query'];

/**
 * Adds several metrics to one line. Missing values count as 0, because a function that was not
 * called does not report errors.
 *
 * @param id - Prefix that keeps its metric ids unique in the graph.
 */
export function combined(
  how: 'MAX' | 'SUM',
  metrics: readonly Metric[],
  label: string,
  id = 'm',
): IMetric {
  const [only, ...others] = metrics;
  if (only !== undefined && others.length === 0) return only.with({ label });

  const parts = metrics.map((metric, i) => [`${id}n${i}`, metric] as const);
  const expression = `${how}([${parts.map(([part]) => `FILL(${part}, 0)`).join(', ')}])`;

  return new MathExpression({
    expression,
    usingMetrics: Object.fromEntries(parts),
    label,
    period: PERIOD,
  });
}
