import type { Action } from './actions.ts';
import type { Entry } from './entry.ts';

/** The step that an entry names. */
export const STEP = '.<step>';

/** What an entry of an action is like when the function that does such things wrote it. */
export interface ActionSchema {
  /**
   * Functions that do it: those of the platform by their names, those of an automation by what
   * follows its name. Absent where no function of this release does.
   */
  readonly by?: readonly string[];
  /** It is about a run. */
  readonly ofRun?: true;
  /**
   * Kinds of documents that an entry of each outcome changes, one of each at least. Without it,
   * entries of the action change nothing.
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
  // one that took the run nowhere changes it only where a timer goes with it
  'gate.pass': { by: ['.intake'], ofRun: true, changes: { ok: ['run'], denied: ['run'] } },
  'subject.shred': { changes: { ok: ['key'] } },
};

/**
 * Kinds of documents that only entries of these actions change. Of any other kind, what goes with
 * the action may change.
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
