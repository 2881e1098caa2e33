import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { tablePolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface KeyTableProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * The table of wrapped keys and of the directory of subjects. Erased items must not exist after the
 * recovery window, so the table has no stream, replica or index that could keep a copy.
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
