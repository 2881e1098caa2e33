import type { Json } from '#shared/kernel/index.ts';
import type { Document } from '#shared/ledger/index.ts';

/**
 * - `running`: a step is ready or claimed. `waiting`: a gate is open.
 * - `parked`: set aside with a reason, for a person. `done`, `rejected`: ended.
 */
export type RunStatus = 'running' | 'waiting' | 'parked' | 'done' | 'rejected';

/**
 * `ready`: to be run. `claimed`: its vendor call is under way or unsettled. `done`: its result is
 * stored.
 */
export interface StepState {
  readonly state: 'ready' | 'claimed' | 'done';
  /**
   * Attempts that failed or made a claim, when there were any. Counted here, never by the queue.
   */
  readonly attempts?: number;
  /**
   * How many of them ended waiting: those do not count among the attempts that a step is allowed.
   */
  readonly waited?: number;
  /** Set while the step waits for something outside that has to come back or be mended. */
  readonly waiting?: Waiting;
  /** Ran as `pretend`, in shadow. */
  readonly pretended?: true;
}

/**
 * What a step waits for: a vendor that cannot be reached or does not take the credentials, a secret
 * that is not there.
 */
export interface Waiting {
  readonly since: number;
  /** Not before then is the next attempt made. */
  readonly nextAt: number;
  readonly code: string;
  readonly reason: string;
}

/**
 * `passed`: nothing made the run wait. `approved` and `rejected` repeat what a decision document
 * says; nothing relies on them.
 */
export type GateState = 'open' | 'passed' | 'approved' | 'rejected' | 'expired';

/** The run document. Every transition replaces it whole; it holds no field values. */
export interface Run {
  readonly v: 'run/1';
  readonly id: string;
  readonly workspace: string;
  readonly automation: string;
  /** The version and definition the run began with, and keeps. */
  readonly version: number;
  readonly definition: string;
  readonly status: RunStatus;
  readonly stage: string;
  /** Who started it; may decide at none of its gates. */
  readonly requester: string;
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** Reference of each of the automation's subjects. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, StepState>>;
  readonly gates: Readonly<Record<string, GateState>>;
  /** Which way each `when` went. */
  readonly branches: Readonly<Record<string, boolean>>;
  /**
   * Intent of the last claim of each external step. Kept after its state has changed: a claim that
   * is gone is not made again.
   */
  readonly claims?: Readonly<Record<string, number>>;
  readonly parked?: { readonly step?: string; readonly code: string; readonly reason: string };
}

export interface RunKey {
  readonly automation: string;
  readonly workspace: string;
  readonly run: string;
}

/** Keys of the documents that belong to a run. */
export const target = {
  run: (key: RunKey) => `run#${key.automation}#${key.workspace}#${key.run}`,
  fields: (key: RunKey, dataClass: string) =>
    `fields#${key.automation}#${key.workspace}#${dataClass}#${key.run}`,
  claim: (key: RunKey, step: string) =>
    `claim#${key.automation}#${key.workspace}#${key.run}.${step}`,
  gate: (key: RunKey, gate: string) => `gate#${key.automation}#${key.workspace}#${key.run}.${gate}`,
  /** Insert-only, and only by the gates function: the one thing that can stand for an approval. */
  decision: (key: RunKey, gate: string) =>
    `decision#${key.automation}#${key.workspace}#${key.run}.${gate}`,
  /**
   * Insert-only, and only by the functions of runs and of gates: what part a person takes in a run.
   */
  participant: (key: RunKey, person: string) =>
    `participant#${key.automation}#${key.workspace}#${key.run}.${person}`,
  timer: (key: RunKey, gate: string) =>
    `timer#${key.automation}#${key.workspace}#${key.run}.${gate}`,
  control: (key: Omit<RunKey, 'run'>) => `control#${key.automation}#${key.workspace}#rollout`,
  record: (key: Omit<RunKey, 'run'>, collection: string, encodedId: string) =>
    `record#${key.automation}#${key.workspace}#${collection}.${encodedId}`,
  /** How much of a record is used up, by all runs. Apart from the record, which no step changes. */
  balance: (key: Omit<RunKey, 'run'>, collection: string, encodedId: string) =>
    `balance#${key.automation}#${key.workspace}#${collection}.${encodedId}`,
  /** What one step of a run has reserved. */
  reservation: (key: RunKey, step: string) =>
    `reservation#${key.automation}#${key.workspace}#${key.run}.${step}`,
};

/** Names of lists in which documents can be found. */
export const list = {
  runs: (automation: string, workspace: string) => `runs#${automation}#${workspace}`,
  gates: (workspace: string) => `gates#${workspace}`,
};

export const keyOf = (run: Run): RunKey => ({
  automation: run.automation,
  workspace: run.workspace,
  run: run.id,
});

export function runOf(document: Document): Run {
  return document.body as unknown as Run;
}

export const bodyOf = (
  value:
    | Run
    | GateBody
    | DecisionBody
    | ParticipantBody
    | ClaimBody
    | TimerBody
    | ControlBody
    | BalanceBody
    | ReservationBody,
): Json => value as unknown as Json;

