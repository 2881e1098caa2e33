/**
 * What whoever is on call can do by hand, with AWS's own commands. The product has no operation yet
 * that stops an automation, ends a run or takes a parked one up again; when one comes, alarms name
 * it in place of these.
 */
export const byHand = {
  /**
   * Messages wait in the queue then, for 14 days at most; what was taken from it already goes on.
   */
  takeNoMoreFrom: (queue: string) =>
    `disable the event source mapping of ${queue} queue (aws lambda update-event-source-mapping --no-enabled)`,
  /**
   * Not by a limit of the function: what it refuses is handed out again, and given up after five
   * times.
   */
  takeLess:
    'limit its event source mapping (aws lambda update-event-source-mapping --scaling-config MaximumConcurrency=2)',
  /**
   * For a function that must not go on, whatever calls it. Messages that its queue hands out
   * meanwhile are given up.
   */
  stop: 'stop it whatever calls it (aws lambda put-function-concurrency --reserved-concurrent-executions 0)',
} as const;
