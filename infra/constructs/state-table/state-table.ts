import {
  AttributeType,
  Billing,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { DUE, LIST, SWEEP } from '#shared/ledger/tables.ts';
import { tablePolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface StateTableProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * The table of current documents: runs, fields, gates, decisions, controls, records. Documents do
 * not expire. They are disposed of by commits.
 */
export class StateTable extends Construct {
  constructor(scope: Construct, id: string, { environment, arns }: StateTableProps) {
    super(scope, id);
    new TableV2(this, 'Table', {
      tableName: namesOf(environment).table('state'),
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      resourcePolicy: toPolicy(tablePolicy(arns, 'state')),
      billing: Billing.onDemand(),
      deletionProtection: environment.deletionProtection,
      removalPolicy: removalPolicy(environment),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      globalSecondaryIndexes: [
        index(DUE, AttributeType.NUMBER, ProjectionType.ALL),
        index(SWEEP, AttributeType.NUMBER, ProjectionType.ALL),
        index(LIST, AttributeType.STRING, ProjectionType.KEYS_ONLY),
      ],
    });
  }
}

/**
 * Defines an index. Indexes of timers and marks contain whole documents, so that the functions that
 * query them need no other reads. They contain few documents, and only briefly. Lists contain only
 * keys, so that changes to their documents do not cost extra.
 */
function index(
  { index, partition, sort }: typeof DUE | typeof SWEEP | typeof LIST,
  type: AttributeType,
  projectionType: ProjectionType,
): GlobalSecondaryIndexPropsV2 {
  return {
    indexName: index,
    partitionKey: { name: partition, type: AttributeType.STRING },
    sortKey: { name: sort, type },
    projectionType,
  };
}
