import type { Flow } from '#shared/automation/index.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import { automationNames, loadFlow, loadVendor, vendorNames } from '../folders.ts';

/** What authority is derived from: the declarations, and nothing of any place. */
export interface Declared {
  readonly automations: readonly Flow[];
  readonly vendors: readonly Vendor[];
}

/** Every automation and vendor that a folder of the checkout holds. */
export async function declared(): Promise<Declared> {
  return {
    automations: await Promise.all(automationNames().map(loadFlow)),
    vendors: await Promise.all(vendorNames().map(loadVendor)),
  };
}
