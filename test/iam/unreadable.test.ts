import { describe, expect, it } from 'vitest';
import { evaluate, PolicyError, type Request } from './index.ts';
import { ACCOUNT, allow, KEY, policy, REQUEST, ROLE, variable, without } from './samples.ts';

/** A statement beside it that allows: what cannot be read must show all the same. */
const identity = (statement: object) => () =>
  evaluate(REQUEST, { identity: [policy(allow(), statement)] });
const resource = (statement: object) => () =>
  evaluate(REQUEST, { identity: [policy(allow())], resourcePolicy: policy(statement) });
const condition = (Condition: unknown) => identity(allow({ Action: 'iam:PassRole', Condition }));

describe('a policy that is not understood allows nothing and denies nothing:', () => {
  it.each([
    ['an unknown element', identity(allow({ Resources: '*' })), 'unknown member "Resources"'],
    ['an element in another case', identity(allow({ effect: 'Allow' })), 'unknown member "effect"'],
    ['an unknown effect', identity(allow({ Effect: 'allow' })), 'Effect "allow" is unknown'],
    ['no effect', identity(without(allow(), 'Effect')), 'Effect undefined is unknown'],
    [
      'neither Action nor NotAction',
      identity(without(allow(), 'Action')),
      'either Action or NotAction',
    ],
    [
      'both Action and NotAction',
      identity(allow({ NotAction: 'iam:*' })),
      'either Action or NotAction',
    ],
    [
      'neither Resource nor NotResource',
      identity(without(allow(), 'Resource')),
      'either Resource or NotResource',
    ],
    [
      'both Resource and NotResource',
      identity(allow({ NotResource: '*' })),
      'either Resource or NotResource',
    ],
    ['an empty list', identity(allow({ Action: [] })), 'Action must have a member'],
    [
      'an action without a service',
      identity(allow({ Action: 'SendMessage' })),
      '"SendMessage" is not an action',
    ],
    [
      'an action of any service',
      identity(allow({ Action: '*:Get*' })),
      '"*:Get*" is not an action',
    ],
    ['a resource that is no ARN', identity(allow({ Resource: 'pay' })), '"pay" is not an ARN'],
    [
      'an ARN with fields missing',
      identity(allow({ Resource: 'arn:aws:sqs:*:pay' })),
      'lacks its last field',
    ],
    [
      'a resource of any service',
      identity(allow({ Resource: 'arn:aws:*:*:*:*' })),
      'wildcard in its partition or service',
    ],
    [
      'a statement that is a text',
      () => evaluate(REQUEST, { identity: [policy(...(['Allow'] as unknown as object[]))] }),
      'statement must',
    ],
    [
      'an unknown version',
      () => evaluate(REQUEST, { identity: [{ ...policy(allow()), Version: '2012-10-18' }] }),
      'Version "2012-10-18"',
    ],
    [
      'a date as its version',
      () => evaluate(REQUEST, { identity: [{ ...policy(allow()), Version: 20121017 }] }),
      'Version 20121017',
    ],
  ])('%s', (_, judge, message) => {
    expect(judge).toThrow(PolicyError);
    expect(judge).toThrow(message);
  });
});

