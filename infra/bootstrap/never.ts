import type { Statement } from '../authority/statements.ts';
import type { Environment } from '../config/environment.ts';
import { itemsIf } from '../config/items-if.ts';
import { namesOf } from '../naming/names.ts';
import type { BootstrapPlace } from './places.ts';
import { of } from './resource-type.ts';
import { arnsAt, scopesOf } from './scopes.ts';

/**
 * Returns the denials for CloudFormation. Our policies do not allow these actions, but the denials
 * also apply if an administrator attaches an additional policy to CloudFormation's role. Each
 * statement names only resources of this environment, so that policies of several environments can
 * be combined.
 */
export function cloudFormationDenials(
  environment: Environment,
  place: BootstrapPlace,
): Statement[] {
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
 * Prevents removing the boundary from a role, changing the boundary, and turning off code signing.
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
      // also denies a request without a boundary
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
    ...itemsIf(environment.codeSigning !== undefined, {
      Sid: 'CodeStaysSigned',
      Effect: 'Deny',
      Action: ['lambda:DeleteFunctionCodeSigningConfig'],
      ...functions,
    } as const),
  ];
}

/**
 * Denies reading, writing and copying documents, entries and wrapped keys, and deleting protected
 * tables.
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
    Action: [...actions, ...itemsIf(environment.deletionProtection, 'dynamodb:DeleteTable')],
    Resource: [state, trail, keys].flatMap((table) => [table, `${table}/*`]),
  };
}

/**
 * Protects the key that wraps every workspace's key. A key that Writ creates is identified by its
 * alias, because AWS assigns its id.
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

/** Denies reading, adding and removing objects of the archive. */
function archive(environment: Environment, place: BootstrapPlace): Statement[] {
  const { archive } = arnsAt(environment, place);
  const Action = of(
    's3',
    'Bypass* DeleteObject* GetObject* PutObject* ReplicateObject RestoreObject',
  );

  return [
    { Sid: 'ArchiveContentStays', Effect: 'Deny', Action, Resource: [`${archive}/*`] },
    ...itemsIf(environment.deletionProtection, {
      Sid: 'ArchiveStays',
      Effect: 'Deny',
      Action: of(
        's3',
        'DeleteBucket DeleteBucketPolicy PutLifecycleConfiguration PutReplicationConfiguration',
      ),
      Resource: [archive],
    } as const),
  ];
}
