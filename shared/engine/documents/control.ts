import { type Document, documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/**
 * Degrees of autonomy of an automation in a workspace, from most to least cautious. Without a
 * control document, `shadow` applies.
 */
export const ROLLOUTS = ['shadow', 'supervised', 'exceptions', 'autonomous'] as const;
export type Rollout = (typeof ROLLOUTS)[number];

/** Settings of an automation in a workspace. */
export type ControlBody = {
  readonly v: 'control/1';
  readonly rollout: Rollout;
};

/** Key of the control document of an automation in a workspace. */
export const controlTarget = (key: Omit<RunKey, 'run'>) => joinTarget('control', key, 'rollout');

export const controlKind = /* @__PURE__ */ documentKind<ControlBody>({
  v: 'control/1',
  members: {},
});

/** Returns the current rollout. A malformed control document counts as `shadow`. */
export function rolloutOf(control: Document | undefined): Rollout {
  const value = controlKind.find(control)?.rollout;
  return ROLLOUTS.find((rollout) => rollout === value) ?? 'shadow';
}
