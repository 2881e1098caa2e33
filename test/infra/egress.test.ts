import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import {
  authoritiesOf,
  authorityOfVendor,
  type FunctionAuthority,
} from '#infra/authority/authority.ts';
import { endpointPolicies } from '#infra/authority/endpoint-policies.ts';
import type { Statement } from '#infra/authority/statements.ts';
import { type Egress, environmentOf } from '#infra/config/environment.ts';
import { NetworkStack } from '#infra/stacks/network-stack.ts';
import {
  batchGetItem,
  type Caller,
  call,
  decrypt,
  evaluate,
  executeTransaction,
  getSecretValue,
  invokeFunction,
  onQueue,
  type Request,
} from '../iam/index.ts';
import refund from './made-up.ts';
import { ACCOUNT, APP_CONTEXT, arnsOfSynthesized, list, type Resource } from './template.ts';

const STAGING = environmentOf({ name: 'staging', region: 'eu-central-1', account: ACCOUNT });
const ARNS = arnsOfSynthesized(STAGING);
const BOTH = [invoice, refund];

/** Properties of a resource, and its id in the template. */
type Part = Resource['Properties'] & { readonly id: string };

/**
 * The stack of an isolated network in an explicit account and region, with references written out.
 */
function synthesize(automations = BOTH, egress: Egress = STAGING.egress) {
  const app = new App({ context: APP_CONTEXT });

  new NetworkStack(app, 'Network', {
    environment: { ...STAGING, egress },
    automations,
    groups: [],
  });

  const assembly = app.synth();
  const resources = plain(assembly.stacks[0]!.template.Resources) as Record<string, Resource>;
  const ofType = (type: string): Part[] =>
    Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
      Type === type ? [{ ...Properties, id }] : [],
    );

  return {
    assembly,
    resources,
    ofType,
    endpoints: new Map(ofType('AWS::EC2::VPCEndpoint').map((each) => [service(each), each])),
  };
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;

  const { Ref, 'Fn::GetAtt': got, 'Fn::Join': join } = value as Record<string, unknown>;
  const known: Record<string, string> = {
    'AWS::Region': STAGING.region,
    'AWS::URLSuffix': 'amazonaws.com',
  };
  if (typeof Ref === 'string')
    return Ref.startsWith('SsmParameterValue') ? ARNS.dataKey : (known[Ref] ?? Ref);
  if (Array.isArray(got)) return got[0];
  if (Array.isArray(join)) return (plain(join[1]) as string[]).join(String(join[0]));

  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

const service = ({ ServiceName }: Part) =>
  String(ServiceName).replace('com.amazonaws.eu-central-1.', '');
const statementsOf = (endpoint: Part): Statement[] => endpoint.PolicyDocument.Statement;

