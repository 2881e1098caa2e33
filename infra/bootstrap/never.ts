import type { Statement } from '../authority/statements.ts';
import type { Environment } from '../config/environment.ts';
import { namesOf } from '../naming/names.ts';
import type { BootstrapPlace } from './places.ts';
import { of } from './resource-type.ts';
import { arnsAt, scopesOf } from './scopes.ts';

/**
 * What CloudFormation does to an environment under no circumstances. None of it is allowed either;
 * but whoever attaches another policy to its role, for another environment or in a hurry, does not
 * lift this one. Each statement is about the environment's own things only, so that policies of
 * several can stand beside each other.
 */
export function never(environment: Environment, place: BootstrapPlace): Statement[] {
  const at = (part: 'home' | 'archive', statements: () => Statement[]) =>
    place.parts.includes(part) ? statements() : [];
  return [
    ...at('home', () => [
      ...boundaries(environment, place),
      ledger(environment, place),
      dataKey(environment, place),
    ]),
    ...at('archive', () => archive(environment, place)),
  ];
}

/**
 * No role of the environment is without its boundary, the boundary stays what it is, and signed
 * code stays signed.
 */
function boundaries(environment: Environment, place: BootstrapPlace): Statement[] {
  const { boundary, roles: pattern } = arnsAt(environment, place);
  const { roles, functions } = scopesOf(environment, place);
  const policies = [boundary, pattern(false).replace(':role/', ':policy/')];

  return [
    {
      Sid: 'RolesAreBounded',
      Effect: 'Deny',
      Action: of(
        'iam',
        'CreateRole PutRolePermissionsBoundary PutRolePolicy UpdateAssumeRolePolicy',
      ),
      ...roles,
      // so it is where a request names none
      Condition: { StringNotEquals: { 'iam:PermissionsBoundary': boundary } },
    },
    {
      Sid: 'RolesStayBounded',
      Effect: 'Deny',
      Action: of('iam', 'AttachRolePolicy DeleteRolePermissionsBoundary'),
      ...roles,
    },
    {
      Sid: 'BoundaryStays',
      Effect: 'Deny',
      Action: of(
        'iam',
        'CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion SetDefaultPolicyVersion TagPolicy UntagPolicy',
      ),
      Resource: policies,
    },
    ...(environment.codeSigning === undefined
      ? []
      : [
          {
            Sid: 'CodeStaysSigned',
            Effect: 'Deny',
            Action: ['lambda:DeleteFunctionCodeSigningConfig'],
            ...functions,
          } as const,
        ]),
  ];
}

/**
 * Documents, entries and wrapped keys are neither read, written nor copied, and do not go with
 * their tables.
 */
function ledger(environment: Environment, place: BootstrapPlace): Statement {
  const { state, trail, keys } = arnsAt(environment, place);

  const actions = of(
    'dynamodb',
    `BatchGetItem BatchWriteItem ConditionCheckItem CreateBackup CreateTableReplica DeleteItem DeleteResourcePolicy
      EnableKinesisStreamingDestination ExportTableToPointInTime GetItem GetRecords PartiQLDelete PartiQLInsert PartiQLSelect
      PartiQLUpdate PutItem Query RestoreTableFromBackup RestoreTableToPointInTime Scan UpdateItem UpdateTimeToLive`,
  );

  return {
    Sid: 'LedgerStays',
    Effect: 'Deny',
    Action: [...actions, ...(environment.deletionProtection ? ['dynamodb:DeleteTable'] : [])],
    Resource: [state, trail, keys].flatMap((table) => [table, `${table}/*`]),
  };
}

/**
 * The key that wraps every workspace's key. Ours is known by its alias, because its id is drawn.
 */
function dataKey(environment: Environment, place: BootstrapPlace): Statement {
  const { dataKey } = arnsAt(environment, place);
  const ours = {
    'ForAnyValue:StringEquals': { 'kms:ResourceAliases': namesOf(environment).dataKeyAlias },
  };
  const condition = environment.estate.dataKeyArn === undefined ? { Condition: ours } : {};

  return {
    Sid: 'DataKeyStays',
    Effect: 'Deny',
    Action: ['kms:*'],
    Resource: [dataKey],
    ...condition,
  };
}

/** What was put into the archive stays there, unread, and CloudFormation puts nothing beside it. */
function archive(environment: Environment, place: BootstrapPlace): Statement[] {
  const { archive } = arnsAt(environment, place);
  const Action = of(
    's3',
    'Bypass* DeleteObject* GetObject* PutObject* ReplicateObject RestoreObject',
  );

  return [
    { Sid: 'ArchiveContentStays', Effect: 'Deny', Action, Resource: [`${archive}/*`] },
    ...(environment.deletionProtection
      ? [
          {
            Sid: 'ArchiveStays',
            Effect: 'Deny',
            Action: of(
              's3',
              'DeleteBucket DeleteBucketPolicy PutLifecycleConfiguration PutReplicationConfiguration',
            ),
            Resource: [archive],
          } as const,
        ]
      : []),
  ];
}
