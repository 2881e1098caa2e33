import type { Action } from './actions.ts';
import type { Entry } from './entry.ts';

/** Placeholder for the step that an entry names. */
export const STEP = '.<step>';

/** Expected properties of the entries of an action. */
export interface ActionSchema {
  /**
   * Functions that perform the action: functions of the platform by name, functions of an
   * automation by the part after its name. Absent when no function of this release performs it.
   */
  readonly by?: readonly string[];
  /** True when entries of the action are about a run. */
  readonly ofRun?: true;
  /**
   * Kinds of documents that an entry changes, by outcome: at least one document of each kind.
   * Absent when entries of the action change no documents.
   */
  readonly changes?: Partial<Record<Entry['outcome'], readonly string[]>>;
}

export const ACTION_SCHEMAS: Readonly<Record<Action, ActionSchema>> = {
  'workspace.create': { by: ['workspaces', 'people'], changes: { ok: ['workspace', 'key'] } },
  'workspace.list': { by: ['workspaces'] },
  'workspace.read': { by: ['workspaces'] },
  'person.seed': { by: ['people'], changes: { ok: ['person', 'token'] } },
  'role.seed': { by: ['people'], changes: { ok: ['role'] } },
  'person.first-admin': { by: ['people'], changes: { ok: ['person', 'token', 'setup'] } },
  'person.list': { by: ['people'] },
  'person.read': { by: ['people'] },
  'role.list': { by: ['people'] },
  'role.read': { by: ['people'] },
  'session.start': { by: ['sign-in'] },
  'session.refuse': {
    by: ['runs', 'gates', 'automations', 'trail', 'people', 'workspaces', 'health'],
  },
  'record.import': { by: ['records'], changes: { ok: ['record'] } },
  'rollout.seed': { by: ['automations'], changes: { ok: ['control'] } },
  'run.request': { by: ['runs'], ofRun: true, changes: {} },
  'run.start': { by: ['.intake'], ofRun: true, changes: { ok: ['run'] } },
  'run.refuse': { by: ['.intake'], ofRun: true },
  'run.list': { by: ['runs'] },
  'run.read': { by: ['runs'], ofRun: true },
  'trail.read': { by: ['trail'], ofRun: true },
  'automation.list': { by: ['automations'] },
  'automation.read': { by: ['automations'] },
  'run.park': {
    by: [STEP, '.intake', '.dead'],
    ofRun: true,
    changes: { ok: ['run'], denied: ['run'], failed: ['run'] },
  },
  'run.mark': { by: ['.dead'], ofRun: true, changes: { ok: ['run'] } },
  'step.done': { by: [STEP], ofRun: true, changes: { ok: ['run'] } },
  'step.retry': {
    by: [STEP],
    ofRun: true,
    changes: { ok: ['run'], denied: ['run'], failed: ['run'] },
  },
  'effect.claim': { by: [STEP], ofRun: true, changes: { ok: ['run', 'claim'] } },
  'effect.hold': {
    by: [STEP],
    ofRun: true,
    changes: { ok: ['run', 'gate'], denied: ['run', 'gate'] },
  },
  'effect.resume': { by: [STEP], ofRun: true, changes: { ok: ['run', 'claim'] } },
  'gate.list': { by: ['gates'] },
  'gate.read': { by: ['gates'], ofRun: true },
  'gate.decide': { by: ['gates'], ofRun: true, changes: { ok: ['decision'] } },
  // an entry that does not move the run to another state changes it only together with a timer
  'gate.pass': { by: ['.intake'], ofRun: true, changes: { ok: ['run'], denied: ['run'] } },
  'subject.shred': { changes: { ok: ['key'] } },
};

/**
 * Actions that can change documents of a kind. A kind that is not listed can change with any
 * action.
 */
export const CHANGED_BY: Readonly<Record<string, readonly Action[]>> = {
  workspace: ['workspace.create'],
  person: ['person.seed', 'person.first-admin'],
  role: ['role.seed'],
  setup: ['person.first-admin'],
  control: ['rollout.seed'],
  decision: ['gate.decide'],
  participant: ['run.request', 'gate.decide'],
};
