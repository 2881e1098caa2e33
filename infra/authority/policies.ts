import type { Environment } from '../config/environment.ts';
import type { Arns } from '../naming/arns.ts';
import { trailReader } from './boundary.ts';
import type { Statement } from './statements.ts';

/**
 * Policies of resources. They deny; what is allowed is in the roles. So each holds against whoever
 * comes to hold a policy that allows too much, an administrator's included.
 */

const EVERYBODY = { AWS: '*' } as const;

type Condition = Statement['Condition'];

function deny(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  condition?: Condition,
): Statement {
  return {
    Sid,
    Effect: 'Deny',
    Principal: EVERYBODY,
    Action,
    Resource,
    Condition: condition,
  };
}

/**
 * Unless the caller's role is one of these. By a condition on the caller, because `NotPrincipal`
 * would refuse every role that has a boundary.
 */
const unlessRole = (...patterns: readonly string[]): Condition => ({
  ArnNotLike: { 'aws:PrincipalArn': patterns },
});

const READS = [
  'BatchGetItem',
  'ConditionCheckItem',
  'GetItem',
  'PartiQLSelect',
  'Query',
  'Scan',
].map((action) => `dynamodb:${action}`);
const CHANGES = [
  'BatchWriteItem',
  'DeleteItem',
  'PartiQLDelete',
  'PartiQLUpdate',
  'PutItem',
  'UpdateItem',
].map((action) => `dynamodb:${action}`);

/**
 * Nobody but functions of the environment: who may read everything in the account reads nothing
 * here.
 */
const onlyFunctions = (
  Sid: string,
  Action: readonly string[],
  tables: readonly string[],
  arns: Arns,
) => deny(Sid, Action, tables, unlessRole(arns.roles(false)));

/** Of the tables of state and of keys: only functions of the environment touch what is in them. */
export function tablePolicy(arns: Arns, table: 'state' | 'keys'): Statement[] {
  // which has no index
  const tables = table === 'state' ? [arns.state, arns.index('*')] : [arns.keys];
  return [
    onlyFunctions(
      'OnlyFunctionsTouchIt',
      [...READS, ...CHANGES, 'dynamodb:PartiQLInsert'],
      tables,
      arns,
    ),
  ];
}

/**
 * Of the trail: nobody changes or removes an entry, only writers' roles append one, and only the
 * function that answers with them reads.
 */
export function trailPolicy(arns: Arns): Statement[] {
  return [
    deny('NobodyChangesEntries', CHANGES, [arns.trail]),
    deny(
      'OnlyWritersAppend',
      ['dynamodb:PartiQLInsert'],
      [arns.trail],
      unlessRole(arns.roles(true)),
    ),
    deny('OnlyOneReads', READS, [arns.trail, `${arns.trail}/index/*`], {
      ArnNotEquals: { 'aws:PrincipalArn': [trailReader(arns)] },
    }),
  ];
}

/**
 * Of the data key: the account manages it through IAM, but only the environment's functions use it.
 * Who administers it cannot.
 */
export function dataKeyPolicy(arns: Arns): Statement[] {
  const itself = ['*']; // of a key's policy: the key it is on

  const uses = [
    'kms:CreateGrant',
    'kms:Decrypt',
    'kms:Encrypt',
    'kms:GenerateDataKey*',
    'kms:ReEncrypt*',
  ];

  return [
    {
      Sid: 'ManagedThroughIam',
      Effect: 'Allow',
      Principal: { AWS: arns.root },
      Action: ['kms:*'],
      Resource: itself,
    },
    deny('OnlyFunctionsUseIt', uses, itself, unlessRole(arns.roles(false))),
  ];
}

/**
 * Of a queue: only `senders` (ARNs of roles) put messages into it, nobody empties it, and only who
 * deploys changes it.
 */
export function queuePolicy(arns: Arns, queue: string, senders: readonly string[]): Statement[] {
  return [
    deny('OnlySendersSend', ['sqs:SendMessage'], [queue], {
      ArnNotEquals: { 'aws:PrincipalArn': senders },
    }),
    ...kept(arns, queue),
  ];
}

/**
 * Of the queues in which undeliverable messages end. SQS itself fills them; nothing of ours may
 * send there.
 */
export function deadLettersPolicy(arns: Arns): Statement[] {
  // of a queue's policy: the queue it is on. SQS takes 8,192 bytes, too few for the names of many
  return kept(arns, '*');
}

function kept(arns: Arns, queue: string): Statement[] {
  const queues = [queue];
  return [
    deny('NobodyEmpties', ['sqs:PurgeQueue'], queues),
    deny(
      'OnlyDeploymentChanges',
      ['sqs:AddPermission', 'sqs:RemovePermission', 'sqs:SetQueueAttributes'],
      queues,
      unlessRole(arns.deployRoles),
    ),
    deny('OnlyEncryptedWays', ['sqs:*'], queues, { Bool: { 'aws:SecureTransport': 'false' } }),
  ];
}

