import {
  deadLetterFunction,
  intakeFunction,
  stepFunction,
  sweeperFunction,
  timersFunction,
} from '#functions/framework/lambda/automation-functions.ts';
import { vendorFunction } from '#functions/framework/lambda/vendor-function.ts';
import { makeAutomations } from '#functions/http/automations/index.ts';
import * as automationOperations from '#functions/http/automations/operations.ts';
import { makeGates } from '#functions/http/gates/index.ts';
import * as gateOperations from '#functions/http/gates/operations.ts';
import { makeHealth } from '#functions/http/health/index.ts';
import { http as people } from '#functions/http/people/index.ts';
import * as peopleOperations from '#functions/http/people/operations.ts';
import * as recordOperations from '#functions/http/records/operations.ts';
import { makeRuns } from '#functions/http/runs/index.ts';
import { http as trail } from '#functions/http/trail/index.ts';
import { http as workspaces } from '#functions/http/workspaces/index.ts';
import * as workspaceOperations from '#functions/http/workspaces/operations.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import type { LoadedFunction } from '#functions/wiring/load-bundles.ts';
import { describeFlow, type Flow } from '#shared/automation/index.ts';

/** An automation of a test, and how it reads what is uploaded. */
export interface Source {
  readonly flow: Flow;
  readonly read: (bytes: Uint8Array) => Readonly<Record<string, unknown>>;
}

/**
 * Entries carry a bundle hash of zeros, so that nobody takes them for those of a deployed function.
 */
const sha256 = '0'.repeat(64);

/** Every function of the platform, from its sources: what the build makes bundles of. */
export function sources(automations: readonly Source[]): LoadedFunction[] {
  const described = automations.map(({ flow }) => describeFlow(flow));

  const group = (name: string, module: object): LoadedFunction => ({
    name,
    kind: 'platform',
    sha256,
    module,
  });

  return [
    ...automations.flatMap(functionsOf),
    { name: 'vendor.bank', kind: 'vendor', vendor: 'bank', sha256, module: vendorFunction(bank) },
    group('runs', { http: makeRuns(described) }),
    group('gates', { http: makeGates(described), operations: gateOperations }),
    group('automations', { http: makeAutomations(described), operations: automationOperations }),
    group('trail', { http: trail }),
    group('people', { http: people, operations: peopleOperations }),
    group('workspaces', { http: workspaces, operations: workspaceOperations }),
    group('health', { http: makeHealth({}) }),
    group('records', { operations: recordOperations }),
  ];
}

function functionsOf({ flow, read }: Source): LoadedFunction[] {
  const fn = (part: string, kind: string, module: object): LoadedFunction => ({
    name: `${flow.name}.${part}`,
    kind,
    automation: flow.name,
    sha256,
    module,
  });
  return [
    ...[...flow.steps.keys()].map((step) => ({
      ...fn(step, 'step', stepFunction(flow, step)),
      step,
    })),
    fn('intake', 'intake', { flow, ...intakeFunction(flow, read) }),
    fn('dead', 'dead', deadLetterFunction(flow)),
    fn('sweeper', 'sweeper', sweeperFunction(flow)),
    fn('timers', 'timers', timersFunction(flow)),
  ];
}