describe('a condition that is not understood never holds and never fails:', () => {
  it.each([
    [
      'an unknown operator',
      condition({ StringMatches: { 'x:k': 'a' } }),
      '"StringMatches" is unknown',
    ],
    [
      'an operator in another case',
      condition({ stringEquals: { 'x:k': 'a' } }),
      '"stringEquals" is unknown',
    ],
    [
      'the name of a member of all objects',
      condition({ constructor: { 'x:k': 'a' } }),
      '"constructor" is unknown',
    ],
    [
      'a comparison of bytes',
      condition({ BinaryEquals: { 'x:k': 'QQ==' } }),
      '"BinaryEquals" is unknown',
    ],
    [
      'an unknown set operator',
      condition({ 'ForSomeValues:StringEquals': { 'x:k': 'a' } }),
      '"ForSomeValues:StringEquals" is unknown',
    ],
    [
      'Null that may be missing',
      condition({ NullIfExists: { 'x:k': 'true' } }),
      'Null stands alone',
    ],
    [
      'Null of several values',
      condition({ 'ForAnyValue:Null': { 'x:k': 'true' } }),
      'Null stands alone',
    ],
    [
      'Null of a word',
      condition({ Null: { 'x:k': 'yes' } }),
      'Null must be true or false, got "yes"',
    ],
    ['no operator', condition({}), 'Condition is empty'],
    ['no key', condition({ StringEquals: {} }), 'StringEquals is empty'],
    [
      'no value',
      condition({ StringEquals: { 'x:k': [] } }),
      'StringEquals of x:k must have a member',
    ],
    [
      'null as a value',
      condition({ StringEquals: { 'x:k': null } }),
      'StringEquals of x:k must be text, got null',
    ],
    [
      'a variable that is none',
      condition({ StringEquals: { 'x:k': variable('team') } }),
      'holds an unreadable variable',
    ],
    ['an ARN that is none', condition({ ArnLike: { 'x:k': '*' } }), '"*" is not an ARN'],
    [
      'a variable in a number',
      condition({ NumericEquals: { 'x:k': variable('x:n') } }),
      'is not a number',
    ],
  ])('%s', (_, judge, message) => expect(judge).toThrow(message));

  it.each([
    ['a word as a number', { NumericLessThan: { 'x:k': 'ten' } }, '5', '"ten" is not a number'],
    [
      'a word where a number is asked for',
      { NumericLessThan: { 'x:k': '10' } },
      'five',
      '"five" is not a number',
    ],
    [
      'a word as a date',
      { DateLessThan: { 'x:k': 'tomorrow' } },
      '2026-01-01',
      '"tomorrow" is not a date',
    ],
    [
      'a time without a zone',
      { DateLessThan: { 'x:k': '2026-01-01T00:00:00' } },
      '2026-01-01',
      'is not a date',
    ],
    ['a word as a truth', { Bool: { 'x:k': 'yes' } }, 'true', '"yes" is neither true nor false'],
    [
      'a name where an address is asked for',
      { IpAddress: { 'x:k': '10.0.0.0/8' } },
      'localhost',
      '"localhost" is not an IP address',
    ],
    [
      'a name as an address',
      { IpAddress: { 'x:k': 'localhost/32' } },
      '10.0.0.1',
      '"localhost" is not an IP address',
    ],
    [
      'a prefix that is too long',
      { IpAddress: { 'x:k': '10.0.0.0/33' } },
      '10.0.0.1',
      'has no prefix length up to 32',
    ],
    [
      'an address of IPv6 without a prefix',
      { IpAddress: { 'x:k': '2001:db8::1' } },
      '2001:db8::1',
      'has no prefix length',
    ],
    ['an ARN with fields missing', { ArnLike: { 'x:k': 'arn:aws:iam:*' } }, ROLE, 'is not an ARN'],
    [
      'a default without quotes',
      { StringEquals: { 'x:k': variable('x:team, red') } },
      'a',
      'unreadable variable',
    ],
    [
      'a variable of several values',
      { StringEquals: { 'x:k': variable('x:many') } },
      'a',
      '"x:many" has several values',
    ],
  ])('%s', (_, Condition, value, message) => {
    const context = { 'x:k': value, 'x:many': ['a'] };
    expect(() =>
      evaluate({ ...REQUEST, context }, { identity: [policy(allow({ Condition }))] }),
    ).toThrow(message);
  });
});

