import type { AutomationDescription } from '#shared/automation/index.ts';
import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';
import { byName } from '../automations/descriptions.ts';
import { decideGate } from './decide-gate.ts';
import { getGate } from './get-gate.ts';
import { listGates } from './list-gates.ts';

/**
 * Makes the function of gates: shows what waits, and takes decisions.
 *
 * @param automations - Every one that is deployed; the build writes them down, see `describeFlow`.
 */
export function makeGates(automations: readonly AutomationDescription[]): HttpFunction<HttpPorts> {
  const described = byName(automations);
  return httpFunction([listGates(described), getGate(described), decideGate(described)]);
}
