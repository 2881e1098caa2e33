import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { RUN } from '#shared/ledger/tables.ts';
import { trailPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface WriteOnceTrailProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * The table of audit entries. Its policy denies changes and removals to all principals, and
 * appending to all except the environment's writers. Each writer's role is confined to its own
 * pages. The table's stream would record any change of an entry, with the old value.
 *
 * Entries do not expire. They may be removed from the table only after they are in the archive, and
 * archiving is not implemented yet.
 */
export class WriteOnceTrail extends Construct {
  constructor(scope: Construct, id: string, { environment, arns }: WriteOnceTrailProps) {
    super(scope, id);
    new TableV2(this, 'Table', {
      tableName: namesOf(environment).table('trail'),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.NUMBER },
      billing: Billing.onDemand(),
      deletionProtection: environment.deletionProtection,
      removalPolicy: removalPolicy(environment),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      resourcePolicy: toPolicy(trailPolicy(arns)),
      globalSecondaryIndexes: [
        {
          indexName: RUN.index,
          partitionKey: { name: RUN.partition, type: AttributeType.STRING },
          sortKey: { name: RUN.sort, type: AttributeType.NUMBER },
          projectionType: ProjectionType.KEYS_ONLY,
        },
      ],
    });
  }
}
