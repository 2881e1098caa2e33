import { describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  allow,
  deny,
  ELSEWHERE,
  judge,
  KEY,
  policy,
  QUEUE_ELSEWHERE,
  ROLE,
  SESSION,
} from './samples.ts';

const EVERYONE = { Principal: '*' };
const THE_ROLE = { Principal: { AWS: ROLE } };
const THE_SESSION = { Principal: { AWS: SESSION } };
const THE_ACCOUNT = { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } };

const allowing = policy(allow());
const silent = policy(allow({ Action: 'iam:GetRole' }));
const byIdentity = {
  decision: 'allowed',
  by: 'explicit-allow',
  layer: 'identity',
  sid: 'Allowing',
};
const byResource = {
  decision: 'allowed',
  by: 'explicit-allow',
  layer: 'resourcePolicy',
  sid: 'Allowing',
};
const implicitly = (layer: string) => ({ decision: 'denied', by: 'implicit-deny', layer });
const explicitly = (layer: string) => ({
  decision: 'denied',
  by: 'explicit-deny',
  layer,
  sid: 'Denying',
});

describe('without a policy of the resource', () => {
  it('nothing is allowed that no policy allows', () => {
    expect(judge({})).toEqual(implicitly('identity'));
    expect(judge({ identity: [silent] })).toEqual(implicitly('identity'));
    expect(judge({ identity: [policy()] })).toEqual(implicitly('identity'));
  });

  it('one Allow among all policies of the identity allows', () => {
    expect(
      judge({ identity: [silent, policy(allow({ Action: 'sqs:PurgeQueue' }), allow())] }),
    ).toEqual(byIdentity);
  });

  it('an answer comes without a name when its statement has none', () => {
    expect(
      judge({ identity: [{ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } }] }),
    ).toMatchObject({ sid: undefined });
  });

  it('one member and a list of one member are the same', () => {
    const listed = allow({
      Action: ['sqs:SendMessage'],
      Resource: ['*'],
      Condition: { StringEquals: { 'x:k': ['a'] } },
    });

    const bare = allow({ Condition: { StringEquals: { 'x:k': 'a' } } });

    for (const context of [{ 'x:k': 'a' }, { 'x:k': 'b' }])
      expect(judge({ identity: [policy(listed)] }, { context })).toEqual(
        judge({ identity: [{ ...policy(), Statement: bare }] }, { context }),
      );
  });

  it.each([
    ['identity', { identity: [policy(allow(), deny())] }],
    ['identity', { identity: [policy(deny()), allowing] }],
    ['boundary', { boundary: policy(allow(), deny()) }],
    ['session', { session: policy(deny(), allow()) }],
    ['scp', { scp: [allowing, policy(allow(), deny())] }],
    ['resourcePolicy', { resourcePolicy: policy(deny(EVERYONE)) }],
  ])('a Deny of the %s wins over every Allow', (layer, policies) => {
    expect(judge({ identity: [allowing], ...policies })).toEqual(explicitly(layer));
  });

  it('a Deny about something else denies nothing', () => {
    const elsewhere = deny({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    const context = { 'aws:SecureTransport': 'true' };
    expect(judge({ identity: [policy(allow(), elsewhere)] }, { context })).toEqual(byIdentity);
  });

  it.each([
    ['boundary', { boundary: silent }],
    ['boundary', { boundary: policy() }],
    ['session', { session: silent }],
    ['scp', { scp: [silent] }],
    ['scp', { scp: [allowing, silent] }],
  ])('what the %s leaves out is denied', (layer, policies) => {
    expect(judge({ identity: [allowing], ...policies })).toEqual(implicitly(layer));
  });

  it('a boundary, a session policy and service control policies grant nothing', () => {
    expect(judge({ boundary: allowing, session: allowing, scp: [allowing] })).toEqual(
      implicitly('identity'),
    );
  });

  it('all layers together allow what each of them allows', () => {
    expect(
      judge({
        identity: [allowing],
        boundary: allowing,
        session: allowing,
        scp: [allowing, allowing],
      }),
    ).toEqual(byIdentity);
  });
});

describe('a policy of a resource in the same account', () => {
  it.each([
    ['the role', THE_ROLE],
    ['the session', THE_SESSION],
    ['everyone', EVERYONE],
    ['everyone of AWS', { Principal: { AWS: '*' } }],
    [
      'the role among others',
      {
        Principal: {
          AWS: [`arn:aws:iam::${ELSEWHERE}:role/other`, ROLE],
          Service: 'sns.amazonaws.com',
        },
      },
    ],
  ])('allows alone what it allows to %s', (_, principal) => {
    expect(judge({ resourcePolicy: policy(allow(principal)) })).toEqual(byResource);
  });

  it.each([
    ['the account', THE_ACCOUNT],
    ['the account by its number', { Principal: { AWS: ACCOUNT } }],
  ])('leaves to the identity what it allows to %s', (_, principal) => {
    const resourcePolicy = policy(allow(principal));
    expect(judge({ resourcePolicy })).toEqual(implicitly('identity'));
    expect(judge({ resourcePolicy, identity: [allowing] })).toEqual(byIdentity);
  });

  it.each([
    ['another role', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/writ/dev/writer/other` } }],
    ['the role without its path', { Principal: { AWS: `arn:aws:iam::${ACCOUNT}:role/pay` } }],
    ['another session', { Principal: { AWS: SESSION.replace('today', 'yesterday') } }],
    ['another account', { Principal: { AWS: ELSEWHERE } }],
    ['a service', { Principal: { Service: 'sqs.amazonaws.com' } }],
  ])('says nothing to the role by naming %s', (_, principal) => {
    expect(judge({ resourcePolicy: policy(allow(principal)) })).toEqual(implicitly('identity'));
    expect(judge({ resourcePolicy: policy(deny(principal)), identity: [allowing] })).toEqual(
      byIdentity,
    );
  });

  it('allows the role nothing beyond its boundary and its session policy', () => {
    const resourcePolicy = policy(allow(THE_ROLE));
    expect(judge({ resourcePolicy, boundary: silent })).toEqual(implicitly('boundary'));
    expect(judge({ resourcePolicy, session: silent })).toEqual(implicitly('session'));
    expect(judge({ resourcePolicy, boundary: allowing, session: allowing })).toEqual(byResource);
  });

  it.each([
    ['a session', allow(THE_SESSION)],
    ['everyone', allow(EVERYONE)],
    [
      'everyone with a condition on the role',
      allow({ ...EVERYONE, Condition: { ArnEquals: { 'aws:PrincipalArn': ROLE } } }),
    ],
  ])(
    'allows %s what boundary and session policy leave out, but not what they deny',
    (_, statement) => {
      const context = { 'aws:PrincipalArn': ROLE };
      const resourcePolicy = policy(statement);

      expect(judge({ resourcePolicy, boundary: silent, session: silent }, { context })).toEqual(
        byResource,
      );
      expect(
        judge({ resourcePolicy, boundary: silent, identity: [allowing] }, { context }),
      ).toEqual(byResource);
      expect(judge({ resourcePolicy, boundary: policy(deny()) }, { context })).toEqual(
        explicitly('boundary'),
      );
      expect(judge({ resourcePolicy, identity: [policy(deny())] }, { context })).toEqual(
        explicitly('identity'),
      );
    },
  );

  it('names the statement that reaches furthest', () => {
    const resourcePolicy = policy(
      allow({ ...THE_ACCOUNT, Sid: 'ToAccount' }),
      allow({ ...THE_ROLE, Sid: 'ToRole' }),
    );
    expect(judge({ resourcePolicy })).toEqual({ ...byResource, sid: 'ToRole' });
  });

  it('allows nothing that a service control policy leaves out', () => {
    expect(judge({ resourcePolicy: policy(allow(EVERYONE)), scp: [silent] })).toEqual(
      implicitly('scp'),
    );
  });

  it('denies whoever is not under a path by a condition on the role', () => {
    const Condition = {
      ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/writ/dev/writer/*` },
    };
    const policies = {
      resourcePolicy: policy(deny({ ...EVERYONE, Condition })),
      identity: [allowing],
    };

    const by = (role: string) =>
      judge(policies, { principal: role, context: { 'aws:PrincipalArn': role } });

    expect(by(ROLE)).toEqual(byIdentity);
    expect(by(`arn:aws:iam::${ACCOUNT}:role/writ/dev/pay`)).toEqual(explicitly('resourcePolicy'));
    expect(by(`arn:aws:iam::${ACCOUNT}:role/Admin`)).toEqual(explicitly('resourcePolicy'));
    // a request that does not say who it is
    expect(judge(policies)).toEqual(explicitly('resourcePolicy'));
  });
});

