import type { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Flow } from '#shared/automation/index.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import type { Bundles } from '../build/bundles.ts';
import type { Environment } from '../config/environment.ts';
import type { Watched } from '../constructs/watch/watched.ts';
import type { RoutesByGroup } from '../declarations/api-routes.ts';
import { namesOf } from '../naming/names.ts';
import { apiGroups } from './api-groups.ts';
import { placeApi } from './api-stack.ts';
import { ArchiveStack } from './archive-stack.ts';
import { AutomationStack } from './automation-stack.ts';
import { KeysStack } from './keys-stack.ts';
import { LedgerStack } from './ledger-stack.ts';
import { NetworkStack } from './network-stack.ts';
import { VendorsStack } from './vendors-stack.ts';
import { WatchStack } from './watch-stack.ts';

/** Parts of an environment. */
export interface Parts {
  readonly automations: readonly Flow[];
  readonly vendors: readonly Vendor[];
  readonly bundles: Bundles;
  /**
   * Routes of the API. Only environments with a token issuer have an API.
   *
   * @default - no routes: the environment does not have an API
   */
  readonly routes?: RoutesByGroup;
}

/**
 * Creates the stacks of one environment. A new automation or vendor does not need a line here,
 * because the parts include it.
 */
export function placeStacks(scope: Construct, environment: Environment, parts: Parts): void {
  const { automations, vendors, bundles } = parts;
  const groups =
    environment.api === undefined || parts.routes === undefined
      ? []
      : apiGroups(automations, parts.routes);

  const { stack } = namesOf(environment);
  const keys = new KeysStack(scope, stack('Keys'), environment);
  const ledger = dependOn([keys], new LedgerStack(scope, stack('Ledger'), environment));

  new ArchiveStack(scope, stack('Archive'), environment);

  const ofApi =
    groups.length === 0
      ? []
      : [{ name: 'api', functions: groups.map((group) => group.name), queues: [] }];

  const watch = new WatchStack(scope, stack('Watch'), {
    environment,
    automations: [...automations.map(watchedOf), ofVendors(vendors), ...ofApi],
  });

  const outside = dependOn(
    [keys, watch],
    new VendorsStack(scope, stack('Vendors'), { environment, vendors, bundles }),
  );

  const network = hasOwnNetwork(environment) && automations.length > 0;

  const inside = network
    ? [
        dependOn(
          [keys],
          new NetworkStack(scope, stack('Network'), { environment, automations, groups }),
        ),
      ]
    : [];

  const [api] = placeApi(scope, { environment, groups, bundles });

  if (api !== undefined) dependOn([ledger, watch, ...inside], api);

  for (const flow of automations) {
    dependOn(
      [ledger, watch, outside, ...inside],
      new AutomationStack(scope, stack(`Automation-${flow.name}`), {
        environment,
        flow,
        bundles,
        groups,
      }),
    );
  }
}

function hasOwnNetwork({ egress }: Environment): boolean {
  return egress.mode === 'isolated' && egress.network === undefined;
}

function watchedOf(flow: Flow): Watched {
  const queues = [...flow.steps.keys(), 'intake'].map((part) => `${flow.name}.${part}`);
  return {
    name: flow.name,
    functions: [...queues, ...['dead', 'sweeper', 'timers'].map((part) => `${flow.name}.${part}`)],
    queues,
  };
}

function ofVendors(vendors: readonly Vendor[]): Watched {
  return { name: 'vendors', functions: vendors.map(({ name }) => `vendor.${name}`), queues: [] };
}

/**
 * Makes a stack depend on other stacks. The stack finds their resources by name, so CloudFormation
 * cannot detect the dependency.
 */
function dependOn<S extends Stack>(others: readonly Stack[], stack: S): S {
  for (const other of others) stack.addStackDependency(other);
  return stack;
}
