import type { AutomationDescription } from '#shared/automation/index.ts';
import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';
import { getAutomation, getRollout, listAutomations } from './automations.ts';
import { byName } from './descriptions.ts';

/**
 * Makes the function of automations: tells what they declare, and how far they are trusted.
 *
 * @param automations - Every one that is deployed; the build writes them down, see `describeFlow`.
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