describe('what a template leaves open never passes:', () => {
  it.each([
    [
      'a resource',
      identity(allow({ Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] } })),
      'Resource must be text',
    ],
    [
      'one of several resources',
      identity(allow({ Resource: ['*', { Ref: 'Key' }] })),
      'Resource must be text, got {"Ref":"Key"}',
    ],
    ['an action', identity(allow({ Action: { Ref: 'Action' } })), 'Action must be text'],
    [
      'a value of a condition',
      condition({ StringEquals: { 'x:k': { Ref: 'AWS::AccountId' } } }),
      'StringEquals of x:k must be text',
    ],
    [
      'the values of an operator',
      condition({ StringEquals: { 'Fn::If': ['Prod', {}, {}] } }),
      'StringEquals is not resolved',
    ],
    ['a condition', condition({ 'Fn::If': ['Prod', {}, {}] }), 'Condition is not resolved'],
    ['a statement', identity({ 'Fn::If': ['Prod', {}, {}] }), 'statement is not resolved'],
    [
      'a principal',
      resource(allow({ Principal: { AWS: { 'Fn::Join': ['', []] } } })),
      'Principal.AWS must be text',
    ],
    [
      'a policy',
      () => evaluate(REQUEST, { identity: [{ Ref: 'Policy' } as never] }),
      'policy is not resolved',
    ],
    [
      'a token of the CDK',
      identity(allow({ Resource: `arn:aws:sqs:eu:${variable('Token[AWS.AccountId.4]')}:pay` })),
      'Resource is not resolved',
    ],
    [
      'a text for Fn::Sub',
      identity(allow({ Resource: `arn:aws:sqs:eu:${variable('AWS::AccountId')}:pay` })),
      'Resource is not resolved',
    ],
  ])('%s', (_, judge, message) => expect(judge).toThrow(message));
});

describe('a principal that is not understood', () => {
  it.each([
    [
      'stands in a policy of an identity',
      identity(allow({ Principal: '*' })),
      'Principal must stand in a policy of a resource',
    ],
    [
      'is missing in a policy of a resource',
      resource(allow()),
      'Principal must stand in a policy of a resource',
    ],
    [
      'is named by what it is not',
      resource(allow({ NotPrincipal: { AWS: ROLE } })),
      'NotPrincipal is not supported',
    ],
    [
      'is federated',
      resource(allow({ Principal: { Federated: 'accounts.google.com' } })),
      'unknown member "Federated"',
    ],
    [
      'has a wildcard',
      resource(allow({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/*` } })),
      'has a wildcard',
    ],
    [
      'has been deleted',
      resource(allow({ Principal: { AWS: 'AROAEXAMPLEID' } })),
      '"AROAEXAMPLEID" is not an ARN',
    ],
    ['is any text', resource(allow({ Principal: ROLE })), 'Principal must be an object'],
    [
      'is any service',
      resource(allow({ Principal: { Service: '*' } })),
      '"*" is not the name of a service',
    ],
  ])('%s', (_, judge, message) => expect(judge).toThrow(message));
});

describe('a question that is not understood', () => {
  const ask = (more: Partial<Request>) => () =>
    evaluate({ ...REQUEST, ...more }, { identity: [policy(allow({ Action: '*' }))] });

  it.each([
    [
      'is of a user',
      ask({ principal: `arn:aws:iam::${ACCOUNT}:user/ann` }),
      'neither a role nor a service',
    ],
    [
      'is of a session by its own ARN',
      ask({ principal: `arn:aws:sts::${ACCOUNT}:assumed-role/pay/today` }),
      'neither a role nor a service',
    ],
    ['is about several actions', ask({ action: 'sqs:*' }), '"sqs:*" is not one action'],
    ['is about no resource', ask({ resource: 'pay' }), '"pay" is not an ARN'],
    [
      'is about an object of nobody knows whom',
      ask({ resource: 'arn:aws:s3:::bucket/a' }),
      'give aws:ResourceAccount',
    ],
    [
      'is about a key without its policy',
      ask({ action: 'kms:Decrypt', resource: KEY }),
      'comes without its policy',
    ],
  ])('%s', (_, judge, message) => expect(judge).toThrow(message));

  it('does not say its session where a policy names one', () => {
    const resourcePolicy = policy(
      allow({ Principal: { AWS: `arn:aws:sts::${ACCOUNT}:assumed-role/pay/today` } }),
    );
    expect(() =>
      evaluate({ ...REQUEST, session: undefined }, { identity: [], resourcePolicy }),
    ).toThrow('does not say its session');
  });

  it('relies on a key that AWS does not give to policies of resources', () => {
    const Condition = {
      ArnEquals: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:eu:1:function:pay' },
    };
    expect(resource(allow({ Principal: '*', Condition }))).toThrow(
      '"lambda:SourceFunctionArn" cannot be used in a policy of a resource',
    );
    expect(identity(allow({ Condition }))).not.toThrow();
  });
});
