import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { dataKeyPolicy } from '#infra/authority/policies.ts';
import { charactersOf, documentsOf, MOST_CHARACTERS } from '#infra/bootstrap/documents.ts';
import { executionPolicy } from '#infra/bootstrap/execution-policy.ts';
import { bootstrapPlaces, type EnvironmentPart } from '#infra/bootstrap/places.ts';
import { checkAccount, checkDeployRoles, commandsOf, planOf } from '#infra/bootstrap/plan.ts';
import type { ResourceType } from '#infra/bootstrap/resource-type.ts';
import { ADMINISTRATORS_TYPES, RESOURCE_TYPES } from '#infra/bootstrap/resource-types.ts';
import { checkConfiguration } from '#infra/config/check-configuration.ts';
import {
  type Environment,
  type EnvironmentConfig,
  environmentOf,
} from '#infra/config/environment.ts';
import shipped from '#infra/config.ts';
import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import brownfield from '#infra/samples/brownfield.ts';
import severalAccounts from '#infra/samples/several-accounts.ts';
import { type Context, evaluate, type PolicyDocument } from '../iam/index.ts';
import refund from './made-up.ts';
import { ACCOUNT, arnsOfSynthesized, asRead, INLINE, synthesize } from './template.ts';

const REGION = 'eu-central-1';
const [prod, cell] = checkConfiguration(severalAccounts).filter(
  ({ name, region }) => name === 'prod' && region === REGION,
);
const dev = environmentOf({
  name: 'dev',
  region: REGION,
  account: ACCOUNT,
  deletionProtection: false,
});
/** With an API under names of its own, so in two regions. */
const withApi = environmentOf({
  name: 'staging',
  region: REGION,
  account: ACCOUNT,
  api: {
    issuer: 'https://id.example.com/',
    audience: ['writ'],
    domain: {
      name: 'writ.example.com',
      certificateArn: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/people`,
      originName: 'origin.writ.example.com',
      originCertificateArn: `arn:aws:acm:${REGION}:${ACCOUNT}:certificate/origin`,
    },
  },
});

const environments = [shipped, severalAccounts, brownfield].flatMap((configuration) =>
  checkConfiguration(configuration),
);
const named = (all: readonly Environment[]) =>
  all.map((one) => [`${one.estate.namePrefix} ${one.id}`, one] as const);

/** The stacks of an environment, each with what its place is called and the types it holds. */
function stacksOf(environment: Environment) {
  const { raw } = synthesize(
    { automations: [invoice, refund], vendors: [bank], bundles: INLINE, routes: API_ROUTES },
    environment,
  );
  return [...raw].map(([stack, { Resources }]) => {
    const part: EnvironmentPart = stack.endsWith('-Archive')
      ? 'archive'
      : stack.endsWith('-Edge')
        ? 'edge'
        : 'home';
    return { stack, part, types: [...new Set(Object.values(Resources).map(({ Type }) => Type))] };
  });
}

const byAdministrator = (stack: string) => stack.endsWith('-Keys');
const holds = (
  { in: there, when = () => true }: ResourceType,
  part: EnvironmentPart,
  environment: Environment,
) => there.includes(part) && when(environment);

describe.each(named([...environments, withApi]))(
  'CloudFormation’s policy for %s',
  (_, environment) => {
    const stacks = stacksOf(environment);
    const places = bootstrapPlaces(environment, environment.account ?? ACCOUNT);
    const documents = places.flatMap((place) => documentsOf(executionPolicy(environment, place)));

    it('has a row for every type of resource in the stacks', () => {
      const without = stacks
        .filter(({ stack }) => !byAdministrator(stack))
        .flatMap(({ stack, part, types }) =>
          types.flatMap((type) => {
            const row = RESOURCE_TYPES[type as keyof typeof RESOURCE_TYPES];
            return row !== undefined && holds(row, part, environment)
              ? []
              : [`${stack} holds ${type}: see infra/bootstrap/resource-types.ts`];
          }),
        );

      expect(without).toEqual([]);
    });

    it('has no row that nothing in the stacks needs', () => {
      for (const part of ['home', 'archive', 'edge'] as const) {
        const held = stacks
          .filter((stack) => stack.part === part && !byAdministrator(stack.stack))
          .flatMap(({ types }) => types);
        const rows = Object.entries(RESOURCE_TYPES).filter(([, row]) =>
          holds(row, part, environment),
        );

        expect(
          part === 'edge' && held.length === 0
            ? []
            : rows.map(([type]) => type).filter((type) => !held.includes(type)),
        ).toEqual([]);
      }
    });

    it('leaves to an administrator what bounds roles, opens data and says whose code runs', () => {
      const keys = stacks
        .filter(({ stack }) => byAdministrator(stack))
        .flatMap(({ types }) => types);

      expect(keys.filter((type) => !ADMINISTRATORS_TYPES.includes(type))).toEqual([]);

      const allowed = documents.flatMap(({ Statement }) =>
        Statement.flatMap(({ Effect, Action = [] }) => (Effect === 'Allow' ? Action : [])),
      );

      expect(
        allowed
          .filter((action) =>
            /^kms:|^iam:\w*(Policy|User|Group|Key|Profile|Saml|Oidc)\w*$/.test(action),
          )
          .sort(),
      ).toEqual(
        [
          'iam:DeleteRolePolicy',
          'iam:GetRolePolicy',
          'iam:PutRolePolicy',
          'iam:UpdateAssumeRolePolicy',
        ].filter((action) => allowed.includes(action)),
      );

      expect(allowed.filter((action) => action.endsWith(':*'))).toEqual([]);
    });

    it('fits into managed policies, few enough for one role', () => {
      for (const document of documents)
        expect(charactersOf(document)).toBeLessThanOrEqual(MOST_CHARACTERS);
      for (const place of places)
        expect(documentsOf(executionPolicy(environment, place)).length).toBeLessThanOrEqual(4);
      for (const { Statement } of documents)
        expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(Statement.length);
    });
  },
);

/**
 * CloudFormation's role in the first place of some environments, with all their policies; and what
 * it is asked.
 */
function asks(...of: readonly Environment[]) {
  const account = of[0]!.account ?? ACCOUNT;
  const identity = of.flatMap((environment) =>
    documentsOf(executionPolicy(environment, bootstrapPlaces(environment, account)[0]!)),
  );
  const principal = `arn:aws:iam::${account}:role/cdk-hnb659fds-cfn-exec-role-${account}-${REGION}`;

  return (
    action: string,
    resource: string,
    keys: Context = {},
    resourcePolicy?: PolicyDocument,
  ) => {
    const region = resource.split(':')[3] || REGION;

    const context = {
      'aws:RequestedRegion': region,
      'aws:PrincipalArn': principal,
      'aws:ResourceAccount': account,
      ...keys,
    };

    return evaluate({ principal, action, resource, context }, { identity, resourcePolicy });
  };
}

const allowed = { decision: 'allowed' };
const denied = { decision: 'denied' };
const neverBy = (sid: string) => ({ decision: 'denied', by: 'explicit-deny', sid });

describe('CloudFormation makes roles', () => {
  const ask = asks(prod!);
  const arns = arnsOfSynthesized(prod!);
  const role = `arn:aws:iam::${prod!.account}:role/writ/prod-euc1/writer/writ-prod-euc1_refund_pay`;
  const bounded = { 'iam:PermissionsBoundary': arns.boundary };
  const changes = ['CreateRole', 'PutRolePolicy', 'UpdateAssumeRolePolicy'].map(
    (action) => `iam:${action}`,
  );

  it.each([...changes, 'iam:DeleteRole', 'iam:PutRolePermissionsBoundary'])(
    'under the path and with the boundary: %s',
    (action) => {
      expect(ask(action, role, bounded)).toMatchObject(allowed);
    },
  );

  it.each(changes)('never without the boundary, nor with another one: %s', (action) => {
    expect(ask(action, role)).toMatchObject(neverBy('RolesAreBounded'));

    for (const boundary of [
      'arn:aws:iam::aws:policy/AdministratorAccess',
      `arn:aws:iam::${prod!.account}:policy/mine`,
    ])
      expect(ask(action, role, { 'iam:PermissionsBoundary': boundary })).toMatchObject(
        neverBy('RolesAreBounded'),
      );
  });

  it('touches none that is there without the boundary', () => {
    for (const action of ['iam:DeleteRole', 'iam:DeleteRolePolicy', 'iam:UpdateRole'])
      expect(ask(action, role)).toMatchObject(denied);
  });

  it('never under another path, such as that of another environment', () => {
    for (const path of ['/', '/writ/', '/writ/staging-euc1/', '/writ/prod-euc1-acme/', '/other/'])
      for (const action of changes)
        expect(
          ask(
            action,
            `arn:aws:iam::${prod!.account}:role${path}writ-prod-euc1_refund_pay`,
            bounded,
          ),
        ).toMatchObject(denied);
  });

  it('never lifts or exchanges the boundary of one', () => {
    expect(ask('iam:DeleteRolePermissionsBoundary', role, bounded)).toMatchObject(
      neverBy('RolesStayBounded'),
    );
    const other = { 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess' };
    expect(ask('iam:PutRolePermissionsBoundary', role, other)).toMatchObject(
      neverBy('RolesAreBounded'),
    );
  });

  it('attaches no managed policy to any role', () => {
    const administrator = {
      ...bounded,
      'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess',
    };

    expect(ask('iam:AttachRolePolicy', role, administrator)).toMatchObject(
      neverBy('RolesStayBounded'),
    );

    expect(
      ask(
        'iam:AttachRolePolicy',
        `arn:aws:iam::${prod!.account}:role/cdk-hnb659fds-cfn-exec-role`,
        administrator,
      ),
    ).toMatchObject(denied);
  });

  it.each([
    'CreatePolicy',
    'CreatePolicyVersion',
    'SetDefaultPolicyVersion',
    'DeletePolicyVersion',
    'DeletePolicy',
  ])('changes neither the boundary nor its own policy: iam:%s', (action) => {
    expect(ask(`iam:${action}`, arns.boundary)).toMatchObject(neverBy('BoundaryStays'));
    const [place] = planOf([prod!], prod!.id);
    for (const { arn } of place!.policies)
      expect(ask(`iam:${action}`, arn)).toMatchObject(neverBy('BoundaryStays'));
    expect(ask(`iam:${action}`, `arn:aws:iam::${prod!.account}:policy/mine`)).toMatchObject(denied);
  });

  it('hands them to the services that they are made for, and no other role to anybody', () => {
    const to = (service: string, whose = role) =>
      ask('iam:PassRole', whose, { 'iam:PassedToService': `${service}.amazonaws.com` });

    for (const service of ['lambda', 'scheduler', 'vpc-flow-logs'])
      expect(to(service)).toMatchObject(allowed);

    for (const service of ['ec2', 'cloudformation', 'glue', 'ecs-tasks'])
      expect(to(service)).toMatchObject(denied);

    for (const other of ['Admin', 'cdk-hnb659fds-cfn-exec-role', 'writ/prod-euc1-acme/x'])
      expect(to('lambda', `arn:aws:iam::${prod!.account}:role/${other}`)).toMatchObject(denied);
  });

  it('makes no people, no keys and no sign-in, and becomes nobody', () => {
    const user = `arn:aws:iam::${prod!.account}:user/writ/prod-euc1/robin`;
    for (const action of [
      'CreateUser',
      'CreateAccessKey',
      'CreateLoginProfile',
      'AttachUserPolicy',
      'CreateGroup',
    ])
      expect(ask(`iam:${action}`, user, bounded)).toMatchObject(denied);

    expect(
      ask('iam:CreateSAMLProvider', `arn:aws:iam::${prod!.account}:saml-provider/mine`),
    ).toMatchObject(denied);

    expect(
      ask(
        'sts:AssumeRole',
        role,
        {},
        {
          Statement: [
            { Effect: 'Allow', Principal: { AWS: prod!.account }, Action: 'sts:AssumeRole' },
          ],
        },
      ),
    ).toMatchObject(denied);
  });
});

describe('CloudFormation does not get at data', () => {
  const ask = asks(prod!);
  const arns = arnsOfSynthesized(prod!);

  it.each([
    'sqs:ReceiveMessage sqs:SendMessage sqs:DeleteMessage sqs:PurgeQueue',
    'logs:GetLogEvents logs:FilterLogEvents logs:StartQuery logs:PutSubscriptionFilter',
    'secretsmanager:PutSecretValue secretsmanager:UpdateSecret secretsmanager:RotateSecret secretsmanager:UpdateSecretVersionStage',
    'lambda:InvokeFunction lambda:AddLayerVersionPermission lambda:CreateFunctionUrlConfig',
    's3:PutObject s3:DeleteObject s3:GetObjectVersion',
    'dynamodb:EnableKinesisStreamingDestination dynamodb:ExportTableToPointInTime dynamodb:CreateTableReplica dynamodb:ImportTable',
    'ec2:AttachInternetGateway ec2:CreateInternetGateway ec2:CreateNatGateway ec2:CreateRoute ec2:CreateVpcPeeringConnection',
    'ec2:AttachVpnGateway ec2:AssociateVpcCidrBlock ec2:CreateTransitGatewayVpcAttachment ec2:CreateNetworkInterface',
    'iam:CreateUser iam:CreateAccessKey iam:UpdateLoginProfile iam:CreateOpenIDConnectProvider sts:AssumeRole',
  ])('with no statement that allows it: %s', (actions) => {
    for (const [, environment] of named(environments)) {
      const allowed = bootstrapPlaces(environment, environment.account ?? ACCOUNT)
        .flatMap((place) => executionPolicy(environment, place))
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap(({ Action = [] }) => Action);

      const matches = (action: string) =>
        allowed.filter((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action));

      for (const action of actions.split(' '))
        expect([environment.id, action, matches(action)]).toEqual([environment.id, action, []]);
    }
  });

  it('subscribes nothing but addresses of mail to the alarms', () => {
    expect(ask('sns:Subscribe', arns.alarmTopic, { 'sns:Protocol': 'email' })).toMatchObject(
      allowed,
    );
    expect(ask('sns:Subscribe', arns.alarmTopic, { 'sns:Protocol': 'https' })).toMatchObject(
      denied,
    );
  });

  const keyPolicy: PolicyDocument = { Statement: dataKeyPolicy(arns) };
  const key = {
    'kms:ResourceAliases': ['alias/writ-prod-euc1-data'],
    'kms:EncryptionContext:workspace': 'w',
  };

  it.each([
    'Decrypt',
    'GenerateDataKey',
    'ReEncryptFrom',
    'CreateGrant',
    'ScheduleKeyDeletion',
    'DisableKey',
    'PutKeyPolicy',
    'DisableKeyRotation',
  ])('does not use, weaken or delete the data key: kms:%s', (action) => {
    expect(ask(`kms:${action}`, arns.dataKey, key, keyPolicy)).toMatchObject(denied);
    expect(
      ask(`kms:${action}`, arns.dataKey, key, {
        Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
      }),
    ).toMatchObject(neverBy('DataKeyStays'));

    expect(
      asks(brownfieldOne)(`kms:${action}`, brownfieldOne.estate.dataKeyArn!, {}, keyPolicy),
    ).toMatchObject(denied);
  });

  it('makes secrets and reads the value of none, nor puts one there', () => {
    const secret = arns.secret('vendor.bank', 'bank-token');
    for (const action of ['CreateSecret', 'PutResourcePolicy', 'TagResource'])
      expect(ask(`secretsmanager:${action}`, secret)).toMatchObject(allowed);

    for (const action of [
      'GetSecretValue',
      'PutSecretValue',
      'UpdateSecret',
      'DeleteSecret',
      'UpdateSecretVersionStage',
    ])
      expect(ask(`secretsmanager:${action}`, secret)).toMatchObject(denied);
  });

  it('makes tables and neither reads nor writes an item', () => {
    expect(ask('dynamodb:CreateTable', arns.trail)).toMatchObject(allowed);

    const actions = [
      'GetItem',
      'BatchGetItem',
      'Query',
      'Scan',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'BatchWriteItem',
    ];

    for (const action of [
      ...actions,
      'PartiQLSelect',
      'PartiQLInsert',
      'PartiQLUpdate',
      'PartiQLDelete',
    ])
      for (const table of [arns.state, arns.trail, arns.keys, arns.index('list')])
        expect(ask(`dynamodb:${action}`, table)).toMatchObject(neverBy('LedgerStays'));
  });

  it('takes no copy of a table, gives entries no end, and deletes no table', () => {
    const actions = [
      'CreateBackup',
      'ExportTableToPointInTime',
      'RestoreTableToPointInTime',
      'CreateTableReplica',
    ];

    for (const action of [...actions, 'UpdateTimeToLive', 'DeleteResourcePolicy', 'DeleteTable'])
      for (const table of [arns.state, arns.trail, arns.keys])
        expect(ask(`dynamodb:${action}`, table)).toMatchObject(neverBy('LedgerStays'));

    // which can switch off the protection, too
    expect(ask('dynamodb:UpdateTable', arns.trail)).toMatchObject(allowed);
  });

  it('deletes tables, logs and secrets where they are not kept', () => {
    const arnsOfDev = arnsOfSynthesized(dev);
    const askOfDev = asks(dev);

    expect(askOfDev('dynamodb:DeleteTable', arnsOfDev.trail)).toMatchObject(allowed);
    expect(
      askOfDev('secretsmanager:DeleteSecret', arnsOfDev.secret('vendor.bank', 'bank-token')),
    ).toMatchObject(allowed);
    expect(askOfDev('logs:DeleteLogGroup', arnsOfDev.logStreams('refund.pay'))).toMatchObject(
      allowed,
    );
    expect(askOfDev('s3:DeleteBucket', arnsOfDev.archive)).toMatchObject(allowed);
    expect(askOfDev('dynamodb:Scan', arnsOfDev.state)).toMatchObject(denied);
  });

  it('makes the archive, and neither puts, reads nor removes an object of it, nor the archive itself', () => {
    const staging = checkConfiguration(severalAccounts).find(({ name }) => name === 'staging')!;
    const { archive } = arnsOfSynthesized(staging);
    expect(asks(staging)('s3:CreateBucket', archive)).toMatchObject(allowed);

    for (const action of [
      'PutObject',
      'GetObject',
      'DeleteObject',
      'DeleteObjectVersion',
      'PutObjectRetention',
      'BypassGovernanceRetention',
    ])
      expect(asks(staging)(`s3:${action}`, `${archive}/checkpoints/1`)).toMatchObject(
        neverBy('ArchiveContentStays'),
      );

    for (const action of ['DeleteBucket', 'PutLifecycleConfiguration'])
      expect(asks(staging)(`s3:${action}`, archive)).toMatchObject(neverBy('ArchiveStays'));
  });
});

const [brownfieldOne] = checkConfiguration(brownfield) as [Environment];

describe('CloudFormation deploys functions', () => {
  const ask = asks(prod!);
  const fn = arnsOfSynthesized(prod!).function('refund.pay');
  const signed = {
    'lambda:CodeSigningConfigArn': `arn:aws:lambda:${REGION}:${prod!.account}:code-signing-config:csc-0123456789abcdef0`,
  };

  it('that take signed code only, where code is signed', () => {
    expect(ask('lambda:CreateFunction', fn, signed)).toMatchObject(allowed);
    expect(ask('lambda:CreateFunction', fn)).toMatchObject(denied);
    expect(ask('lambda:DeleteFunctionCodeSigningConfig', fn)).toMatchObject(
      neverBy('CodeStaysSigned'),
    );
    expect(
      ask('lambda:UpdateCodeSigningConfig', signed['lambda:CodeSigningConfigArn']),
    ).toMatchObject(denied);
    expect(
      asks(dev)('lambda:CreateFunction', arnsOfSynthesized(dev).function('refund.pay')),
    ).toMatchObject(allowed);
  });

  it('from where signed bundles are, and from nowhere else', () => {
    const assets = `arn:aws:s3:::cdk-hnb659fds-assets-${prod!.account}-${REGION}/x.zip`;

    expect(ask('s3:GetObject', `arn:aws:s3:::${prod!.codeSigning!.bucket}/x.zip`)).toMatchObject(
      allowed,
    );
    expect(ask('s3:GetObject', assets)).toMatchObject(denied);
    expect(
      asks(dev)('s3:GetObject', `arn:aws:s3:::cdk-hnb659fds-assets-${ACCOUNT}-${REGION}/x.zip`),
    ).toMatchObject(allowed);
    expect(asks(dev)('s3:GetObject', 'arn:aws:s3:::another-bucket/x.zip')).toMatchObject(denied);
  });

  it('that nobody but queues, schedules and the API calls', () => {
    const mapping = { 'lambda:FunctionArn': fn };

    expect(ask('lambda:CreateEventSourceMapping', '*', mapping)).toMatchObject(allowed);
    expect(
      ask('lambda:CreateEventSourceMapping', '*', {
        'lambda:FunctionArn': fn.replace('writ-prod', 'other'),
      }),
    ).toMatchObject(denied);

    for (const action of [
      'AddPermission',
      'CreateFunctionUrlConfig',
      'InvokeFunction',
      'PutFunctionEventInvokeConfig',
    ])
      expect(ask(`lambda:${action}`, fn, { 'lambda:Principal': '*' })).toMatchObject(denied);

    const ofApi = arnsOfSynthesized(withApi).function('http.runs');
    const caller = (principal: string) =>
      asks(withApi)('lambda:AddPermission', ofApi, { 'lambda:Principal': principal });

    expect(caller('apigateway.amazonaws.com')).toMatchObject(allowed);

    for (const principal of ['*', '999988887777', 's3.amazonaws.com'])
      expect(caller(principal)).toMatchObject(denied);
  });
});

describe('CloudFormation stays in its place', () => {
  const ask = asks(prod!);
  const elsewhere = {
    queue: (region: string, name: string) => `arn:aws:sqs:${region}:${prod!.account}:${name}`,
  };

  it('in its region', () => {
    expect(
      ask('sqs:CreateQueue', elsewhere.queue(REGION, 'writ-prod-euc1_refund_pay')),
    ).toMatchObject(allowed);
    expect(
      ask('sqs:CreateQueue', elsewhere.queue('us-east-1', 'writ-prod-euc1_refund_pay')),
    ).toMatchObject(denied);
    expect(
      ask('guardduty:CreateDetector', '*', { 'aws:RequestedRegion': 'us-east-1' }),
    ).toMatchObject(denied);
  });

  it('with its own names: not those of another environment, were it a cell of the same one', () => {
    for (const name of ['writ-prod-euc1-acme_refund_pay', 'writ-staging-euc1_refund_pay', 'orders'])
      expect(ask('sqs:SetQueueAttributes', elsewhere.queue(REGION, name))).toMatchObject(denied);
    const table = `arn:aws:dynamodb:${REGION}:${prod!.account}:table/writ-prod-euc1-acme-state`;
    expect(ask('dynamodb:UpdateTable', table)).toMatchObject(denied);
    expect(asks(prod!, cell!)('dynamodb:UpdateTable', table)).toMatchObject(allowed);
    expect(asks(prod!, cell!)('dynamodb:DeleteTable', table)).toMatchObject(neverBy('LedgerStays'));
  });

  it('without the ids that an administrator’s stack keeps', () => {
    const parameter = (what: string) =>
      `arn:aws:ssm:${REGION}:${prod!.account}:parameter/writ-prod-euc1/${what}`;

    expect(ask('ssm:PutParameter', parameter('subnet-ids'))).toMatchObject(allowed);

    for (const what of ['data-key-arn', 'code-signing-config-arn']) {
      expect(ask('ssm:GetParameters', parameter(what))).toMatchObject(allowed);
      expect(ask('ssm:PutParameter', parameter(what))).toMatchObject(denied);
      expect(ask('ssm:DeleteParameter', parameter(what))).toMatchObject(denied);
    }
  });

  it('without a way out of the isolated network', () => {
    const ec2 = (what: string) => `arn:aws:ec2:${REGION}:${prod!.account}:${what}`;
    const ours = { 'aws:ResourceTag/writ:environment': 'prod-euc1' };

    for (const action of [
      'CreateRoute',
      'ReplaceRoute',
      'AttachInternetGateway',
      'CreateVpcPeeringConnection',
      'CreateNatGateway',
      'AssociateAddress',
    ])
      for (const what of ['route-table/rtb-1', 'vpc/vpc-1', 'subnet/subnet-1'])
        expect(ask(`ec2:${action}`, ec2(what), ours)).toMatchObject(denied);

    const endpoint = (service: string) =>
      ask('ec2:CreateVpcEndpoint', ec2('vpc-endpoint/vpce-1'), {
        'aws:RequestTag/writ:environment': 'prod-euc1',
        'ec2:VpceServiceName': service,
      });

    expect(endpoint(`com.amazonaws.${REGION}.kms`)).toMatchObject(allowed);
    expect(endpoint(`com.amazonaws.vpce.${REGION}.vpce-svc-0123`)).toMatchObject(denied);
    expect(endpoint(`com.amazonaws.${REGION}.ec2`)).toMatchObject(denied);
    expect(ask('ec2:DeleteVpc', ec2('vpc/vpc-1'), ours)).toMatchObject(allowed);
    expect(
      ask('ec2:DeleteVpc', ec2('vpc/vpc-2'), {
        'aws:ResourceTag/writ:environment': 'prod-euc1-acme',
      }),
    ).toMatchObject(denied);

    expect(
      ask('ec2:CreateTags', ec2('vpc/vpc-2'), { 'aws:RequestTag/writ:environment': 'prod-euc1' }),
    ).toMatchObject(denied);
  });
});

describe('what has to be bootstrapped', () => {
  const all = checkConfiguration(severalAccounts);
  const places = (id: string) =>
    planOf(all, id, ACCOUNT).map(({ account, region }) => `${account}/${region}`);

  it('is each account and region that the environment lies in, the archive’s among them', () => {
    expect(places('dev-euc1')).toEqual([`${ACCOUNT}/eu-central-1`]);
    expect(places('staging-euc1')).toEqual(['222233334444/eu-central-1']);
    expect(places('prod-euw1')).toEqual(['333344445555/eu-west-1', '444455556666/eu-west-1']);
    expect(planOf([withApi], withApi.id).map(({ region }) => region)).toEqual([
      REGION,
      'us-east-1',
    ]);
  });

  it('with the policies of every environment that lies there, which one bootstrap would else take from the other', () => {
    for (const id of ['prod-euc1', 'prod-euc1-acme'])
      expect(
        planOf(all, id).map(({ policies }) => [
          ...new Set(policies.map(({ environment }) => environment)),
        ]),
      ).toEqual([
        ['prod-euc1', 'prod-euc1-acme'],
        ['prod-euc1', 'prod-euc1-acme'],
      ]);
  });

  it('by commands that name every policy, and where it is written', () => {
    const [place] = planOf(all, 'staging-euc1');
    const [about, ...commands] = commandsOf(place!, 'dist/bootstrap');

    expect(about).toContain('222233334444');

    expect(commands.slice(0, -1)).toEqual(
      place!.policies.map(
        ({ name }) =>
          `aws iam create-policy --policy-name ${name} --path /writ/staging-euc1/ --policy-document file://dist/bootstrap/222233334444/${name}.json`,
      ),
    );

    expect(commands.at(-1)).toMatch(
      /^npx cdk bootstrap aws:\/\/222233334444\/eu-central-1 .*--cloudformation-execution-policies arn:/,
    );
    for (const { arn } of place!.policies) expect(commands.at(-1)).toContain(arn);

    expect(commandsOf(place!, 'dist/bootstrap', true).join('\n')).not.toMatch(
      /create-policy |cdk bootstrap/,
    );
  });

  it('fits with the longest of names', () => {
    const longest = environmentOf({
      ...{
        name: 'staging',
        region: 'ap-southeast-2',
        account: ACCOUNT,
        cell: 'w'.repeat(32),
        archive: { account: '444455556666' },
      },
      ...{
        alarms: { emails: ['operations@example.com'] },
        monthlyBudgetUsd: 1,
        api: withApi.api,
      },
      estate: { namePrefix: 'p'.repeat(16), rolePath: `/${'r'.repeat(60)}/` },
    });

    for (const { policies } of planOf([longest], longest.id)) {
      expect(policies.length).toBeLessThanOrEqual(5);
      for (const { name, document } of policies) {
        expect(name.length).toBeLessThanOrEqual(128); // of a managed policy
        expect(charactersOf(document)).toBeLessThanOrEqual(MOST_CHARACTERS);
      }
    }
  });

  const withoutAccount = checkConfiguration({
    environments: [{ name: 'dev', region: 'eu-central-1' }],
  });

  it('is refused for an environment that is not there, and for one without an account', () => {
    expect(() => planOf(all, 'prod-usw2')).toThrow('there is no environment "prod-usw2"');
    expect(() => planOf(withoutAccount, 'dev-euc1')).toThrow('dev-euc1 names no account');
  });

  it('is refused for an account that is none, and for one that was asked for in vain', () => {
    for (const account of ['1111', 'abc', ''])
      expect(() => checkAccount(withoutAccount, 'dev-euc1', account)).toThrow(
        `account "${account}" is not an account number, which has 12 digits`,
      );

    expect(() => checkAccount(withoutAccount, 'dev-euc1', undefined, '1111')).toThrow(
      'account "1111" is not an account number',
    );
    expect(() => checkAccount(all, 'prod-euc1', ACCOUNT)).toThrow(
      'prod-euc1 names its account, 333344445555: omit `--account`',
    );
    // that of the credentials was not asked for
    expect(() => checkAccount(all, 'prod-euc1', undefined, ACCOUNT)).not.toThrow();
    expect(() => checkAccount(withoutAccount, 'dev-euc1', ACCOUNT)).not.toThrow();
  });

  it.each([
    ['cdk-*-cfn-exec-role-*', undefined, true],
    ['cdk-hnb659fds-cfn-exec-role-333344445555-eu-central-?', undefined, true],
    ['cdk-acme-cfn-exec-role-*', 'acme', true],
    ['cdk-acme-cfn-exec-role-*', undefined, false],
    ['cdk-hnb659fds-cfn-exec-role-*-us-east-1', undefined, false],
    ['cdk-hnb659fds-cfn-exec-role', undefined, false],
    ['example-deploy-*', undefined, false],
  ] as const)(
    'is refused where the role that is made would be locked out: %s, qualifier %s: %s',
    (deployRoles, qualifier, fits) => {
      const environments = [{ ...brownfieldOne, estate: { ...brownfieldOne.estate, deployRoles } }];
      const check = () =>
        checkDeployRoles(planOf(environments, 'prod-euc1'), environments, qualifier);

      if (fits) expect(check).not.toThrow();
      else
        expect(check).toThrow(
          /prod-euc1: `estate\.deployRoles` is ".*", which cdk-\w+-cfn-exec-role-333344445555-eu-central-1 does not fit/,
        );
    },
  );

  it('is refused for those who share the role, too', () => {
    const crowd = all.map((one) =>
      one.cell === 'acme' ? { ...one, estate: { ...one.estate, deployRoles: 'mine-*' } } : one,
    );
    expect(() => checkDeployRoles(planOf(crowd, 'prod-euc1'), crowd)).toThrow(
      /prod-euc1-acme: .*\n.*prod-euc1-acme: .*444455556666/,
    );
    expect(() => checkDeployRoles(planOf(crowd, 'prod-euw1'), crowd)).not.toThrow();
  });

  it('fits all samples', () => {
    for (const environments of [all, checkConfiguration(brownfield), checkConfiguration(shipped)])
      for (const { id } of environments)
        expect(() =>
          checkDeployRoles(planOf(environments, id, ACCOUNT), environments),
        ).not.toThrow();
  });

  it('is refused where one role would need more policies than it takes', () => {
    const crowded = ['a', 'b', 'c', 'd'].map(
      (name): EnvironmentConfig => ({
        name: 'staging',
        region: REGION,
        account: ACCOUNT,
        cell: name,
      }),
    );

    expect(() => planOf(crowded.map(environmentOf), 'staging-euc1-a')).toThrow(
      /would need 12 policies on one role, which takes 10/,
    );
  });
});

