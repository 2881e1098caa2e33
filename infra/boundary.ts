import type { Arns } from './arns.ts';
import type { FunctionAuthority } from './authority.ts';
import type { Environment } from './environment.ts';
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
  'lambda:InvokeFunction',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'secretsmanager:GetSecretValue',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
  'sqs:SendMessage',
];

/** The permissions boundary of every function's role. It grants nothing: it says what no policy of theirs can grant. */
export function boundaryOf(arns: Arns, { region, egress }: Pick<Environment, 'region' | 'egress'>): Statement[] {
  const network = egress.mode === 'isolated' ? joinNetwork() : [];
  const join = network.flatMap(({ Effect, Action = [] }) => (Effect === 'Allow' ? Action : []));
  // the last is for the record of the network's traffic, which EC2 writes under this boundary, too
  const Action = [...ACTIONS, ...join, ...(network.length > 0 ? ['logs:DescribeLogStreams'] : [])].sort();
  return [
    { Sid: 'AtMost', Effect: 'Allow', Action, Resource: ['*'], Condition: { StringEquals: { 'aws:RequestedRegion': region } } },
    ...never(arns),
    ...network.filter(({ Effect }) => Effect === 'Deny'),
  ];
}

/**
 * The statements of a function's role in an environment: what was derived for it; where it sits in the isolated network, what
 * Lambda needs to put it there; and under a boundary that is not ours, what ours would deny.
 */
export function statementsOfRole({ statements, inside }: FunctionAuthority, arns: Arns, { egress, estate }: Environment): Statement[] {
  return [
    ...statements,
    ...(egress.mode === 'isolated' && inside ? joinNetwork() : []),
    ...(estate.boundaryArn === undefined ? [] : never(arns)),
  ];
}

/** What no function does, whatever it is allowed. */
function never(arns: Arns): Statement[] {
  return [
    { Sid: 'NoIdentities', Effect: 'Deny', Action: ['iam:*', 'sts:AssumeRole'], Resource: ['*'] },
    { Sid: 'TrailOnlyGrows', Effect: 'Deny', NotAction: ['dynamodb:PartiQLInsert'], Resource: [arns.trail, `${arns.trail}/index/*`] },
    { Sid: 'NoArchive', Effect: 'Deny', Action: ['s3:*'], Resource: [arns.archive, `${arns.archive}/*`] },
  ];
}
