import type { Call } from '../../framework/http/endpoint.ts';
import { NotFoundError } from '../../framework/http/problem.ts';
import { PLATFORM } from '../platform.ts';
import type { Descriptions } from './descriptions.ts';
import { AutomationUnknownError } from './errors.ts';

/**
 * Refuses a request that names an automation that is not deployed. Call this function after
 * authorization, so that callers without access get the same response for every name.
 *
 * @throws {@link AutomationUnknownError} with the deployed names, for callers who may list
 *   automations.
 * @throws {@link NotFoundError} for all other callers.
 */
export function assertDeployed(
  call: Pick<Call, 'isAllowed'>,
  automations: Descriptions,
  name: string,
): void {
  if (automations.has(name)) return;
  if (call.isAllowed('automation.list', PLATFORM).allowed)
    throw new AutomationUnknownError([...automations.keys()].sort());
  throw new NotFoundError('it is not there');
}
