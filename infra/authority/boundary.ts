import type { Environment } from '../config/environment.ts';
import type { Arns } from '../naming/arns.ts';
import type { Group } from './api-authority.ts';
import type { FunctionAuthority } from './authority.ts';
import { joinNetwork, type Statement } from './statements.ts';

/** Every action that any function has. A role cannot come to more, whatever is attached to it. */
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
 * The permissions boundary of every function's role. It grants nothing: it says what no policy of
 * theirs can grant.
 */
export function boundaryOf(
  arns: Arns,
  { region, egress }: Pick<Environment, 'region' | 'egress'>,
): Statement[] {
  const network = egress.mode === 'isolated' ? joinNetwork() : [];
  const join = network.flatMap(({ Effect, Action = [] }) => (Effect === 'Allow' ? Action : []));
  // the last is for the record of the network's traffic, which EC2 writes under this boundary, too
  const Action = [
    ...ACTIONS,
    ...join,
    ...(network.length > 0 ? ['logs:DescribeLogStreams'] : []),
  ].sort();

  return [
    {
      Sid: 'AtMost',
      Effect: 'Allow',
      Action,
      Resource: ['*'],
      Condition: { StringEquals: { 'aws:RequestedRegion': region } },
    },
    ...never(arns),
    ...network.filter(({ Effect }) => Effect === 'Deny'),
  ];
}

/**
 * The statements of a function's role in an environment: what was derived for it; where it sits in
 * the isolated network, what Lambda needs to put it there; and under a boundary that is not ours,
 * what ours would deny.
 */
export function statementsOfRole(
  { statements, inside }: FunctionAuthority,
  arns: Arns,
  { egress, estate }: Environment,
): Statement[] {
  return [
    ...statements,
    ...(egress.mode === 'isolated' && inside ? joinNetwork() : []),
    ...(estate.boundaryArn === undefined ? [] : never(arns)),
  ];
}

/** How entries are read: those of a run by their index, the bytes by key. */
const TRAIL_READS = ['dynamodb:BatchGetItem', 'dynamodb:Query'];

/** The one role that reads entries: that of the group of the API which answers with them. */
export const trailReader = (arns: Arns) => arns.role('trail' satisfies Group, true);

/**
 * The roles that have keys made: those of the functions that make workspaces, and the workspace of
 * the directory.
 */
const keyMakers = (arns: Arns) =>
  (['people', 'workspaces'] satisfies Group[]).map((group) => arns.role(group, true));

const unless = (...roles: readonly string[]) => ({ ArnNotEquals: { 'aws:PrincipalArn': roles } });

/** What no function does, whatever it is allowed, but for those that a condition names. */
function never(arns: Arns): Statement[] {
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
