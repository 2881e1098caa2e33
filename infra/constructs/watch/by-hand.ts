/**
 * Manual actions for the on-call person, as AWS commands. The product does not yet have operations
 * that stop an automation, end a run or resume a parked run. When it does, alarms will name those
 * operations instead.
 */
export const manualActions = {
  /**
   * Stops delivery. Messages stay in the queue for up to 14 days; those already received are still
   * processed.
   */
  takeNoMoreFrom: (queue: string) =>
    `disable the event source mapping of ${queue} queue (aws lambda update-event-source-mapping --no-enabled)`,
  /**
   * Slows delivery down. A concurrency limit of the function would not be suitable, because
   * throttled messages are redelivered and go to the dead-letter queue after five deliveries.
   */
  takeLess:
    'limit its event source mapping (aws lambda update-event-source-mapping --scaling-config MaximumConcurrency=2)',
  /**
   * Stops a function that must not run at all. Messages that are delivered while it is stopped go
   * to the dead-letter queue.
   */
  stop: 'stop all its invocations (aws lambda put-function-concurrency --reserved-concurrent-executions 0)',
} as const;
