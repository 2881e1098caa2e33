import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { Arns } from '../../arns.ts';
import type { Environment } from '../../environment.ts';
import { namesOf } from '../../names.ts';
import { tablePolicy } from '../../policies.ts';
import { toPolicy } from '../../policy-document.ts';
import { removalPolicy } from '../../removal-policy.ts';

export interface KeyTableProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * Wrapped keys and the directory of subjects. What is erased here is gone when its recovery window
 * has passed, so there is no stream, no replica and no index that would keep a copy.
 */
export class KeyTable extends Construct {
  constructor(scope: Construct, id: string, { environment, arns }: KeyTableProps) {
    super(scope, id);
    new TableV2(this, 'Table', {
      tableName: namesOf(environment).table('keys'),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      resourcePolicy: toPolicy(tablePolicy(arns, 'keys')),
      billing: Billing.onDemand(),
      deletionProtection: environment.deletionProtection,
      removalPolicy: removalPolicy(environment),
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: environment.keyRecoveryDays,
      },
    });
  }
}
