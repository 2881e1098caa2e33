import type { Action, EntryDraft } from '#shared/audit/index.ts';
import type { MetricName, Metrics } from '#shared/kernel/index.ts';
import type { Ledger } from './ports.ts';

/** What an entry of an action counts as. */
const COUNTED: Partial<Record<Action, MetricName>> = {
  'run.start': 'RunsStarted',
  'run.park': 'RunsParked',
  'step.done': 'StepsDone',
  'step.retry': 'StepsRetried',
  'effect.claim': 'EffectsClaimed',
};

/** The same ledger, which counts what becomes evidence: what an operator sees in a graph is what an auditor finds in the trail. */
export function measured(ledger: Ledger, metrics: Metrics): Ledger {
  return {
    identity: ledger.identity,
    async commit(commit) {
      try {
        const committed = await ledger.commit(commit);
        count(commit.entries, metrics);
        return committed;
      } catch (error) {
        if ((error as { code?: string }).code === 'ledger.unsent') count(commit.entries, metrics); // it happened
        throw error;
      }
    },
    read: (targets) => ledger.read(targets),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
  };
}

function count(entries: readonly EntryDraft[], metrics: Metrics): void {
  for (const { action, outcome } of entries) {
    const name = COUNTED[action];
    if (name !== undefined) metrics.add(name, 1);
    if (outcome === 'denied') metrics.add('Refusals', 1);
  }
}
