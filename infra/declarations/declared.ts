import type { Flow } from '#shared/automation/index.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import { automationNames, loadFlow, loadVendor, vendorNames } from './folders.ts';

/** Declarations from which authority is derived, independent of any environment. */
export interface Declared {
  readonly automations: readonly Flow[];
  readonly vendors: readonly Vendor[];
}

/**
 * Loads every automation and vendor of the checkout.
 *
 * @throws `declaration.vendor` if a step calls a vendor without a folder, because the step's role
 *   would name a function that does not exist.
 */
export async function loadDeclarations(): Promise<Declared> {
  const automations = await Promise.all(automationNames().map(loadFlow));
  const vendors = await Promise.all(vendorNames().map(loadVendor));
  assertKnownVendors({ automations, vendors });
  return { automations, vendors };
}

export function assertKnownVendors({ automations, vendors }: Declared): void {
  const known = vendors.map(({ name }) => name);
  for (const { name, steps } of automations)
    for (const { step } of steps.values())
      for (const vendor of step.authority.vendors)
        if (!known.includes(vendor))
          throw new InvalidInputError(
            'declaration.vendor',
            `step ${name}.${step.name} calls vendor "${vendor}"; there are ${known.join(', ')}`,
            { step: step.name, vendor },
          );
}
