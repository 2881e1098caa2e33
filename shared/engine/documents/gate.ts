import type { Json } from '#shared/kernel/index.ts';
import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import { parseRunScopedTarget, type RunKey, runTargetId } from './run.ts';

/** Gate document. Never changed; the outcome is in the decision document and in the run. */
export type GateBody = {
  readonly v: 'gate/1';
  readonly run: string;
  readonly gate: string;
  readonly automation: string;
  readonly workspace: string;
  /** Name of the role that decides. */
  readonly decidedBy: string;
  readonly requester: string;
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Reasons why the gate waits, each with a sentence and the facts. */
  readonly hits: readonly {
    readonly rule: string;
    readonly says: string;
    readonly facts: Readonly<Record<string, Json>>;
  }[];
  /** Fields that the approver is shown, by name. */
  readonly shown: Readonly<Record<string, Json>>;
};

/** Key of a gate of a run, and of the decision and the timer of that gate. */
export interface GateKey extends RunKey {
  readonly gate: string;
}

const GATE_NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Key of a gate document. */
export const gateTarget = (key: RunKey, gate: string) =>
  joinTarget('gate', key, `${key.run}.${gate}`);

/** Splits the key of a gate, of its decision or of its timer. */
export function parseGateTarget(
  target: string,
  kind: 'gate' | 'decision' | 'timer' = 'gate',
): GateKey | undefined {
  const { name, ...key } = parseRunScopedTarget(kind, target) ?? { name: '' };
  return 'run' in key && GATE_NAME.test(name) ? { ...key, gate: name } : undefined;
}

export const gateKind = /* @__PURE__ */ documentKind<GateBody>({
  v: 'gate/1',
  members: { openedAt: 'number', expiresAt: 'number', hits: 'lists', shown: 'map' },
  index: ({ workspace, openedAt, run, gate }) => ({
    list: {
      name: gatesList(workspace),
      sort: `${String(openedAt).padStart(15, '0')} ${run} ${gate}`,
    },
  }),
});

/** Name of the list of a workspace's gates. */
export const gatesList = (workspace: string) => `gates#${workspace}`;

/** Id of a gate in the targets of an entry. The entry names the workspace separately. */
export const gateTargetId = (key: Omit<RunKey, 'workspace'>, gate: string) =>
  `${runTargetId(key)}.${gate}`;
