import type { Action, EntryDraft } from '#shared/audit/index.ts';
import { isWritError, type MetricName, type Metrics } from '#shared/kernel/index.ts';
import type { Ledger } from './ports.ts';

/** Metric of an action. */
const METRIC_OF_ACTION: Partial<Record<Action, MetricName>> = {
  'run.start': 'RunsStarted',
  'run.park': 'RunsParked',
  'step.done': 'StepsDone',
  'step.retry': 'StepsRetried',
  'effect.claim': 'EffectsClaimed',
};

/**
 * Wraps a ledger to count committed entries, so that an operator's graphs agree with the entries
 * that an auditor finds in the trail.
 */
export function measured(ledger: Ledger, metrics: Metrics): Ledger {
  return {
    identity: ledger.identity,
    commit: (commit) =>
      ledger.commit(commit).then(
        (committed) => {
          count(commit.entries, metrics);
          return committed;
        },
        (error) => {
          if (isWritError(error, 'ledger.unsent')) count(commit.entries, metrics); // committed
          throw error;
        },
      ),
    read: (targets) => ledger.read(targets),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
  };
}

function count(entries: readonly EntryDraft[], metrics: Metrics): void {
  for (const { action, outcome } of entries) {
    const name = METRIC_OF_ACTION[action];
    if (name !== undefined) metrics.add(name, 1);
    if (outcome === 'denied') metrics.add('Refusals', 1);
  }
}
