import type { AutomationDescription } from '#shared/automation/index.ts';
import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';
import { byName } from '../automations/descriptions.ts';
import { decideGate } from './decide-gate.ts';
import { getGate } from './get-gate.ts';
import { listGates } from './list-gates.ts';

/**
 * Creates the function `gates`, which lists open gates and accepts decisions.
 *
 * @param automations - All deployed automations, written by the build; see `describeFlow`.
 */
export function makeGates(automations: readonly AutomationDescription[]): HttpFunction<HttpPorts> {
  const described = byName(automations);
  return httpFunction([listGates(described), getGate(described), decideGate(described)]);
}
