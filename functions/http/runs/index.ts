import type { AutomationDescription } from '#shared/automation/index.ts';
import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { byName } from '../automations/descriptions.ts';
import { getRun } from './get-run.ts';
import { listRuns } from './list-runs.ts';
import type { RunsPorts } from './ports.ts';
import { startRun } from './start-run.ts';

/**
 * Makes the function of runs: shows them, and has them started by the intake of their automation.
 *
 * @param automations - Every one that is deployed; the build writes them down, see `describeFlow`.
 */
export function makeRuns(automations: readonly AutomationDescription[]): HttpFunction<RunsPorts> {
  const described = byName(automations);
  return httpFunction<RunsPorts>([listRuns(described), startRun(described), getRun(described)]);
}
