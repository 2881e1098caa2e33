import type { AutomationDescription } from '#shared/automation/index.ts';
import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';
import { getAutomation, getRollout, listAutomations } from './automations.ts';
import { byName } from './descriptions.ts';

/**
 * Creates the function `automations`, which returns declarations and rollouts.
 *
 * @param automations - All deployed automations, written by the build; see `describeFlow`.
 */
export function makeAutomations(
  automations: readonly AutomationDescription[],
): HttpFunction<HttpPorts> {
  const described = byName(automations);
  return httpFunction([
    listAutomations(described),
    getAutomation(described),
    getRollout(described),
  ]);
}
