import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { ROLLOUTS, type Rollout } from '#shared/engine/index.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { operator } from '../demo/people.ts';
import { WORKSPACES } from './seed-people.ts';

/** Rollout of an automation in every sample workspace. */
export interface RolloutSetting {
  readonly automation: string;
  readonly rollout: Rollout;
}

/**
 * Parses a setting such as `refund=exceptions`. Returns undefined for another format or an unknown
 * rollout. Does not check that the automation exists.
 */
export function readRollout(text: string): RolloutSetting | undefined {
  const [automation = '', stage, ...more] = text.split('=');
  const rollout = ROLLOUTS.find((rollout) => rollout === stage);
  return automation === '' || rollout === undefined || more.length > 0
    ? undefined
    : { automation, rollout };
}

/**
 * Sets rollouts and stores them in the data folder.
 *
 * @throws `rollout.automation` (refuse): an automation does not exist. In this case, no rollout is
 *   set.
 */
export async function seedRollouts(
  platform: RunningPlatform,
  settings: readonly RolloutSetting[],
): Promise<void> {
  const names = [...platform.flows.keys()].sort();
  for (const { automation } of settings) {
    if (names.includes(automation)) continue;

    throw new InvalidInputError(
      'rollout.automation',
      `there is no automation ${automation}; allowed is ${names.join(', ')}`,
      {
        automation,
      },
    );
  }

  for (const { automation, rollout } of settings) {
    for (const workspace of WORKSPACES)
      await platform.automations.seedRollout({ automation, workspace }, rollout, operator);
  }
}
