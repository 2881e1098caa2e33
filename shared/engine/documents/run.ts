import { type Document, documentKind, joinTarget, splitTarget } from '#shared/ledger/index.ts';

/**
 * - `running`: a step is ready or claimed.
 * - `waiting`: a gate is open.
 * - `parked`: stopped with a reason, until a person resolves it.
 * - `done`, `rejected`: ended.
 */
export type RunStatus = 'running' | 'waiting' | 'parked' | 'done' | 'rejected';

/**
 * `ready`: waiting for execution. `claimed`: its vendor call is in progress or unsettled. `done`:
 * its result is stored.
 */
export type StepState = {
  readonly state: 'ready' | 'claimed' | 'done';
  /** Number of attempts that failed or made a claim, counted by the engine and not by the queue. */
  readonly attempts?: number;
  /** Number of these attempts that ended in a wait. They do not count toward the step's retries. */
  readonly waited?: number;
  /** Set while the step waits for an external cause to recover. */
  readonly waiting?: StepWait;
  /** Set if `pretend` ran instead of the step, under the rollout `shadow`. */
  readonly pretended?: true;
};

/**
 * Wait of a step because of an external cause: its vendor is down or refuses the credentials, or a
 * secret is missing.
 */
export type StepWait = {
  readonly since: number;
  /** Earliest time of the next attempt. */
  readonly nextAt: number;
  readonly code: string;
  readonly reason: string;
};

/**
 * `passed`: the gate did not make the run wait. `approved` and `rejected` repeat the decision
 * document; no code relies on them.
 */
export type GateState = 'open' | 'passed' | 'approved' | 'rejected' | 'expired';

/** Run document. Every transition replaces it as a whole. Does not contain field values. */
export type Run = {
  readonly v: 'run/1';
  readonly id: string;
  readonly workspace: string;
  readonly automation: string;
  /** Version and definition of the flow that the run started with. Never changed. */
  readonly version: number;
  readonly definition: string;
  readonly status: RunStatus;
  readonly stage: string;
  /** Person who started the run. Cannot decide its gates. */
  readonly requester: string;
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** Reference of each of the automation's subjects. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, StepState>>;
  readonly gates: Readonly<Record<string, GateState>>;
  /** Outcome of each `when`. */
  readonly branches: Readonly<Record<string, boolean>>;
  /**
   * Intent of the last claim of each external step. Kept when the step is done, because a claim
   * that is missing from the store must not be made again.
   */
  readonly claims?: Readonly<Record<string, number>>;
  readonly parked?: { readonly step?: string; readonly code: string; readonly reason: string };
};

/** Identifies a run. */
export interface RunKey {
  readonly automation: string;
  readonly workspace: string;
  readonly run: string;
}

const RUN_ID = /^[a-z0-9]{1,64}$/;

/** Key of a run document. */
export const runTarget = (key: RunKey) => joinTarget('run', key, key.run);

/** Splits the key of a run document; returns undefined for any other key. */
export function parseRunTarget(target: string): RunKey | undefined {
  const parts = splitTarget('run', target);
  return parts !== undefined && RUN_ID.test(parts.id)
    ? { automation: parts.automation, workspace: parts.workspace, run: parts.id }
    : undefined;
}

export const runKind = /* @__PURE__ */ documentKind<Run>({
  v: 'run/1',
  members: { subjects: 'map', steps: 'maps', gates: 'map', branches: 'map' },
  index: ({ automation, workspace, startedAt, id }) => ({
    list: { name: runsList(automation, workspace), sort: `${startedAt} ${id}` },
  }),
});

/** Name of the list of an automation's runs in a workspace. */
export const runsList = (automation: string, workspace: string) =>
  `runs#${automation}#${workspace}`;

/** Returns the body of a run document. @throws `ledger.malformed` */
export const runOf = (document: Document): Run => runKind.body(document);

/** Returns the key members of a run. */
export const keyOf = (run: Run): RunKey => ({
  automation: run.automation,
  workspace: run.workspace,
  run: run.id,
});

/** Id of a run in the targets of an entry. The entry names the workspace separately. */
export const runTargetId = ({ automation, run }: Omit<RunKey, 'workspace'>) =>
  `${automation}.${run}`;

/** Parses a key that ends in `<run id>.<name>`; returns undefined for any other key. */
export function parseRunScopedTarget(
  kind: Parameters<typeof splitTarget>[0],
  target: string,
): (RunKey & { readonly name: string }) | undefined {
  const parts = splitTarget(kind, target);
  const dot = parts?.id.indexOf('.') ?? -1;
  if (parts === undefined || dot < 0) return undefined;

  const { automation, workspace, id } = parts;
  const [run, name] = [id.slice(0, dot), id.slice(dot + 1)];

  return RUN_ID.test(run) && name !== '' ? { automation, workspace, run, name } : undefined;
}
