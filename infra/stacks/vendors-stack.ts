import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Vendor } from '#shared/vendors/index.ts';
import type { Bundles } from '../build/bundles.ts';
import type { Environment } from '../config/environment.ts';
import { OwnedSecret } from '../constructs/owned-secret/owned-secret.ts';
import { VendorFunction } from '../constructs/vendor-function/vendor-function.ts';
import { arnsIn, stackProps } from './stack-props.ts';

export interface VendorsStackProps {
  readonly environment: Environment;
  readonly vendors: readonly Vendor[];
  readonly bundles: Bundles;
}

/**
 * The vendor functions of an environment. They can reach external services, but not resources of
 * the environment.
 */
export class VendorsStack extends Stack {
  constructor(scope: Construct, id: string, { environment, vendors, bundles }: VendorsStackProps) {
    super(scope, id, stackProps(environment, 'ways to outside services'));

    const arns = arnsIn(this, environment, {
      secret: (fn, name) =>
        new OwnedSecret(this, `Secret-${fn}-${name}`, {
          environment,
          owner: fn,
          reader: arns.role(fn, false),
          name,
        }).arn,
    });

    for (const vendor of vendors) {
      new VendorFunction(this, vendor.name, {
        environment,
        arns,
        vendor,
        bundle: bundles(`vendor.${vendor.name}`),
      });
    }
  }
}
