import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Environment } from '../../environment.ts';
import { namesOf } from '../../names.ts';

export interface KeyTableProps {
  readonly environment: Environment;
}

/**
 * Wrapped keys and the directory of subjects. What is erased here is gone when its recovery window has passed, so there is no
 * stream, no replica and no index that would keep a copy.
 */
export class KeyTable extends Construct {
  constructor(scope: Construct, id: string, { environment }: KeyTableProps) {
    super(scope, id);
    new TableV2(this, 'Table', {
      tableName: namesOf(environment).table('keys'),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      deletionProtection: environment.deletionProtection,
      removalPolicy: environment.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: environment.keyRecoveryDays },
    });
  }
}
