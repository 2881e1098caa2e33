import type { Arns } from './arns.ts';
import type { EnvironmentConfig } from './config.ts';
import type { Statement } from './statements.ts';

/** Every action that any function has. A role cannot come to more, whatever is attached to it. */
const ACTIONS = [
  'dynamodb:BatchGetItem',
  'dynamodb:GetItem',
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
export function ceiling(arns: Arns, { region }: EnvironmentConfig): Statement[] {
  return [
    { Sid: 'AtMost', Effect: 'Allow', Action: ACTIONS, Resource: ['*'], Condition: { StringEquals: { 'aws:RequestedRegion': region } } },
    { Sid: 'NoIdentities', Effect: 'Deny', Action: ['iam:*', 'sts:AssumeRole'], Resource: ['*'] },
    { Sid: 'TrailOnlyGrows', Effect: 'Deny', NotAction: ['dynamodb:PartiQLInsert'], Resource: [arns.trail, `${arns.trail}/index/*`] },
  ];
}
