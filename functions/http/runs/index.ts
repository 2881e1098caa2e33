import type { AutomationDescription } from '#shared/automation/index.ts';
import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { byName } from '../automations/descriptions.ts';
import { getRun } from './get-run.ts';
import { listRuns } from './list-runs.ts';
import type { RunsPorts } from './ports.ts';
import { startRun } from './start-run.ts';

/**
 * Creates the function `runs`, which returns runs, and starts them through the intakes of their
 * automations.
 *
 * @param automations - All deployed automations, written by the build; see `describeFlow`.
 */
export function makeRuns(automations: readonly AutomationDescription[]): HttpFunction<RunsPorts> {
  const described = byName(automations);
  return httpFunction<RunsPorts>([listRuns(described), startRun(described), getRun(described)]);
}