describe('the policies that docs/deploy.md recommends for the organization', () => {
  const text = readFileSync('docs/deploy.md', 'utf8');
  const policies = [...text.matchAll(/```json\n(\{\n {2}"Version"[\s\S]*?)\n```/g)].map(
    ([, json = '']) => JSON.parse(json) as PolicyDocument,
  );
  const [service, resource] = policies as [PolicyDocument, PolicyDocument];
  const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
  const identity: PolicyDocument[] = [{ Statement: [everything] }];
  // beside the policy that AWS attaches to every account
  const scp: PolicyDocument[] = [
    { ...service, Statement: [everything, ...(service.Statement as object[])] },
  ];
  const all = checkConfiguration(severalAccounts);
  const arns = arnsOfSynthesized(prod!);
  const account = prod!.account!;
  const byAccount = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` } };
  const open: Record<string, PolicyDocument> = {
    kms: { Statement: [{ ...byAccount, Action: 'kms:*', Resource: '*' }] },
    sts: { Statement: [{ ...byAccount, Action: 'sts:AssumeRole' }] },
  };

  const by = (role: string, action: string, on: string, keys: Context = {}) => {
    const owner = on.split(':')[4] || account;
    const principal = `arn:aws:iam::${owner}:role/${role}`;

    const context = {
      'aws:PrincipalArn': principal,
      'aws:ResourceAccount': owner,
      'aws:RequestedRegion': REGION,
      ...keys,
    };

    const resourcePolicy = open[action.slice(0, 3)];
    const policies = { identity, scp, resourcePolicy };

    return evaluate({ principal, action, resource: on, context }, policies);
  };

  const ADMIN = 'Administrator';
  const EXEC = `cdk-hnb659fds-cfn-exec-role-${account}-${REGION}`;

  it('are two, and fit', () => {
    expect(policies).toHaveLength(2);
    for (const policy of policies) expect(JSON.stringify(policy).length).toBeLessThan(5_120);
  });

  it('keep administrators and deployments from what cannot be undone', () => {
    for (const role of [ADMIN, EXEC]) {
      for (const action of [
        'DeleteTable',
        'UpdateTimeToLive',
        'DeleteResourcePolicy',
        'RestoreTableToPointInTime',
        'CreateTableReplica',
      ])
        expect(by(role, `dynamodb:${action}`, arns.trail)).toMatchObject(neverBy('LedgerStays'));

      for (const action of ['ScheduleKeyDeletion', 'DisableKey'])
        expect(
          by(role, `kms:${action}`, arns.dataKey, {
            'aws:ResourceTag/writ:environment': 'prod-euc1',
          }),
        ).toMatchObject(neverBy('KeysStay'));

      expect(by(role, 's3:DeleteObjectVersion', `${arns.archive}/checkpoints/1`)).toMatchObject(
        denied,
      );
      expect(by(role, 'sts:AssumeRole', arns.role('refund.pay', true))).toMatchObject(
        neverBy('NobodyActsAsAFunction'),
      );
    }
  });

  it('leave a way for those who are named, and for nobody else', () => {
    const OWNER = 'writ-owner';
    for (const [action, on] of [
      ['dynamodb:UpdateTable', arns.trail],
      ['dynamodb:PutResourcePolicy', arns.trail],
      ['iam:CreatePolicyVersion', arns.boundary],
    ] as const) {
      expect(by(OWNER, action, on)).toMatchObject(allowed);
      expect(by(EXEC, action, on)).toMatchObject(denied);
      expect(by(ADMIN, action, on)).toMatchObject(denied);
    }
  });

  it('let those change the deployment’s policies who are named for it, and these nothing else', () => {
    const owned = planOf(all, 'prod-euc1').flatMap(({ policies }) =>
      policies.map(({ arn }) => arn),
    );

    expect(owned.length).toBeGreaterThan(6); // of the environment, its cell and the archive

    const actions = [
      'CreatePolicyVersion',
      'SetDefaultPolicyVersion',
      'DeletePolicyVersion',
      'DeletePolicy',
    ];

    for (const action of actions.map((name) => `iam:${name}`)) {
      for (const arn of owned) {
        for (const role of ['writ-bootstrap', 'writ-owner'])
          expect(by(role, action, arn)).toMatchObject(allowed);
        for (const role of [ADMIN, EXEC, 'other/writ-bootstrap', 'writ-bootstrap-2'])
          expect(by(role, action, arn)).toMatchObject(neverBy('OnlyNamedOnesChangeDeployment'));
      }

      expect(by('writ-bootstrap', action, arns.boundary)).toMatchObject(
        neverBy('OnlyOwnersMoveTheWalls'),
      );

      // nor by way of a cell that is named like such a policy
      const odd = environmentOf({ name: 'prod', region: REGION, account, cell: 'a-deploy-b' });
      expect(by('writ-bootstrap', action, arnsOfSynthesized(odd).boundary)).toMatchObject(denied);
    }

    for (const role of ['writ-bootstrap', ADMIN])
      expect(
        by(role, 'iam:DeleteRolePermissionsBoundary', arns.role('refund.pay', true)),
      ).toMatchObject(neverBy('OnlyOwnersMoveTheWalls'));
  });

  it('leave nobody to change how long the archive keeps, as the page says of its settings', () => {
    for (const role of [ADMIN, EXEC, 'writ-owner', 'writ-bootstrap'])
      expect(by(role, 's3:PutBucketObjectLockConfiguration', arns.archive)).toMatchObject(
        neverBy('ArchiveStays'),
      );

    expect(by(EXEC, 'dynamodb:UpdateContinuousBackups', arns.keys)).toMatchObject(
      neverBy('OnlyOwnersChangeTables'),
    );

    const [, inPlace = ''] = /\*\*Replacements\.\*\*([\s\S]*?)\n\n/.exec(text) ?? [];
    expect(inPlace).toMatch(/section 7[^.]*: `keyRecoveryDays` changes[^;]*`writ-owner`/);
    expect(inPlace).toMatch(
      /`archive\.days` and\s`archive\.lock` are\srefused to everybody until the organization detaches/,
    );
  });

  it('do not stand in the way of functions, nor of what a deployment does every day', () => {
    const keys = { 'dynamodb:LeadingKeys': ['refund.pay#1'] };

    expect(
      by(
        'writ/prod-euc1/writer/writ-prod-euc1_refund_pay',
        'dynamodb:PartiQLInsert',
        arns.trail,
        keys,
      ),
    ).toMatchObject(allowed);

    expect(by(EXEC, 'lambda:UpdateFunctionCode', arns.function('refund.pay'))).toMatchObject(
      allowed,
    );
    expect(by(EXEC, 'dynamodb:UpdateTable', arns.state)).toMatchObject(allowed);
  });

  it('let nobody of another organization act as a function, whatever its role trusts', () => {
    const condition = (resource.Statement as { Condition: unknown }[]).map(
      ({ Condition }) => Condition,
    );
    expect(condition[0]).toEqual({ Bool: { 'aws:PrincipalIsAWSService': 'false' } });
  });

  it('leave roles under the path to deployments, and those who deploy to who is named', () => {
    const role = arns.role('refund.pay', true);
    for (const name of [
      'CreateRole',
      'PutRolePolicy',
      'AttachRolePolicy',
      'PutRolePermissionsBoundary',
      'UpdateAssumeRolePolicy',
      'PassRole',
    ]) {
      for (const who of [EXEC, 'writ-owner'])
        expect(by(who, `iam:${name}`, role)).toMatchObject(allowed);
      for (const who of [ADMIN, 'writ-bootstrap', `other/${EXEC}`])
        expect(by(who, `iam:${name}`, role)).toMatchObject(neverBy('OnlyDeploymentMakesRoles'));
    }

    for (const name of [EXEC, 'cdk-made-cfn-exec-role-up', 'writ-owner', 'writ-bootstrap'])
      for (const action of [
        'CreateRole',
        'AttachRolePolicy',
        'PutRolePolicy',
        'UpdateAssumeRolePolicy',
      ]) {
        const on = `arn:aws:iam::${account}:role/${name}`;
        expect(by('writ-bootstrap', `iam:${action}`, on)).toMatchObject(allowed);

        for (const who of [ADMIN, EXEC])
          expect(by(who, `iam:${action}`, on)).toMatchObject(
            neverBy('OnlyNamedOnesChangeDeployment'),
          );
      }
  });

  it('leave policies of the data key and of all tables to the owner', () => {
    const tagged = { 'aws:ResourceTag/writ:environment': 'prod-euc1' };
    for (const who of [ADMIN, EXEC, 'writ-bootstrap']) {
      expect(by(who, 'kms:PutKeyPolicy', arns.dataKey, tagged)).toMatchObject(
        neverBy('OnlyOwnersOpenKeys'),
      );

      for (const table of [arns.state, arns.trail, arns.keys])
        expect(by(who, 'dynamodb:PutResourcePolicy', table)).toMatchObject(
          neverBy('OnlyOwnersOpenTables'),
        );
    }

    expect(by('writ-owner', 'kms:PutKeyPolicy', arns.dataKey, tagged)).toMatchObject(allowed);
    expect(
      by(ADMIN, 'kms:PutKeyPolicy', `arn:aws:kms:${REGION}:${account}:key/another`),
    ).toMatchObject(allowed);
  });

  it('let functions read secrets, and nobody whom a secret’s own policy lets in', () => {
    const secret = `arn:aws:secretsmanager:${REGION}:${account}:secret:writ-prod-euc1/vendor.bank/bank-api-token-AbCdEf`;

    const opened = {
      Effect: 'Allow',
      Principal: '*',
      Action: 'secretsmanager:GetSecretValue',
      Resource: '*',
    };

    const resourcePolicy: PolicyDocument = {
      Statement: [opened, ...(resource.Statement as object[])],
    };

    const reads = (principal: string) => {
      const call = {
        principal,
        action: 'secretsmanager:GetSecretValue',
        resource: secret,
        context: { 'aws:PrincipalArn': principal },
      };
      return evaluate(call, { identity, resourcePolicy });
    };

    expect(reads(`arn:aws:iam::${account}:role/writ/prod-euc1/function/bank`)).toMatchObject(
      allowed,
    );

    for (const role of [
      `${account}:role/${ADMIN}`,
      `${account}:role/${EXEC}`,
      '999988887777:role/writ/prod-euc1/function/bank',
    ])
      expect(reads(`arn:aws:iam::${role}`)).toMatchObject(neverBy('OnlyFunctionsReadSecrets'));
  });
});

describe('docs/deploy.md', () => {
  const text = readFileSync('docs/deploy.md', 'utf8');

  it('names every setting of an environment', () => {
    const settings = [
      ...readFileSync('infra/config/environment.ts', 'utf8').matchAll(
        /^ {2}readonly (\w+)\??: (?!.*\|\s*undefined)/gm,
      ),
    ];

    const unsaid = settings
      .map(([, name = '']) => name)
      .filter((name) => !new RegExp(`\\b${name}\\b`).test(text));

    expect(unsaid).toEqual([]);
  });

  it('gives the statements that a key of the estate has to hold', () => {
    const [, json = ''] = /```json\n(\[\n[\s\S]*?)\n```/.exec(text) ?? [];
    expect(asRead(JSON.parse(json))).toEqual(
      asRead(dataKeyPolicy(arnsOfSynthesized(brownfieldOne))),
    );
  });

  it('deploys with patterns that mean one environment, and leave out what they should', () => {
    const { raw } = synthesize(
      { automations: [invoice, refund], vendors: [bank], bundles: INLINE },
      prod!,
    );

    const stacks = [...raw.keys()];
    const all = [...stacks, ...stacks.map((stack) => stack.replace('prod-euc1', 'prod-euc1-acme'))];
    const patterns = [
      ...text.matchAll(/npx cdk (?:deploy|diff) (?:--\S+ )*(?:never )?'([^']+)'/g),
    ].map(([, pattern = '']) => pattern);

    const meant = (pattern: string) => {
      const [, choice = '.'] = /\{(.*)\}/.exec(pattern) ?? [];
      const source = pattern
        .replace(/\{.*\}/, `(?:${choice.replaceAll(',', '|')})`)
        .replaceAll('*', '.*');

      return all.filter((stack) =>
        new RegExp(`^${source}$`).test(
          stack.replace('prod', /(?<=writ-)[a-z]+/.exec(pattern)?.[0] ?? ''),
        ),
      );
    };

    expect(patterns.length).toBeGreaterThanOrEqual(6);

    for (const pattern of patterns) {
      const without = pattern.includes('{')
        ? ['Keys', 'Archive'].map((what) => `writ-prod-euc1-${what}`)
        : [];

      expect([pattern, meant(pattern)]).toEqual([
        pattern,
        stacks.filter((stack) => !without.includes(stack)),
      ]);
    }
  });

  it('prints the commands of bootstrap as they are', () => {
    const [place] = planOf(checkConfiguration(severalAccounts), 'staging-euc1');
    const [, first = ''] = commandsOf(place!, 'dist/bootstrap');
    expect(text).toContain(first);
  });
});
