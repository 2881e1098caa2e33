import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { ROLLOUTS, type Rollout } from '#shared/engine/index.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { operator } from '../demo/people.ts';
import { WORKSPACES } from './seed-people.ts';

/** How far to trust an automation, in every sample workspace. */
export interface RolloutSetting {
  readonly automation: string;
  readonly rollout: Rollout;
}

/**
 * `refund=exceptions`. Undefined for what is not of this form, or no stage. Whether there is the
 * automation is asked later.
 */
export function readRollout(text: string): RolloutSetting | undefined {
  const [automation = '', stage, ...more] = text.split('=');
  const rollout = ROLLOUTS.find((one) => one === stage);
  return automation === '' || rollout === undefined || more.length > 0
    ? undefined
    : { automation, rollout };
}

/**
 * Sets them, one after another; what is so already is left alone. Kept with the data.
 *
 * @throws `rollout.automation` (refuse): there is no such automation. Nothing is set then.
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