describe('another account', () => {
  const there = { resource: QUEUE_ELSEWHERE };

  it.each([
    ['the role', THE_ROLE],
    ['the session', THE_SESSION],
    ['the account', THE_ACCOUNT],
    ['everyone', EVERYONE],
  ])('and the own must both allow: the other allows %s', (_, principal) => {
    const resourcePolicy = policy(allow(principal));
    expect(judge({ resourcePolicy, identity: [allowing] }, there)).toEqual(byIdentity);
    expect(judge({ resourcePolicy }, there)).toEqual(implicitly('identity'));
    expect(judge({ resourcePolicy, identity: [allowing], boundary: silent }, there)).toEqual(
      implicitly('boundary'),
    );
  });

  it('allows nothing without a policy that names the caller', () => {
    expect(judge({ identity: [allowing] }, there)).toEqual(implicitly('resourcePolicy'));
    expect(
      judge(
        { identity: [allowing], resourcePolicy: policy(allow({ Principal: { AWS: ELSEWHERE } })) },
        there,
      ),
    ).toEqual(implicitly('resourcePolicy'));
  });

  it('is told by the context where an ARN does not say it', () => {
    const bucket = (account: string) => ({
      resource: 'arn:aws:s3:::bucket/a',
      context: { 'aws:ResourceAccount': account },
    });

    expect(judge({ identity: [allowing] }, bucket(ACCOUNT))).toEqual(byIdentity);
    expect(judge({ identity: [allowing] }, bucket(ELSEWHERE))).toEqual(
      implicitly('resourcePolicy'),
    );
  });
});

