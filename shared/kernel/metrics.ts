/**
 * Catalogue of metrics: unit, and the meaning of one value. A name never changes its meaning,
 * because alarms are set on it.
 */
export const METRICS = {
  StepsDone: { unit: 'Count', says: 'a step of a run was carried out and its result committed' },
  StepsRetried: { unit: 'Count', says: 'an attempt of a step failed and another one is to follow' },
  StepsWaiting: {
    unit: 'Count',
    says: 'an attempt of a step failed, and it waits for something outside: a vendor that is down or refuses the credentials, a secret',
  },
  RunsParked: {
    unit: 'Count',
    says: 'a run waits for a person, because going on would not help or might do harm',
  },
  Refusals: {
    unit: 'Count',
    says: 'something was refused: a start that does not fit, a decision, an effect, or a reach beyond what is declared',
  },
  EffectsClaimed: { unit: 'Count', says: 'a claim was committed: a request to a vendor may leave' },
  RunsStarted: { unit: 'Count', says: 'a run was started that did not exist before' },
  MessagesFailed: { unit: 'Count', says: 'a message was given back to its queue, to come again' },
  MessagesUnsent: {
    unit: 'Count',
    says: 'a message that follows a commit may not have been sent; its cause comes again or a sweep finds it',
  },
  CommitConflicts: { unit: 'Count', says: 'a commit was refused because a document had moved on' },
  CommitRetries: {
    unit: 'Count',
    says: 'a commit was sent to the store once more, the same bytes under the same token',
  },
  CommitsUnknown: {
    unit: 'Count',
    says: 'it was not learned whether a commit happened, and a writer was retired',
  },
  KeysUnwrapped: { unit: 'Count', says: 'a key was unwrapped by the key service' },
  KeysSkipped: {
    unit: 'Count',
    says: "an entry of the issuer's key set was left out, because no token can be checked with it here",
  },
  Swept: { unit: 'Count', says: 'a sweep found a run that waited for a message and sent it' },
  TimersFired: { unit: 'Count', says: 'a timer that fell due was carried out' },
  IndexMismatches: {
    unit: 'Count',
    says: 'an index led to a document that does not belong there, which was passed over',
  },
  DocumentsUnreadable: {
    unit: 'Count',
    says: 'an index led to a document that cannot be read, which was passed over',
  },
  AccessErrors: {
    unit: 'Count',
    says: 'a policy failed while access was decided, and the request was denied; or a stored role was not valid, and gave nothing',
  },
  RequestsUnidentified: {
    unit: 'Count',
    says: 'a request was refused because its sender is unknown',
  },
  RequestsFailed: {
    unit: 'Count',
    says: 'a request of the API could not be answered for a reason that is ours',
  },
  ValuesDropped: {
    unit: 'Count',
    says: 'a value was dropped: it was not a number, or the metrics were not flushed for too long',
  },
} as const satisfies Readonly<
  Record<string, { readonly unit: 'Count' | 'Milliseconds'; readonly says: string }>
>;

/** Namespace in CloudWatch. */
export const METRICS_NAMESPACE = 'Writ';

export type MetricName = keyof typeof METRICS;

/**
 * Operational metrics. They are not evidence, and may be lost. Dimensions are fixed when a
 * `Metrics` is created and never name a run, a person or a workspace: each new combination would be
 * billed as a separate metric, and people who may see a graph may not see every name.
 */
export interface Metrics {
  /**
   * Adds one value. Never throws, waits or writes. A value that is not finite, or beyond ±2^360
   * (CloudWatch's limit), is dropped and counted as `ValuesDropped`.
   */
  add(name: MetricName, value: number): void;
  /**
   * Writes the values added since the last flush, each exactly once. Writes nothing if no values
   * were added. Never throws or waits. Values that cannot be written are lost.
   */
  flush(): void;
}

export const silentMetrics: Metrics = { add: () => {}, flush: () => {} };

/**
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html,
 *   "Value"
 */
const MAX_VALUE = 2 ** 360;

/** Returns true for a value that adapters accept. Checks the name as well, for untyped callers. */
export function isMeasurable(name: string, value: number): name is MetricName {
  return Object.hasOwn(METRICS, name) && Number.isFinite(value) && Math.abs(value) <= MAX_VALUE;
}
