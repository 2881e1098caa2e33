import { describe, expect, it } from 'vitest';
import { ACCOUNT, allow, decide, QUEUE, without } from './samples.ts';

const TABLE = 'arn:aws:dynamodb:eu-central-1:111122223333:table/writ-dev-state';

describe('an action', () => {
  it.each([
    ['is the same in any case', 'SQS:sendmessage', 'sqs:SendMessage', 'allowed'],
    ['is the same in any case of a pattern', 'sqs:send*', 'sqs:SendMessage', 'allowed'],
    [
      'may be one of a list',
      ['sqs:DeleteMessage', 'sqs:SendMessage'],
      'sqs:SendMessage',
      'allowed',
    ],
    ['may be any', '*', 'sqs:SendMessage', 'allowed'],
    ['may be any of a service', 'sqs:*', 'sqs:PurgeQueue', 'allowed'],
    ['is no other that begins with its name', 'dynamodb:GetItem', 'dynamodb:GetItems', 'denied'],
    ['is no other that ends with its name', 'dynamodb:*tItem', 'dynamodb:GetItems', 'denied'],
    ['that lacks a character is another', 'sqs:SendMessag?', 'sqs:SendMessag', 'denied'],
    ['of one service is none of another', 's3:*', 's3express:CreateSession', 'denied'],
    [
      'of a statement is not that of its transaction',
      'dynamodb:ExecuteTransaction',
      'dynamodb:PartiQLInsert',
      'denied',
    ],
  ])('%s: %j, %s', (_, Action, action, decision) =>
    expect(decide(allow({ Action }), { action })).toBe(decision),
  );

  it('may be all but some', () => {
    const statement = without(allow({ NotAction: ['sqs:Purge*', 'iam:*'] }), 'Action');
    expect(decide(statement, { action: 'sqs:SendMessage' })).toBe('allowed');
    expect(decide(statement, { action: 'SQS:PURGEQUEUE' })).toBe('denied');
  });
});

describe('a resource', () => {
  it.each([
    ['is the one that is named', QUEUE, QUEUE, 'allowed'],
    ['is no other that begins with its name', QUEUE, `${QUEUE}-dead`, 'denied'],
    ['minds case', QUEUE, QUEUE.replace('pay', 'Pay'), 'denied'],
    [
      'takes a dot as a dot',
      'arn:aws:sqs:*:*:pay.v1',
      'arn:aws:sqs:eu-central-1:111122223333:payXv1',
      'denied',
    ],
    ['may be one of a list', [TABLE, QUEUE], QUEUE, 'allowed'],
    ['is not its index', TABLE, `${TABLE}/index/due`, 'denied'],
    ['may be any index', `${TABLE}/index/*`, `${TABLE}/index/due`, 'allowed'],
    ['is none of its indexes', `${TABLE}/index/*`, TABLE, 'denied'],
    [
      'may be what follows a colon',
      `arn:aws:logs:*:${ACCOUNT}:log-group:g:*`,
      `arn:aws:logs:eu:${ACCOUNT}:log-group:g:log-stream:a/[1]b`,
      'allowed',
    ],
    [
      'lets a star that ends a field reach past colons',
      'arn:aws:sqs:*:*:pay',
      `arn:aws:sqs:eu:${ACCOUNT}:a:pay`,
      'allowed',
    ],
  ])('%s: %j, %s', (_, Resource, resource, decision) =>
    expect(decide(allow({ Resource }), { resource })).toBe(decision),
  );

  it.each([
    ['1/test/object.jpg', 'allowed'],
    ['1/2/3/test/4/object.jpg', 'allowed'],
    ['1///test///object.jpg', 'allowed'],
    ['/test/object.jpg', 'allowed'],
    ['1/test/', 'allowed'],
    ['1-test/object.jpg', 'denied'],
    ['test/object.jpg', 'denied'],
    ['1/2/test.jpg', 'denied'],
  ])('matches bucket/*/test/* with %s as the IAM user guide says', (key, decision) => {
    const request = {
      resource: `arn:aws:s3:::bucket/${key}`,
      context: { 'aws:ResourceAccount': '111122223333' },
    };
    expect(decide(allow({ Resource: 'arn:aws:s3:::bucket/*/test/*' }), request)).toBe(decision);
  });

  it('may be all but some', () => {
    const statement = without(allow({ NotResource: [TABLE, `${TABLE}/*`] }), 'Resource');
    expect(decide(statement, { resource: QUEUE })).toBe('allowed');
    expect(decide(statement, { resource: `${TABLE}/index/due` })).toBe('denied');
  });

  it('that an action does not have is met by a star alone', () => {
    expect(decide(allow(), { resource: '*' })).toBe('allowed');
    expect(decide(allow({ Resource: 'arn:aws:sqs:*:*:*' }), { resource: '*' })).toBe('denied');
  });
});
