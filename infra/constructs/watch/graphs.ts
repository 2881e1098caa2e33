import { GraphWidget, type IMetric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '#shared/kernel/index.ts';
import type { FunctionName, Named } from '../../naming/names.ts';
import {
  combined,
  measuresOf,
  systemErrors,
  TABLES,
  type TableMeasure,
  throttled,
} from './measures.ts';
import { deadLetterConsumerOf, intakeOf, type Watched } from './watched.ts';

/**
 * Returns the graphs of automations, with one line for each automation. Alarms, not graphs, show
 * which function is affected.
 */
export function automationGraphs(
  environment: Named,
  automations: readonly Watched[],
): GraphWidget[] {
  const measures = measuresOf(environment);
  const age = (fn: FunctionName) =>
    measures.queue(fn)('ApproximateAgeOfOldestMessage', Stats.MAXIMUM);
  const errors = (fn: FunctionName) => measures.function(fn)('Errors');
  const withIntake = automations.filter(({ name, queues }) => queues.includes(intakeOf(name)));
  const withQueues = automations.filter(({ queues }) => queues.length > 0);
  const withFunctions = automations.filter(({ functions }) => functions.length > 0);
  const withConsumer = automations.filter(({ name, functions }) =>
    functions.includes(deadLetterConsumerOf(name)),
  );

  return [
    ...graph(
      'What comes in: messages to start a run',
      withIntake.map(({ name }) =>
        measures.queue(intakeOf(name))('NumberOfMessagesSent').with({ label: name }),
      ),
    ),
    ...graph(
      'What waits: age of the oldest message in any queue, in seconds',
      withQueues.map(({ name, queues }, i) => combined('MAX', queues.map(age), name, `a${i}`)),
    ),
    ...graph(
      'What failed: invocations that crashed or ran out of time',
      withFunctions.map(({ name, functions }, i) =>
        combined('SUM', functions.map(errors), name, `e${i}`),
      ),
    ),
    ...graph(
      'What was given up: invocations for messages handed out too often',
      withConsumer.map(({ name }) =>
        measures.function(deadLetterConsumerOf(name))('Invocations').with({ label: name }),
      ),
    ),
  ];
}

/** Returns the maximum number of metrics that the graphs above use for one automation. */
export const measuresTaken = ({ functions, queues }: Watched): number =>
  functions.length + queues.length + 2;

/**
 * Returns the graphs of the ledger's tables, with one line for each table. Reads of the key table
 * show how much sealed data is opened.
 */
export function ledgerGraphs(environment: Named): GraphWidget[] {
  const each = (name: TableMeasure) =>
    TABLES.map((table) => measuresOf(environment).table(table)(name).with({ label: table }));
  const counted = (title: string, names: readonly MetricName[]) =>
    countedBy(environment, title, names);

  return [
    ...counted('What was done, in all automations', ['RunsStarted', 'StepsDone', 'EffectsClaimed']),
    ...counted('What did not go on, in all automations', [
      'StepsRetried',
      'StepsWaiting',
      'RunsParked',
      'Refusals',
      'MessagesFailed',
    ]),
    ...counted(
      'Ledger: commits that were made again, moved on under, or whose end was not learned',
      ['CommitRetries', 'CommitConflicts', 'CommitsUnknown', 'MessagesUnsent'],
    ),
    ...graph('Ledger: units written', each('ConsumedWriteCapacityUnits')),
    ...graph('Ledger: units read', each('ConsumedReadCapacityUnits')),
    ...graph(
      'Ledger: commits that met another one, and were tried again',
      each('TransactionConflict'),
    ),
    ...graph('Ledger: requests refused, and failed within DynamoDB', [
      ...TABLES.map((table) =>
        combined('SUM', throttled(environment, table), `${table} refused`, `r${table}`),
      ),
      ...TABLES.map((table) =>
        combined('SUM', systemErrors(environment, table), `${table} failed`, `f${table}`),
      ),
    ]),
  ];
}

/**
 * Returns the graph of the API: failed requests, unauthenticated requests, and failed access
 * decisions.
 */
export const apiGraphs = (environment: Named): GraphWidget[] =>
  countedBy(environment, 'API: requests that were not answered as asked for', [
    'RequestsFailed',
    'RequestsUnidentified',
    'AccessErrors',
  ]);

/** Returns a graph of metrics that functions emit. */
function countedBy(environment: Named, title: string, names: readonly MetricName[]): GraphWidget[] {
  const { own } = measuresOf(environment);
  return graph(
    title,
    names.map((name) => own(name).with({ label: name })),
  );
}

/**
 * Returns a graph of half the dashboard width. Without metrics, returns no graph, because
 * CloudWatch rejects an empty one.
 */
function graph(title: string, left: IMetric[]): GraphWidget[] {
  return left.length === 0
    ? []
    : [
        new GraphWidget({
          title,
          left,
          width: 12,
          height: 6,
          leftYAxis: { min: 0, showUnits: false },
        }),
      ];
}
