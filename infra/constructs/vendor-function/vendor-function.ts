import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { Vendor } from '#shared/vendors/index.ts';
import { authorityOfVendor } from '../../authority/authority.ts';
import type { Bundle } from '../../build/bundles.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { GovernedFunction } from '../governed-function/governed-function.ts';

export interface VendorFunctionProps {
  readonly environment: Environment;
  readonly arns: Arns;
  readonly vendor: Vendor;
  /** Bundle of the function. Exports `handler` from `index`. */
  readonly bundle: Bundle;
}

/**
 * The only path to an external service. The function runs outside the isolated network, and only it
 * can read the vendor's secret. Steps that declare the vendor call it.
 */
export class VendorFunction extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { environment, arns, vendor, bundle }: VendorFunctionProps,
  ) {
    super(scope, id);

    // the additional second is for reading the secret
    const timeout = Duration.seconds(Math.ceil(vendor.timeoutMs / 1_000) + 1);

    new GovernedFunction(this, 'Function', {
      environment,
      arns,
      authority: authorityOfVendor(vendor, arns),
      bundle,
      timeout,
    });
  }
}
