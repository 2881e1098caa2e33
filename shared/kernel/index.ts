/**
 * Errors, ids, clock, randomness, canonical JSON. Every other folder may import this folder, which
 * imports no other folder.
 */
export {
  type Clock,
  DAY,
  type DurationMs,
  days,
  HOUR,
  hours,
  ManualClock,
  MINUTE,
  minutes,
  SECOND,
  seconds,
  systemClock,
  systemTimers,
  type Timers,
} from './clock.ts';
export { confusableSkeleton } from './confusables.ts';
export { formatMoney, minorDigitsOf } from './currency.ts';
export {
  CLEAR_CLASSES,
  type ClearClass,
  DATA_CLASSES,
  type DataClass,
  isSealedClass,
  SEALED_CLASSES,
  type SealedClass,
} from './data-class.ts';
export type { ErrorCode, ForeignErrorCode } from './error-codes.ts';
export {
  DefectError,
  type ErrorFacts,
  type Fate,
  InvalidInputError,
  isWritError,
  WritError,
  type WritErrorOptions,
} from './errors.ts';
export { assertName, base32, NAME, newId } from './ids.ts';
export { canonicalBytes, canonicalJson, type Json, nonCanonicalReason, parseJson } from './json.ts';
export { jsonLog, type Log, type LogFacts, silentLog } from './log.ts';
export {
  METRICS,
  METRICS_NAMESPACE,
  type MetricName,
  type Metrics,
  silentMetrics,
} from './metrics.ts';
export { omitUndefined } from './omit-undefined.ts';
export { fraction, type Random, seededRandom, systemRandom } from './random.ts';
export { type BackoffLimits, backoff, waitingTimers } from './retry.ts';
export {
  BUILT_IN_ROLES,
  type BuiltInRole,
  builtInRoleLike,
  DECIDING_ROLES,
  isCustomRoleName,
} from './roles.ts';
export { describeIssues } from './schema-issues.ts';
export { readObject } from './strict-json.ts';
export { isVisible, stripInvisible, textProblem } from './visible-text.ts';
