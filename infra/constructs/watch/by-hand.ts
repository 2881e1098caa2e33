/**
 * Manual actions for the on-call person, as AWS commands. The product has no operation yet that
 * stops an automation, ends a run or resumes a parked one; alarms will name those instead.
 */
export const manualActions = {
  /** Messages then wait in the queue, for at most 14 days; those already received continue. */
  takeNoMoreFrom: (queue: string) =>
    `disable the event source mapping of ${queue} queue (aws lambda update-event-source-mapping --no-enabled)`,
  /**
   * Not a concurrency limit of the function: throttled messages are redelivered, and go to the
   * dead-letter queue after five times.
   */
  takeLess:
    'limit its event source mapping (aws lambda update-event-source-mapping --scaling-config MaximumConcurrency=2)',
  /**
   * For a function that must not run at all. Messages delivered meanwhile go to the dead-letter
   * queue.
   */
  stop: 'stop all its invocations (aws lambda put-function-concurrency --reserved-concurrent-executions 0)',
} as const;
