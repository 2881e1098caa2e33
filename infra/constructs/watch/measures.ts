import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRICS_NAMESPACE, type MetricName } from '#shared/kernel/index.ts';
import { DUE, LIST, RUN, SWEEP } from '#shared/ledger/tables.ts';
import { type FunctionName, type Named, namesOf } from '../../naming/names.ts';

/** Every measure is taken over this long. */
const PERIOD = Duration.minutes(5);

/**
 * So many failed requests in a period are more than one that met a passing trouble and was sent
 * again.
 */
export const FEW = 3;

export const TABLES = ['state', 'trail', 'keys'] as const;
export type Table = (typeof TABLES)[number];

/**
 * What AWS itself measures of an environment's resources, found by their names alone, and what
 * functions write into their log lines: nothing has to be there yet, and nothing is granted.
 *
 * Left out is what AWS measures only for the whole account and region, because other environments
 * are in it too: concurrency in use, refused requests to DynamoDB (`UserErrors`). Uses of the data
 * key are left out as well: KMS unwraps a workspace's key once for many values, so how much sealed
 * data is opened shows better in the reads of the table of wrapped keys.
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
    /** `dimensions` narrow it down to an index or to one operation. */
    table: (table: Table, dimensions: Record<string, string> = {}) =>
      measure<TableMeasure>('AWS/DynamoDB', { TableName: names.table(table), ...dimensions }),
    /** The API by the id that it was given when it was made. */
    gateway: (ApiId: string) => measure<'5xx'>('AWS/ApiGateway', { ApiId }),
    /** What functions measure themselves, all of the environment together. */
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
 * Requests that a table or one of its indexes refused. An index that cannot keep up makes the table
 * refuse writes.
 */
export function throttled(environment: Named, table: Table): Metric[] {
  const indexes = INDEXES[table].map((GlobalSecondaryIndexName) => ({ GlobalSecondaryIndexName }));
  return [{}, ...indexes].flatMap((dimensions) => {
    const measure = measuresOf(environment).table(table, dimensions);
    return [measure('ReadThrottleEvents'), measure('WriteThrottleEvents')];
  });
}

/** Requests that failed within DynamoDB. It counts them for each operation alone. */
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

/** All that roles of the environment can call. */
const OPERATIONS = ['BatchGetItem', 'ExecuteTransaction', 'GetItem', 'Query'];

/**
 * One line out of several. What was not measured counts as 0: a function that was not called
 * reports no errors.
 *
 * @param id - Tells its parts from those of other lines in the same graph.
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