describe.each([2, 3] as const)('a hostile step that opens a socket, in %i zones,', (zones) => {
  const { assembly, resources, ofType } = synthesize(BOTH, { mode: 'isolated', zones });
  const subnets = ofType('AWS::EC2::Subnet');

  it('finds a network that is made without asking AWS anything', () => {
    expect(assembly.manifest.missing).toBeUndefined();
  });

  it('finds nothing in it but subnets, endpoints and what watches them', () => {
    const types = Object.values(resources).map(({ Type }) => Type.replace('AWS::', ''));

    expect(types.sort()).toEqual(
      [
        ...Array.from({ length: zones }).flatMap(() => [
          'EC2::Subnet',
          'EC2::SubnetRouteTableAssociation',
        ]),
        ...[
          'EC2::FlowLog',
          'EC2::RouteTable',
          'EC2::SecurityGroup',
          'EC2::SecurityGroup',
          'EC2::VPC',
        ],
        ...Array.from({ length: 5 }, () => 'EC2::VPCEndpoint'),
        ...['IAM::Role', 'Logs::LogGroup', 'SSM::Parameter', 'SSM::Parameter'],
        ...['Config', 'DomainList', 'DomainList', 'RuleGroup', 'RuleGroupAssociation'].map(
          (part) => `Route53Resolver::Firewall${part}`,
        ),
      ].sort(),
    );
  });

  it.each([
    'InternetGateway',
    'Nat',
    'Peering',
    'TransitGateway',
    'VPN',
    'CarrierGateway',
    'ResolverEndpoint',
    'NetworkInterface',
    'EIP',
    'CidrBlock',
  ])('meets no %s', (way) => {
    for (const { Type } of Object.values(resources)) expect(Type).not.toContain(way);
  });

  it('has no route to follow, neither to 0.0.0.0/0 nor to ::/0, and through a gateway only to DynamoDB', () => {
    expect(ofType('AWS::EC2::Route')).toEqual([]);

    const [routes] = ofType('AWS::EC2::RouteTable');
    const associated = ofType('AWS::EC2::SubnetRouteTableAssociation');

    expect(associated.map(({ SubnetId, RouteTableId }) => [SubnetId, RouteTableId])).toEqual(
      subnets.map(({ id }) => [id, routes!.id]),
    );

    const throughRoutes = ofType('AWS::EC2::VPCEndpoint').filter(
      ({ RouteTableIds }) => RouteTableIds !== undefined,
    );

    expect(throughRoutes.map((endpoint) => [service(endpoint), endpoint.VpcEndpointType])).toEqual([
      ['dynamodb', 'Gateway'],
    ]);
  });

  it('has no public address, and none of IPv6', () => {
    for (const subnet of subnets) expect(subnet.MapPublicIpOnLaunch).toBe(false);
    for (const { Type, Properties } of Object.values(resources))
      if (Type.startsWith('AWS::EC2::')) expect(JSON.stringify(Properties)).not.toMatch(/ipv6/i);
  });

  it('sits in one subnet in each zone, where others look for it', () => {
    expect(subnets.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(
      Array.from({ length: zones }, (_, zone) => ({ 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] })),
    );

    const parameters = new Map(
      ofType('AWS::SSM::Parameter').map((parameter) => [parameter.Name, parameter]),
    );

    expect(parameters.get('/writ-staging-euc1/subnet-ids')).toMatchObject({
      Type: 'StringList',
      Value: subnets.map(({ id }) => id).join(','),
    });

    const [functions] = ofType('AWS::EC2::SecurityGroup').filter(
      ({ SecurityGroupIngress }) => SecurityGroupIngress === undefined,
    );

    expect(parameters.get('/writ-staging-euc1/security-group-id')).toMatchObject({
      Type: 'String',
      Value: functions!.id,
    });
  });

  it('is let through by its security group to port 443 alone, and lets nobody in', () => {
    const [functions, endpoints] = ofType('AWS::EC2::SecurityGroup').sort((a) =>
      a.SecurityGroupIngress === undefined ? -1 : 1,
    );

    expect(functions!.SecurityGroupEgress).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 },
    ]);
    expect(endpoints!.SecurityGroupIngress).toMatchObject([
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, SourceSecurityGroupId: functions!.id },
    ]);
    expect(endpoints!.SecurityGroupEgress).toMatchObject([{ CidrIp: '127.0.0.1/32' }]);

    for (const endpoint of ofType('AWS::EC2::VPCEndpoint').filter(
      ({ VpcEndpointType }) => VpcEndpointType === 'Interface',
    )) {
      expect(endpoint.SecurityGroupIds).toEqual([endpoints!.id]);
      expect(endpoint.SubnetIds).toEqual(subnets.map(({ id }) => id));
      expect(endpoint.PrivateDnsEnabled).toBe(true);
    }
  });
});

