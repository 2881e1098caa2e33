import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Vendor } from '#shared/vendors/index.ts';
import type { Bundles } from '../bundles.ts';
import type { EnvironmentConfig } from '../config.ts';
import { VendorFunction } from '../constructs/vendor-function/vendor-function.ts';

export interface VendorsStackProps {
  readonly environment: EnvironmentConfig;
  readonly vendors: readonly Vendor[];
  readonly bundles: Bundles;
}

/** The vendor functions of an environment. They reach the outside and nothing of ours. */
export class VendorsStack extends Stack {
  constructor(scope: Construct, id: string, { environment, vendors, bundles }: VendorsStackProps) {
    super(scope, id, { env: { region: environment.region }, description: 'Writ: ways to outside services' });
    const { partition, region, account } = this;
    const place = { partition, region, account, dataKey: '' };
    for (const vendor of vendors) {
      new VendorFunction(this, vendor.name, { environment, place, vendor, code: bundles(`vendor.${vendor.name}`) });
    }
  }
}
