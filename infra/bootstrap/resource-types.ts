import { apiTypes } from './api-types.ts';
import { networkTypes } from './network-types.ts';
import { of, type ResourceTypes } from './resource-type.ts';
import { watchTypes } from './watch-types.ts';

/**
 * Every resource type in the stacks, with exactly the actions that CloudFormation needs for it. A
 * test compares the table with the templates, in both directions.
 *
 * The table omits permissions that a type's schema lists for properties that we never set
 * (replicas, customer managed keys, file systems, layers), and permissions to read or change
 * content, such as items and values of secrets.
 *
 * Source: schemas of the CloudFormation registry, `handlers.*.permissions` and
 * `tagging.permissions` of each type, August 2026.
 */
export const RESOURCE_TYPES: ResourceTypes = {
  'AWS::DynamoDB::GlobalTable': {
    in: ['home'],
    calls: {
      region: ['application-autoscaling:Describe*'],
      tables: of(
        'dynamodb',
        'CreateTable Describe* GetResourcePolicy ListTagsOfResource PutResourcePolicy TagResource UntagResource UpdateContinuousBackups UpdateTable',
      ),
    },
    empties: { tables: ['dynamodb:DeleteTable'] },
  },
  'AWS::S3::Bucket': {
    in: ['archive'],
    calls: {
      archive: of(
        's3',
        `CreateBucket Get*Configuration GetBucket* ListBucket ListTagsForResource PutBucketObjectLockConfiguration
          PutBucketOwnershipControls PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration
          TagResource UntagResource`,
      ),
    },
    empties: { archive: ['s3:DeleteBucket'] },
  },
  'AWS::S3::BucketPolicy': {
    in: ['archive'],
    calls: { archive: of('s3', 'GetBucketPolicy PutBucketPolicy') },
    empties: { archive: ['s3:DeleteBucketPolicy'] },
  },
  'AWS::Logs::LogGroup': {
    in: ['home'],
    calls: {
      region: of('logs', 'DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies'),
      logGroups: of(
        'logs',
        'CreateLogGroup GetDataProtectionPolicy ListTagsForResource PutRetentionPolicy TagResource UntagResource',
      ),
    },
    empties: { logGroups: of('logs', 'DeleteDataProtectionPolicy DeleteLogGroup') },
  },
  'AWS::SecretsManager::Secret': {
    in: ['home', 'edge'],
    calls: {
      region: ['secretsmanager:GetRandomPassword'],
      secrets: of('secretsmanager', 'CreateSecret DescribeSecret TagResource UntagResource'),
      // the header's secret is useless without the edge, and is removed with it
      originHeader: of(
        'secretsmanager',
        'DeleteSecret RemoveRegionsFromReplication ReplicateSecretToRegions',
      ),
    },
    empties: { secrets: ['secretsmanager:DeleteSecret'] },
  },
  'AWS::SecretsManager::ResourcePolicy': {
    in: ['home', 'edge'],
    calls: {
      secrets: of('secretsmanager', 'DeleteResourcePolicy GetResourcePolicy PutResourcePolicy'),
    },
  },
  'AWS::IAM::Role': {
    in: ['home'],
    calls: {
      roles: of(
        'iam',
        'GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoleTags TagRole UntagRole',
      ),
      boundedRoles: of(
        'iam',
        `CreateRole DeleteRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy UpdateAssumeRolePolicy UpdateRole
          UpdateRoleDescription`,
      ),
    },
  },
  'AWS::Lambda::Function': {
    in: ['home'],
    calls: {
      region: of(
        'ec2',
        'DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcs',
      ),
      bundles: ['s3:GetObject'],
      functions: of(
        'lambda',
        `DeleteFunction GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig GetFunctionScalingConfig
          GetRuntimeManagementConfig ListTags PutFunctionRecursionConfig TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration`,
      ),
      signedFunctions: of('lambda', 'CreateFunction PutFunctionCodeSigningConfig'),
      signingConfigs: of('lambda', 'GetCodeSigningConfig PutFunctionCodeSigningConfig'),
      passedRoles: ['iam:PassRole'],
    },
  },
  'AWS::Lambda::EventSourceMapping': {
    in: ['home'],
    calls: {
      mappings: of(
        'lambda',
        'CreateEventSourceMapping DeleteEventSourceMapping GetEventSourceMapping UpdateEventSourceMapping',
      ),
      mappingTags: of('lambda', 'ListTags TagResource UntagResource'),
    },
  },
  'AWS::SQS::Queue': {
    in: ['home'],
    calls: {
      queues: of(
        'sqs',
        'CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue UntagQueue',
      ),
    },
  },
  'AWS::SQS::QueuePolicy': {
    in: ['home'],
    calls: { queues: of('sqs', 'GetQueueAttributes SetQueueAttributes') },
  },
  'AWS::Scheduler::ScheduleGroup': {
    in: ['home'],
    calls: {
      schedules: of(
        'scheduler',
        'CreateScheduleGroup DeleteScheduleGroup GetScheduleGroup ListTagsForResource TagResource UntagResource',
      ),
    },
  },
  'AWS::Scheduler::Schedule': {
    in: ['home'],
    calls: {
      schedules: of('scheduler', 'CreateSchedule DeleteSchedule GetSchedule UpdateSchedule'),
      passedRoles: ['iam:PassRole'],
    },
  },
  ...watchTypes,
  ...networkTypes,
  ...apiTypes,
};

/**
 * Resource types of the stack `Keys`. An administrator deploys them, because a change could remove
 * the boundary of roles, give access to the data, or allow unsigned code.
 */
export const ADMINISTRATORS_TYPES: readonly string[] = [
  'AWS::IAM::ManagedPolicy',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::CodeSigningConfig',
  'AWS::SSM::Parameter',
];