/** A gate as it was opened. Never changed: what became of it is in the decision and in the run. */
export interface GateBody {
  readonly v: 'gate/1';
  readonly run: string;
  readonly gate: string;
  readonly automation: string;
  readonly workspace: string;
  readonly decidedBy: string;
  readonly requester: string;
  readonly openedAt: number;
  readonly expiresAt: number;
  /** Why it waits, in words, with the facts. */
  readonly hits: readonly { readonly rule: string; readonly says: string; readonly facts: Json }[];
  /** What the approver is shown. */
  readonly shown: Readonly<Record<string, Json>>;
}

/** What a person said at a gate. Inserted once, never changed. */
export interface DecisionBody {
  readonly v: 'decision/1';
  readonly run: string;
  readonly gate: string;
  readonly outcome: 'approved' | 'rejected';
  readonly by: string;
  readonly role: string;
  readonly reason: string;
  readonly at: number;
  /** Commitment of the gate document that was shown. */
  readonly seen: string;
  /**
   * Names of the fields that the person was shown, sorted: all that the gate shows. Absent in
   * decisions of before this was kept.
   */
  readonly shown?: readonly string[];
}

/**
 * The part that a person takes in a run. One for each person and run, inserted once: who asked for
 * a run decides at none of its gates, and who decided at one does not ask for it.
 */
export interface ParticipantBody {
  readonly v: 'participant/1';
  readonly run: string;
  readonly person: string;
  readonly as: 'requester' | 'approver';
  readonly at: number;
}

/** The one vendor call of an external step, fixed before it leaves. */
export interface ClaimBody {
  readonly v: 'claim/1';
  readonly run: string;
  readonly step: string;
  readonly vendor: string;
  /** From 1. A new one only after a definite refusal, or by a person: it is a new effect. */
  readonly intent: number;
  /**
   * `open`: may have acted or still act. `unsent`: every sending so far ended before it left, so
   * the same may be sent again. `refused`: the vendor said no, and nothing was sent before; the
   * next attempt is a new intent.
   */
  readonly state: 'open' | 'unsent' | 'refused';
  /** Until then its holder may be at work; afterwards somebody settles it. */
  readonly leaseUntil: number;
  readonly claimedAt: number;
  /** SHA-256 of the exact request. */
  readonly hash: string;
  /**
   * The exact request; sealed under every subject and class the step reads, so that erasing any of
   * them erases it.
   */
  readonly request: string;
  readonly layers: readonly {
    readonly class: string;
    readonly subject: string;
    readonly kc: string;
  }[];
  /** The decisions it relies on. */
  readonly decisions: readonly string[];
}

export interface TimerBody {
  readonly v: 'timer/1';
  readonly run: string;
  readonly workspace: string;
  readonly gate: string;
  readonly at: number;
}

/** How much of a record's balances is reserved or drawn, by all runs together. */
export interface BalanceBody {
  readonly v: 'balance/1';
  readonly used: Readonly<Record<string, number>>;
}

/**
 * - `held`: counted in the balance. `short`: did not fit; counted once it is drawn, which takes a
 *   decision.
 * - `credit`: negative amounts; counted once they are drawn.
 * - `drawn`: final, and counted. `released`: given back, and not counted.
 */
export type ReservationState = 'held' | 'short' | 'credit' | 'drawn' | 'released';

export interface ReservedItem {
  readonly collection: string;
  /** Encoded, as it is in the record's key. */
  readonly id: string;
  readonly amounts: Readonly<Record<string, number>>;
  readonly state: ReservationState;
}

/** What one step of a run has reserved. Inserted by that step alone. */
export interface ReservationBody {
  readonly v: 'reservation/1';
  readonly run: string;
  readonly step: string;
  readonly items: readonly ReservedItem[];
}

/** How far an automation is trusted to act by itself in a workspace. No document: `shadow`. */
export const ROLLOUTS = ['shadow', 'supervised', 'exceptions', 'autonomous'] as const;
export type Rollout = (typeof ROLLOUTS)[number];

export interface ControlBody {
  readonly v: 'control/1';
  readonly rollout: Rollout;
}

/** The rollout in force. Anything that is not one of the four counts as the most careful. */
export function rolloutOf(control: Document | undefined): Rollout {
  const value = (control?.body as { rollout?: string } | undefined)?.rollout;
  return ROLLOUTS.find((rollout) => rollout === value) ?? 'shadow';
}

/** Why a function of one version leaves a run of another alone. */
export function versionReason(
  flow: { readonly version: number; readonly definition: string },
  run: Run,
): string {
  const named = ({
    version,
    definition,
  }: {
    readonly version: number;
    readonly definition: string;
  }) => `version ${version} (${definition.slice(0, 12)})`;
  return `the run is pinned to ${named(run)} of ${run.automation}; this function has ${named(flow)}`;
}

/**
 * What targets of entries call a run, and a gate of it. The workspace has a place of its own in an
 * entry.
 */
export const runTargetId = ({ automation, run }: Omit<RunKey, 'workspace'>) =>
  `${automation}.${run}`;
export const gateTargetId = (key: Omit<RunKey, 'workspace'>, gate: string) =>
  `${runTargetId(key)}.${gate}`;