describe('an endpoint', () => {
  const { endpoints } = synthesize();

  it('is there for the services that functions inside call by their own code, and for no other', () => {
    expect([...endpoints.keys()].sort()).toEqual([
      'dynamodb',
      'kms',
      'lambda',
      'secretsmanager',
      'sqs',
    ]);

    expect([...synthesize([invoice]).endpoints.keys()].sort()).toEqual([
      'dynamodb',
      'kms',
      'lambda',
      'sqs',
    ]);

    expect([...synthesize([]).endpoints.keys()]).toEqual([]);
  });

  it('is not there for a function that reaches the outside', () => {
    expect(endpointPolicies(ARNS, [authorityOfVendor(bank, ARNS)])).toEqual({});
  });

  it('lets through exactly the actions that functions call, none of those that Lambda calls for them', () => {
    expect(
      new Map(
        [...endpoints].map(([name, endpoint]) => [
          name,
          statementsOf(endpoint).flatMap(({ Action }) => list(Action!)),
        ]),
      ),
    ).toEqual(
      new Map([
        [
          'dynamodb',
          [
            'BatchGetItem',
            'PartiQLDelete',
            'PartiQLInsert',
            'PartiQLSelect',
            'PartiQLUpdate',
            'Query',
          ].map((it) => `dynamodb:${it}`),
        ],
        ['kms', ['kms:Decrypt']],
        ['lambda', ['lambda:InvokeFunction']],
        ['secretsmanager', ['secretsmanager:GetSecretValue']],
        ['sqs', ['sqs:SendMessage']],
      ]),
    );
  });

  it.each([...endpoints])(
    'of %s lets only roles of the environment through, and only to what is its own',
    (_, endpoint) => {
      for (const { Effect, Principal, Condition, Resource: own } of statementsOf(endpoint)) {
        expect({ Effect, Principal }).toEqual({ Effect: 'Allow', Principal: { AWS: '*' } });
        expect(Condition).toEqual({
          ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/writ/staging-euc1/*` },
        });

        for (const arn of list(own!))
          expect(arn === ARNS.dataKey || arn.includes(`:eu-central-1:${ACCOUNT}:`)).toBe(true);

        for (const arn of list(own!))
          expect(arn === ARNS.dataKey || arn.includes('writ-staging-euc1')).toBe(true);
      }
    },
  );

  it('is missed before anything is deployed: a function that calls another service fails', () => {
    const statement: Statement = {
      Sid: 'Files',
      Effect: 'Allow',
      Action: ['s3:GetObject'],
      Resource: ['arn:aws:s3:::files/*'],
    };

    const reader: FunctionAuthority = {
      name: 'a.b',
      writer: false,
      isolated: true,
      sendsTo: [],
      statements: [statement],
    };

    expect(() => endpointPolicies(ARNS, [reader])).toThrow(
      'an isolated function calls s3:GetObject; the isolated network has endpoints for dynamodb, kms, lambda, secretsmanager, sqs only',
    );
    expect(endpointPolicies(ARNS, [{ ...reader, isolated: false }])).toEqual({});
  });
});

describe('through an endpoint', () => {
  const { endpoints } = synthesize();
  const anything = { Effect: 'Allow', Action: '*', Resource: '*' };

  /**
   * Whether the endpoint lets a request through that nothing else refuses. Both must allow, as with
   * a service control policy.
   */
  const passes = (requests: readonly Request[]) =>
    requests.every((request) => {
      const endpoint = endpoints.get(request.action.split(':')[0]!)!;
      const statements = statementsOf(endpoint).map(({ Principal, ...statement }) => statement);
      const resourcePolicy = { Statement: { ...anything, Principal: '*' } };

      return (
        evaluate(request, {
          scp: [{ Statement: statements }],
          identity: [{ Statement: anything }],
          resourcePolicy,
        }).decision === 'allowed'
      );
    });

  const own: Caller = { role: ARNS.role('invoice-approval.pay', true), region: STAGING.region };
  const strangers = '999988887777';
  const abroad = (arn: string) => arn.replace(ACCOUNT, strangers);
  const other = arnsOfSynthesized(
    environmentOf({ name: 'dev', region: STAGING.region, account: ACCOUNT }),
  );

  type Calls = Readonly<
    Record<string, (caller: Caller, at: (arn: string) => string) => readonly Request[]>
  >;

  const calls: Calls = {
    'a row of a table': (caller, at) =>
      batchGetItem(caller, [{ table: at(ARNS.state), key: 'run#a#b#c' }]),
    'an entry of the trail': (caller, at) =>
      executeTransaction(caller, [
        {
          kind: 'Insert',
          table: at(ARNS.trail),
          key: 'invoice-approval.pay#1',
          attributes: ['pk', 'sk'],
        },
      ]),
    'a queue': (caller, at) =>
      onQueue(caller, 'SendMessage', at(ARNS.queue('invoice-approval.pay'))),
    'a vendor function': (caller, at) => invokeFunction(caller, at(ARNS.function('vendor.bank'))),
    'a secret': (caller, at) => getSecretValue(caller, at(ARNS.secret('made-up.look', 'signing'))),
    'the data key': (caller, at) =>
      decrypt(caller, at(ARNS.dataKey), { workspace: 'acme', class: 'financial' }),
  };

  it.each(Object.entries(calls))('a role of the environment reaches %s', (_, of) => {
    expect(passes(of(own, (arn) => arn))).toBe(true);
  });

  it('everything passes that a function inside may call by its own code', () => {
    const byCode = ({ Sid, Condition }: Statement) =>
      Sid !== 'WriteLogLines' && Condition?.Null?.['lambda:SourceFunctionArn'] === undefined;

    const asked = BOTH.flatMap((flow) => authoritiesOf(flow, ARNS)).flatMap(
      ({ name, writer, statements }) =>
        statements.filter(byCode).flatMap(({ Action = [], Resource: targets = [] }) => {
          const caller = { ...own, role: ARNS.role(name, writer) };
          return targets.flatMap((target) => Action.map((action) => call(caller, action, target)));
        }),
    );

    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((request) => !passes([request]))).toEqual([]);
  });

  it.each(Object.entries(calls))('it does not reach another account’s: %s', (_, of) => {
    expect(passes(of(own, abroad))).toBe(false);
  });

  it.each(Object.entries(calls))(
    'a stranger’s role reaches neither ours nor its own: %s',
    (_, of) => {
      for (const role of [abroad(own.role), `arn:aws:iam::${strangers}:role/thief`]) {
        expect(passes(of({ ...own, role }, abroad))).toBe(false);
        expect(passes(of({ ...own, role }, (arn) => arn))).toBe(false);
      }
    },
  );

  it.each([other.role('invoice-approval.pay', true), `arn:aws:iam::${ACCOUNT}:role/admin`])(
    '%s of the same account reaches nothing',
    (role) => {
      for (const of of Object.values(calls))
        expect(passes(of({ ...own, role }, (arn) => arn))).toBe(false);
    },
  );

  it('nothing is reached of another environment in the same account', () => {
    expect(passes(batchGetItem(own, [{ table: other.state, key: 'run#a#b#c' }]))).toBe(false);
    expect(passes(onQueue(own, 'SendMessage', other.queue('invoice-approval.pay')))).toBe(false);
    expect(passes(invokeFunction(own, other.function('vendor.bank')))).toBe(false);
    expect(passes(getSecretValue(own, other.secret('made-up.look', 'signing')))).toBe(false);
  });

  it('a request that nobody signed reaches nothing', () => {
    const [signed] = onQueue(own, 'SendMessage', ARNS.queue('invoice-approval.pay'));
    const { 'aws:PrincipalArn': _, ...context } = signed!.context;
    expect(passes([{ ...signed!, context }])).toBe(false);
  });
});

describe('the resolver', () => {
  const { ofType } = synthesize();
  const lists = new Map(
    ofType('AWS::Route53Resolver::FirewallDomainList').map(({ id, Domains }) => [id, Domains]),
  );
  const [group] = ofType('AWS::Route53Resolver::FirewallRuleGroup');
  const rules = [...group!.FirewallRules].sort((a, b) => a.Priority - b.Priority);

  it('answers for the names of the endpoints, to the letter, and after that for nothing', () => {
    expect(
      rules.map(({ Action, FirewallDomainListId }) => [Action, lists.get(FirewallDomainListId)]),
    ).toEqual([
      [
        'ALLOW',
        [
          'dynamodb.eu-central-1.amazonaws.com',
          'kms.eu-central-1.amazonaws.com',
          'lambda.eu-central-1.amazonaws.com',
          'secretsmanager.eu-central-1.amazonaws.com',
          'sqs.eu-central-1.amazonaws.com',
        ],
      ],
      ['BLOCK', ['*']],
    ]);
    expect(rules[0].FirewallDomainRedirectionAction).toBe('TRUST_REDIRECTION_DOMAIN');
  });

  it('is asked by this network, and answers nothing while the firewall is out of order', () => {
    const [vpc] = ofType('AWS::EC2::VPC');
    expect(ofType('AWS::Route53Resolver::FirewallRuleGroupAssociation')).toMatchObject([
      { VpcId: vpc!.id, FirewallRuleGroupId: group!.id },
    ]);
    expect(ofType('AWS::Route53Resolver::FirewallConfig')).toMatchObject([
      { ResourceId: vpc!.id, FirewallFailOpen: 'DISABLED' },
    ]);
  });
});

describe('the record of traffic', () => {
  const { ofType, resources } = synthesize();
  const [log] = ofType('AWS::Logs::LogGroup');
  const [role] = ofType('AWS::IAM::Role');

  it('holds what was accepted and what was rejected, for as long as other log lines', () => {
    const [flows] = ofType('AWS::EC2::FlowLog');

    expect(flows).toMatchObject({
      TrafficType: 'ALL',
      ResourceId: ofType('AWS::EC2::VPC')[0]!.id,
      LogGroupName: log!.id,
      DeliverLogsPermissionArn: role!.id,
    });

    expect(flows!.LogFormat).toMatch(/dstaddr.*action.*pkt-dst-aws-service/);
    expect(log).toMatchObject({
      LogGroupName: '/writ-staging-euc1/network.flows',
      RetentionInDays: 365,
    });

    expect(resources[log!.id]).toMatchObject({ DeletionPolicy: 'Retain' });
  });

  it('is written by EC2 for flow logs of this account and region, under the environment’s boundary, and nowhere else', () => {
    expect(role).toMatchObject({ Path: '/writ/staging-euc1/', PermissionsBoundary: ARNS.boundary });
    expect(role!.ManagedPolicyArns).toBeUndefined();

    const [trust] = role!.AssumeRolePolicyDocument.Statement;

    expect(trust).toMatchObject({
      Principal: { Service: 'vpc-flow-logs.amazonaws.com' },
      Condition: {
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
        ArnLike: { 'aws:SourceArn': `arn:aws:ec2:eu-central-1:${ACCOUNT}:vpc-flow-log/*` },
      },
    });

    const [write] = role!.Policies[0].PolicyDocument.Statement;

    expect(write.Resource).toBe(
      `arn:aws:logs:eu-central-1:${ACCOUNT}:log-group:/writ-staging-euc1/network.flows:*`,
    );
  });
});

describe('a network', () => {
  const network = { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] };

  it.each<[string, Egress, string]>([
    [
      'egress is open',
      { mode: 'open' },
      'the egress of staging-euc1 is open; only an isolated one has a network',
    ],
    [
      'the estate brings one',
      { mode: 'isolated', network },
      'staging-euc1 brings a network of its own: subnet-1, subnet-2',
    ],
    [
      'it has one zone',
      { mode: 'isolated', zones: 1 as 2 },
      'the network of staging-euc1 must lie in 2 or 3 zones, got 1',
    ],
  ])('fails when %s', (_, egress, message) => {
    expect(() => synthesize(BOTH, egress)).toThrow(message);
  });

  it('lies in two zones unless told otherwise', () => {
    expect(synthesize().ofType('AWS::EC2::Subnet')).toHaveLength(2);
  });
});
