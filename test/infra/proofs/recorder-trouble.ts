import type { Flow } from '#shared/automation/index.ts';
import type { Commit, Ledger } from '#shared/ledger/index.ts';
import type { Fault, ReadFault } from '../../support/aws/dynamodb/faults.ts';

/** What goes wrong, until it is taken back. */
export interface Trouble {
  /** Before a function's commit reaches the ledger. */
  commit?: (fn: string, commit: Commit) => Error | undefined;
  /** Whether the words that go with a commit are lost. */
  loses?: (commit: Commit) => boolean;
  /** Whether an author's code throws. */
  step?: (name: string) => boolean;
  /** What the vendor does instead of acting, or after it. */
  vendor?: 'drops' | 'refuses' | 'cannot be asked';
  /** Whether another version of the automation has been deployed since the runs began. */
  deployed?: boolean;
  /** What becomes of a transaction; `attempt` counts the requests that carry its token, from 1. */
  transaction?: (attempt: number) => Fault | undefined;
  /** What becomes of a reading. */
  reading?: () => ReadFault | undefined;
  /** Whether a function's queue takes nothing. */
  queue?: (fn: string) => boolean;
}

/** A ledger of a function, with what happens to its commits. */
export function troubledLedger(ledger: Ledger, fn: string, trouble: () => Trouble): Ledger {
  return {
    identity: ledger.identity,
    read: (targets) => ledger.read(targets),
    query: (query) => ledger.query(query),
    send: (messages) => ledger.send(messages),
    commit: async (commit) => {
      const { commit: fails, loses } = trouble();
      const error = fails?.(fn, commit);
      if (error !== undefined) throw error;
      return ledger.commit(loses?.(commit) ? { ...commit, messages: [] } : commit);
    },
  };
}

/** The same automation, with what happens to its steps and its definition. */
export function troubledFlow(flow: Flow, trouble: () => Trouble): Flow {
  const steps = [...flow.steps].map(([name, node]) => {
    const run = (context: never) => {
      if (trouble().step?.(name)) throw new Error('stumbled');
      return node.step.run(context);
    };
    return [name, { ...node, step: { ...node.step, run } }] as const;
  });
  return {
    ...flow,
    steps: new Map(steps),
    get definition() {
      return trouble().deployed ? '0'.repeat(64) : flow.definition;
    },
  };
}
