import type { Construct } from 'constructs';
import type { Flow } from '#shared/automation/index.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import type { Bundles } from '../bundles.ts';
import { type EnvironmentConfig, namesOf } from '../config.ts';
import { AutomationStack } from './automation-stack.ts';
import { LedgerStack } from './ledger-stack.ts';
import { VendorsStack } from './vendors-stack.ts';

/** What an environment is made of. */
export interface Parts {
  readonly automations: readonly Flow[];
  readonly vendors: readonly Vendor[];
  readonly bundles: Bundles;
}

/** Places the stacks of one environment. An automation or a vendor needs no line here: each is one of the parts. */
export function placeStacks(scope: Construct, environment: EnvironmentConfig, { automations, vendors, bundles }: Parts): void {
  const { stack } = namesOf(environment);
  const ledger = new LedgerStack(scope, stack('Ledger'), environment);
  const outside = new VendorsStack(scope, stack('Vendors'), { environment, vendors, bundles });
  outside.addStackDependency(ledger);
  for (const flow of automations) {
    const automation = new AutomationStack(scope, stack(`Automation-${flow.name}`), { environment, flow, bundles });
    automation.addStackDependency(ledger);
    automation.addStackDependency(outside);
  }
}
