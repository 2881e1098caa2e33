import type { Environment } from '../config/environment.ts';
import { itemsIf } from '../config/items-if.ts';
import type { Arns } from '../naming/arns.ts';
import type { Group } from './api-authority.ts';
import type { FunctionAuthority } from './authority.ts';
import { joinNetwork, type Statement } from './statements.ts';

/**
 * All actions that functions need. A role is never allowed any other action, no matter which
 * policies are attached to it.
 */
const ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:PartiQLDelete',
  'dynamodb:PartiQLInsert',
  'dynamodb:PartiQLSelect',
  'dynamodb:PartiQLUpdate',
  'dynamodb:Query',
  'kms:Decrypt',
  'kms:GenerateDataKey',
  'lambda:InvokeFunction',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'secretsmanager:GetSecretValue',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
];

/**
 * Returns the permissions boundary of every function's role. The boundary does not grant
 * permissions. It limits the permissions that the role's policies can grant.
 */
export function boundaryOf(
  arns: Arns,
  { region, egress }: Pick<Environment, 'region' | 'egress'>,
): Statement[] {
  const network = egress.mode === 'isolated' ? joinNetwork() : [];
  const join = network.flatMap(({ Effect, Action = [] }) => (Effect === 'Allow' ? Action : []));
  // the last action is for the network's flow logs, which EC2 publishes under this boundary
  const Action = [
    ...ACTIONS,
    ...join,
    ...itemsIf(network.length > 0, 'logs:DescribeLogStreams'),
  ].sort();

  return [
    {
      Sid: 'AtMost',
      Effect: 'Allow',
      Action,
      Resource: ['*'],
      Condition: { StringEquals: { 'aws:RequestedRegion': region } },
    },
    ...boundaryDenials(arns),
    ...network.filter(({ Effect }) => Effect === 'Deny'),
  ];
}

/**
 * Returns the statements of a function's role in an environment. They include the statements that
 * Lambda needs to attach an isolated function to the network and, if the estate provides the
 * boundary, the denials of our boundary.
 */
export function statementsOfRole(
  { statements, isolated }: FunctionAuthority,
  arns: Arns,
  { egress, estate }: Environment,
): Statement[] {
  return [
    ...statements,
    ...itemsIf(egress.mode === 'isolated' && isolated, ...joinNetwork()),
    ...itemsIf(estate.boundaryArn !== undefined, ...boundaryDenials(arns)),
  ];
}

/**
 * Actions that read entries: `Query` finds the entries of a run, `BatchGetItem` reads their bytes.
 */
const TRAIL_READS = ['dynamodb:BatchGetItem', 'dynamodb:Query'];

/** Returns the ARN of the only role that reads entries, the role of the API group `trail`. */
export const trailReader = (arns: Arns) => arns.role('trail' satisfies Group, true);

/**
 * Returns the roles that create keys. They belong to the functions that create workspaces and the
 * directory.
 */
const keyMakers = (arns: Arns) =>
  (['people', 'workspaces'] satisfies Group[]).map((group) => arns.role(group, true));

const unless = (...roles: readonly string[]) => ({ ArnNotEquals: { 'aws:PrincipalArn': roles } });

/**
 * Returns the denials for every function. Roles that a condition names are exempt from that denial.
 */
function boundaryDenials(arns: Arns): Statement[] {
  const trail = [arns.trail, `${arns.trail}/index/*`];
  return [
    { Sid: 'NoIdentities', Effect: 'Deny', Action: ['iam:*', 'sts:AssumeRole'], Resource: ['*'] },
    {
      Sid: 'TrailOnlyGrows',
      Effect: 'Deny',
      NotAction: ['dynamodb:PartiQLInsert', ...TRAIL_READS],
      Resource: trail,
    },
    {
      Sid: 'TrailHasOneReader',
      Effect: 'Deny',
      Action: TRAIL_READS,
      Resource: trail,
      Condition: unless(trailReader(arns)),
    },
    {
      Sid: 'OnlyTheseMakeKeys',
      Effect: 'Deny',
      Action: ['kms:GenerateDataKey'],
      Resource: ['*'],
      Condition: unless(...keyMakers(arns)),
    },
    {
      Sid: 'NoArchive',
      Effect: 'Deny',
      Action: ['s3:*'],
      Resource: [arns.archive, `${arns.archive}/*`],
    },
  ];
}
