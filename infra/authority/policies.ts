import type { Environment } from '../config/environment.ts';
import { itemsIf } from '../config/items-if.ts';
import type { Arns } from '../naming/arns.ts';
import { trailReader } from './boundary.ts';
import type { Statement } from './statements.ts';

/**
 * Resource policies. They deny, and roles allow. Therefore, each policy also restricts principals
 * whose own policies allow too much, such as administrators.
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
 * Exempts these roles. It is a condition on the caller, because `NotPrincipal` would also deny
 * every role that has a boundary.
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
 * Denies actions to every principal except functions of the environment. The denial includes
 * principals that may read everything else in the account.
 */
const onlyFunctions = (
  Sid: string,
  Action: readonly string[],
  tables: readonly string[],
  arns: Arns,
) => deny(Sid, Action, tables, unlessRole(arns.roles(false)));

/**
 * Returns the policy of the state table or the key table, whose items only functions of the
 * environment can access.
 */
export function tablePolicy(arns: Arns, table: 'state' | 'keys'): Statement[] {
  // the key table has no index
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
 * Returns the policy of the trail. No principal can change or remove an entry, only writers' roles
 * can append, and only the API group `trail` can read.
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
 * Returns the policy of the data key. The account manages the key through IAM, but only functions
 * of the environment can use it. Administrators of the key cannot use it.
 */
export function dataKeyPolicy(arns: Arns): Statement[] {
  const itself = ['*']; // in a key's policy, `*` is the key itself

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
 * Returns the policy of a queue. Only `senders` (ARNs of roles) can send to it, no principal can
 * purge it, and only deployment roles can change it.
 */
export function queuePolicy(arns: Arns, queue: string, senders: readonly string[]): Statement[] {
  return [
    deny('OnlySendersSend', ['sqs:SendMessage'], [queue], {
      ArnNotEquals: { 'aws:PrincipalArn': senders },
    }),
    ...queueProtection(arns, queue),
  ];
}

/**
 * Returns the policy of dead-letter queues. SQS itself moves messages there; no function may send
 * to them.
 */
export function deadLettersPolicy(arns: Arns): Statement[] {
  // in a queue's policy, `*` is the queue itself. With many names, the policy would exceed its
  // limit of 8,192 bytes
  return queueProtection(arns, '*');
}

function queueProtection(arns: Arns, queue: string): Statement[] {
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
 * Returns the policy of the alarm topic. CloudWatch and Budgets publish on behalf of the
 * environment's alarms and budgets, and EventBridge publishes findings. The statement for
 * EventBridge has no condition: EventBridge does not support conditions in a topic's policy and
 * would silently drop findings. A role for the rule is not an alternative, because it would be
 * outside the environment's boundary.
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
    ...itemsIf(threatDetection !== 'none', publishes('Events')),
  ];
}

/** Returns the policy of a secret that one role reads. */
export function secretPolicy(reader: string): Statement[] {
  const itself = ['*']; // in a secret's policy, `*` is the secret itself
  return [
    deny('OnlyItsFunctionReads', ['secretsmanager:GetSecretValue'], itself, {
      ArnNotEquals: { 'aws:PrincipalArn': reader },
    }),
  ];
}

/**
 * Returns the policy of the secret that authenticates CloudFront. Only deployment roles can read
 * it, and functions of the environment whose roles allow it.
 */
export function originSecretPolicy(arns: Arns): Statement[] {
  const itself = ['*']; // in a secret's policy, `*` is the secret itself
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
 * Returns the policy of the archive. Only the log sequencer can put objects there, each key once.
 * No principal can remove an object or weaken its retention.
 *
 * Object Lock protects versions, but it does not prevent a second version of a key. The condition
 * key `s3:if-none-match` prevents it. Multipart uploads and copies cannot include that header, so
 * they are denied.
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
    // within the sequencer's account, the role's policy suffices. Across accounts, both sides must
    // allow the action
    ...itemsIf(archive.account !== undefined, {
      Sid: 'SequencerPuts',
      Effect: 'Allow',
      ...put,
      Condition: { ArnEquals: { 'aws:PrincipalArn': sequencer } },
    } as const),
    deny('OnlySequencerPuts', ['s3:PutObject'], objects, {
      ArnNotEquals: { 'aws:PrincipalArn': sequencer },
    }),
    deny('EachKeyOnce', ['s3:PutObject'], objects, { Null: { 's3:if-none-match': 'true' } }),
    ...itemsIf(deletionProtection, deny('NobodyRemoves', REMOVE, objects)),
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
 * Function that will seal the trail into the log. The name of its role is already reserved, so that
 * no other role can have it.
 */
export const SEQUENCER = 'log.sequencer';
