import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, type TablePropsV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, AnyPrincipal, Effect, ManagedPolicy, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { type Arns, arnsOf } from '../arns.ts';
import { ceiling } from '../ceiling.ts';
import { type EnvironmentConfig, namesOf } from '../config.ts';
import { DUE, SWEEP } from '../tables.ts';

const PARTITION = { name: 'pk', type: AttributeType.STRING };
const SORT = { name: 'sk', type: AttributeType.STRING };

/** State, trail and keys of an environment, the key that wraps them, and the ceiling over every role. */
export class LedgerStack extends Stack {
  constructor(scope: Construct, id: string, environment: EnvironmentConfig) {
    super(scope, id, { env: { region: environment.region }, description: 'Writ: state, trail and keys' });
    const names = namesOf(environment);
    const { partition, region, account } = this;
    const arns = arnsOf(environment, { partition, region, account, dataKey: '', secret: () => '' });
    const kept = {
      billing: Billing.onDemand(),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    } satisfies Partial<TablePropsV2>;
    new TableV2(this, 'State', {
      ...kept,
      tableName: names.table('state'),
      partitionKey: PARTITION,
      sortKey: SORT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      globalSecondaryIndexes: [DUE, SWEEP].map(({ index, partition: by, sort }) => ({
        indexName: index,
        partitionKey: { name: by, type: AttributeType.STRING },
        sortKey: { name: sort, type: AttributeType.NUMBER },
      })),
    });
    new TableV2(this, 'Trail', {
      ...kept,
      tableName: names.table('trail'),
      partitionKey: PARTITION,
      sortKey: { name: 'sk', type: AttributeType.NUMBER },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES, // a change or a removal shows itself there
      resourcePolicy: writeOnce(arns),
    });
    new TableV2(this, 'Keys', {
      ...kept,
      tableName: names.table('keys'),
      partitionKey: PARTITION,
      sortKey: SORT,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: environment.keyRecoveryDays },
    });
    const dataKey = new Key(this, 'DataKey', {
      alias: names.dataKeyAlias,
      description: 'Wraps the key of each workspace and class',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      policy: usedByFunctionsOnly(arns),
    });
    new StringParameter(this, 'DataKeyArn', { parameterName: names.dataKeyParameter, stringValue: dataKey.keyArn });
    new ManagedPolicy(this, 'Ceiling', {
      managedPolicyName: names.ceiling,
      path: names.rolePath(false),
      description: 'The most that any function of the environment can be allowed',
      document: new PolicyDocument({
        minimize: false,
        statements: ceiling(arns, environment).map((statement) => PolicyStatement.fromJson(statement)),
      }),
    });
  }
}

/** Nobody changes or removes an entry, and only writers' roles append one. */
function writeOnce(arns: Arns): PolicyDocument {
  const deny = (actions: string[], conditions?: Record<string, Record<string, string>>) =>
    new PolicyStatement({ effect: Effect.DENY, principals: [new AnyPrincipal()], actions, resources: [arns.trail], conditions });
  return new PolicyDocument({
    minimize: false,
    statements: [
      deny([
        'dynamodb:BatchWriteItem',
        'dynamodb:DeleteItem',
        'dynamodb:PartiQLDelete',
        'dynamodb:PartiQLUpdate',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
      ]),
      // a condition on the caller, because `NotPrincipal` would refuse every role that has a boundary
      deny(['dynamodb:PartiQLInsert'], { ArnNotLike: { 'aws:PrincipalArn': arns.roles(true) } }),
    ],
  });
}

/** The account manages the key through IAM, but only the environment's functions use it: who administers it cannot. */
function usedByFunctionsOnly(arns: Arns): PolicyDocument {
  const resources = ['*']; // of a key's policy: the key it is on
  return new PolicyDocument({
    minimize: false,
    statements: [
      new PolicyStatement({ principals: [new AccountRootPrincipal()], actions: ['kms:*'], resources }),
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['kms:CreateGrant', 'kms:Decrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        resources,
        conditions: { ArnNotLike: { 'aws:PrincipalArn': arns.roles(false) } },
      }),
    ],
  });
}
