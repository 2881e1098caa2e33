import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import { parseGateTarget } from './gate.ts';
import type { RunKey } from './run.ts';

/** Decision of a person at a gate. Inserted once, never changed. */
export type DecisionBody = {
  readonly v: 'decision/1';
  readonly run: string;
  readonly gate: string;
  readonly outcome: 'approved' | 'rejected';
  readonly by: string;
  readonly role: string;
  readonly reason: string;
  readonly at: number;
  /** Commitment of the gate document that the person was shown. */
  readonly seen: string;
  /**
   * Names of all fields that the gate showed to the person, sorted. Absent in decisions of earlier
   * releases.
   */
  readonly shown?: readonly string[];
};

/** Key of the decision at a gate. */
export const decisionTarget = (key: RunKey, gate: string) =>
  joinTarget('decision', key, `${key.run}.${gate}`);

/** Splits the key of a decision; returns undefined for any other key. */
export const parseDecisionTarget = (target: string) => parseGateTarget(target, 'decision');

/** Insert-only. Written only by the gates function. No other document counts as an approval. */
export const decisionKind = /* @__PURE__ */ documentKind<DecisionBody>({
  v: 'decision/1',
  members: { outcome: 'string', at: 'number' },
});