describe('a key', () => {
  const request = { action: 'kms:Decrypt', resource: KEY };
  const decrypting = policy(allow({ Action: 'kms:Decrypt' }));
  const keyPolicy = (principal: object, action = 'kms:*') =>
    policy(allow({ ...principal, Action: action }));

  it('is closed to an identity until its policy leaves it to the account', () => {
    expect(judge({ identity: [decrypting], resourcePolicy: policy() }, request)).toEqual(
      implicitly('resourcePolicy'),
    );
    expect(
      judge({ identity: [decrypting], resourcePolicy: keyPolicy(THE_ACCOUNT) }, request),
    ).toEqual(byIdentity);
  });

  it('is left to the account no further than its policy says', () => {
    const resourcePolicy = keyPolicy(THE_ACCOUNT, 'kms:DescribeKey');
    expect(judge({ identity: [decrypting], resourcePolicy }, request)).toEqual(
      implicitly('resourcePolicy'),
    );
  });

  it('that is left to the account is opened by no one else than an identity', () => {
    expect(judge({ resourcePolicy: keyPolicy(THE_ACCOUNT) }, request)).toEqual(
      implicitly('identity'),
    );
  });

  it('may be opened to the role, within its boundary', () => {
    expect(judge({ resourcePolicy: keyPolicy(THE_ROLE) }, request)).toEqual(byResource);
    expect(judge({ resourcePolicy: keyPolicy(THE_ROLE), boundary: silent }, request)).toEqual(
      implicitly('boundary'),
    );
  });

  it('is not usable by who administers the account, where a Deny keeps it to a path', () => {
    const Condition = {
      ArnNotLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/writ/dev/*` },
    };
    const resourcePolicy = policy(
      allow({ ...THE_ACCOUNT, Action: 'kms:*' }),
      deny({ ...EVERYONE, Action: 'kms:Decrypt', Condition }),
    );

    const as = (principal: string) => ({
      ...request,
      principal,
      context: { 'aws:PrincipalArn': principal },
    });

    const administrator = policy(allow({ Action: '*' }));

    expect(
      judge(
        { identity: [administrator], resourcePolicy },
        as(`arn:aws:iam::${ACCOUNT}:role/Admin`),
      ),
    ).toEqual(explicitly('resourcePolicy'));

    expect(judge({ identity: [decrypting], resourcePolicy }, as(ROLE))).toEqual(byIdentity);
  });
});

describe('a role', () => {
  const request = { action: 'sts:AssumeRole', resource: `arn:aws:iam::${ACCOUNT}:role/other` };
  const trust = (Principal: object) =>
    policy({ Sid: 'Allowing', Effect: 'Allow', Action: 'sts:AssumeRole', Principal });

  it('is assumed by nobody whom its trust policy does not name, whatever an identity allows', () => {
    const assuming = policy(allow({ Action: 'sts:*' }));
    expect(judge({ identity: [assuming] }, request)).toEqual(implicitly('resourcePolicy'));
    expect(
      judge({ identity: [assuming], resourcePolicy: trust({ AWS: ACCOUNT }) }, request),
    ).toEqual(byIdentity);
    expect(judge({ resourcePolicy: trust({ AWS: ROLE }) }, request)).toEqual(byResource);
  });

  it('is assumed by the service it trusts and by no other', () => {
    const resourcePolicy = trust({ Service: ['lambda.amazonaws.com', 'scheduler.amazonaws.com'] });
    expect(judge({ resourcePolicy }, { ...request, principal: 'lambda.amazonaws.com' })).toEqual(
      byResource,
    );
    expect(judge({ resourcePolicy }, { ...request, principal: 'events.amazonaws.com' })).toEqual(
      implicitly('resourcePolicy'),
    );
  });
});

describe('a service', () => {
  const Condition = {
    ArnLike: { 'aws:SourceArn': `arn:aws:sns:*:${ACCOUNT}:*` },
    StringEquals: { 'aws:SourceAccount': ACCOUNT },
  };

  const resourcePolicy = policy(allow({ Principal: { Service: 'sns.amazonaws.com' }, Condition }));

  const from = (account: string) => ({
    principal: 'sns.amazonaws.com',
    context: {
      'aws:SourceArn': `arn:aws:sns:eu-central-1:${account}:topic`,
      'aws:SourceAccount': account,
    },
  });

  it('is allowed what the resource allows it, on behalf of whom it says', () => {
    expect(judge({ resourcePolicy }, from(ACCOUNT))).toEqual(byResource);
    expect(judge({ resourcePolicy }, from(ELSEWHERE))).toEqual(implicitly('resourcePolicy'));
  });

  it('is met by a Deny for everyone', () => {
    const closed = policy(allow({ Principal: { Service: 'sns.amazonaws.com' } }), deny(EVERYONE));
    expect(judge({ resourcePolicy: closed }, from(ACCOUNT))).toEqual(explicitly('resourcePolicy'));
  });

  it('has no policies of its own', () => {
    const own = { identity: [policy(allow(), deny())], boundary: silent, scp: [silent] };
    expect(judge({ resourcePolicy, ...own }, from(ACCOUNT))).toEqual(byResource);
    expect(judge({ identity: [allowing] }, from(ACCOUNT))).toEqual(implicitly('resourcePolicy'));
  });
});
