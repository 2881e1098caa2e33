import type { Call } from '../../framework/http/endpoint.ts';
import { NotFoundError } from '../../framework/http/problem.ts';
import { PLATFORM } from '../platform.ts';
import type { Descriptions } from './descriptions.ts';
import { AutomationUnknownError } from './errors.ts';

/**
 * Ends a request that names an automation which is not deployed. To be called once the person may
 * do what they ask for, were it there: then those who may not are answered before, alike for every
 * name.
 *
 * @throws {@link AutomationUnknownError} for whoever may list automations, who is told which
 *   there are.
 * @throws {@link NotFoundError} for everybody else.
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