/**
 * Of the topic that alarms go to: CloudWatch and Budgets publish for the environment's own, and
 * EventBridge where findings are told. That one without a condition, because EventBridge meets none
 * in a topic's policy: findings would be dropped without a sign. The other way, a role for the
 * rule, would be a role outside the environment's boundary.
 */
export function alarmTopicPolicy(
  arns: Arns,
  { threatDetection }: Pick<Environment, 'threatDetection'>,
): Statement[] {
  const publishes = (service: string, source?: string): Statement => ({
    Sid: `${service}Publishes`,
    Effect: 'Allow',
    Principal: { Service: `${service.toLowerCase()}.amazonaws.com` },
    Action: ['sns:Publish'],
    Resource: [arns.alarmTopic],
    Condition:
      source === undefined
        ? undefined
        : {
            StringEquals: { 'aws:SourceAccount': arns.account },
            ArnLike: { 'aws:SourceArn': source },
          },
  });
  return [
    deny('OnlyEncryptedWays', ['sns:Publish'], [arns.alarmTopic], {
      Bool: { 'aws:SecureTransport': 'false' },
    }),
    publishes('CloudWatch', arns.alarms),
    publishes('Budgets', arns.budgets),
    ...(threatDetection === 'none' ? [] : [publishes('Events')]),
  ];
}

/** Of a secret: one role reads it. */
export function secretPolicy(reader: string): Statement[] {
  const itself = ['*']; // of a secret's policy: the secret it is on
  return [
    deny('OnlyItsFunctionReads', ['secretsmanager:GetSecretValue'], itself, {
      ArnNotEquals: { 'aws:PrincipalArn': reader },
    }),
  ];
}

/**
 * Of the secret by which CloudFront proves itself: nobody reads it but who deploys and, if their
 * roles allow it, functions of the environment.
 */
export function originSecretPolicy(arns: Arns): Statement[] {
  const itself = ['*']; // of a secret's policy: the secret it is on
  return [
    deny(
      'OnlyOursRead',
      ['secretsmanager:GetSecretValue'],
      itself,
      unlessRole(arns.roles(false), arns.deployRoles),
    ),
  ];
}

/**
 * Of the archive: only the sequencer of the log puts objects there, each once, and nobody removes
 * one or weakens what keeps it.
 *
 * Object Lock protects versions; it does not stop a second version of a key. `s3:if-none-match`
 * does, and with it go the ways to write that cannot carry it: parts of an upload and copies.
 */
export function archivePolicy(
  arns: Arns,
  { archive, deletionProtection }: Pick<Environment, 'archive' | 'deletionProtection'>,
): Statement[] {
  const [bucket, objects] = [[arns.archive], [`${arns.archive}/*`]];
  const sequencer = arns.role(SEQUENCER, false);
  const put = {
    Principal: { AWS: arns.account },
    Action: ['s3:PutObject'],
    Resource: objects,
  } as const;

  return [
    // in the sequencer's own account its role is enough; in another both sides have to allow
    ...(archive.account === undefined
      ? []
      : [
          {
            Sid: 'SequencerPuts',
            Effect: 'Allow',
            ...put,
            Condition: { ArnEquals: { 'aws:PrincipalArn': sequencer } },
          } as const,
        ]),
    deny('OnlySequencerPuts', ['s3:PutObject'], objects, {
      ArnNotEquals: { 'aws:PrincipalArn': sequencer },
    }),
    deny('EachKeyOnce', ['s3:PutObject'], objects, { Null: { 's3:if-none-match': 'true' } }),
    ...(deletionProtection ? [deny('NobodyRemoves', REMOVE, objects)] : []),
    deny('OnlyDeploymentChanges', WEAKEN, bucket, unlessRole(arns.archiveDeployRoles)),
    deny('OnlyEncryptedWays', ['s3:*'], [...bucket, ...objects], {
      Bool: { 'aws:SecureTransport': 'false' },
    }),
  ];
}

const REMOVE = [
  's3:BypassGovernanceRetention',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:PutObjectLegalHold',
  's3:PutObjectRetention',
];
const WEAKEN = [
  's3:DeleteBucket',
  's3:DeleteBucketPolicy',
  's3:PutEncryptionConfiguration',
  's3:PutBucketObjectLockConfiguration',
  's3:PutBucketPolicy',
  's3:PutBucketVersioning',
  's3:PutLifecycleConfiguration',
  's3:PutReplicationConfiguration',
];

/**
 * The function that will seal the trail into the log. Its role has its name already, so that
 * nothing else can take its place.
 */
export const SEQUENCER = 'log.sequencer';
