import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkRoutes, type Route } from '#functions/framework/http/route.ts';
import type { FunctionAuthority } from '#infra/authority/authority.ts';
import {
  type ApiConfig,
  type EnvironmentConfig,
  environmentOf,
} from '#infra/config/environment.ts';
import { Edge } from '#infra/constructs/edge/edge.ts';
import { ACCESS_LOG } from '#infra/constructs/http-api/access-log.ts';
import { type ApiGroup, placeApi } from '#infra/stacks/api-stack.ts';
import { EdgeStack } from '#infra/stacks/edge-stack.ts';
import { evaluate, getSecretValue } from '../iam/index.ts';
import { ACCOUNT, APP_CONTEXT, arnsOfSynthesized, INLINE, type Resource } from './template.ts';

const RUNS: Route[] = [
  { method: 'GET', path: '/runs', authentication: 'person' },
  { method: 'POST', path: '/runs', authentication: 'person', operationId: 'startRun' },
  { method: 'GET', path: '/runs/{run}', authentication: 'person', operationId: 'readRun' },
];
const LINKS: Route[] = [
  { method: 'GET', path: '/links/{link}', authentication: 'person' },
  {
    method: 'POST',
    path: '/links/{link}/redeem',
    authentication: 'none',
    throttle: { rate: 2, burst: 5 },
  },
];
const API: ApiConfig = { issuer: 'https://id.example.com/', audience: ['writ', 'writ-cli'] };
const DOMAIN = {
  name: 'writ.example.com',
  certificateArn: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/people`,
  originName: 'origin.writ.example.com',
  originCertificateArn: `arn:aws:acm:eu-central-1:${ACCOUNT}:certificate/origin`,
};

/** A made-up function that opens data and reads the origin's header. */
function group(name: string, routes: readonly Route[], timeout?: Duration): ApiGroup {
  const authority: ApiGroup['authority'] = (arns): FunctionAuthority => ({
    name,
    writer: true,
    isolated: true,
    sendsTo: [],
    statements: [
      { Sid: 'Open', Effect: 'Allow', Action: ['kms:Decrypt'], Resource: [arns.dataKey] },
      {
        Sid: 'Header',
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue'],
        Resource: [arns.secret('api', 'origin-header')],
      },
    ],
  });
  return { name, authority, routes, timeout };
}

const GROUPS = [group('http.runs', RUNS), group('http.links', LINKS)];

const environmentWith = (api: ApiConfig | undefined, rest: Partial<EnvironmentConfig> = {}) =>
  environmentOf({
    name: 'dev',
    region: 'eu-central-1',
    account: ACCOUNT,
    api,
    ...rest,
  });

function synthesize(
  api: ApiConfig | undefined,
  groups: readonly ApiGroup[] = GROUPS,
  rest: Partial<EnvironmentConfig> = {},
) {
  const app = new App({ context: APP_CONTEXT });
  placeApi(app, { environment: environmentWith(api, rest), groups, bundles: INLINE });

  const { stacks } = app.synth();

  return new Map(
    stacks.map((stack) => [
      stack.stackName,
      { region: stack.environment.region, text: JSON.stringify(stack.template), stack },
    ]),
  );
}

type Made = ReturnType<typeof synthesize>;

const resourcesOf = (made: Made, name: string) =>
  Object.entries(made.get(name)!.stack.template.Resources as Record<string, Resource>);
const propertiesOf = (made: Made, name: string, type: string) =>
  resourcesOf(made, name).flatMap(([, { Type, Properties }]) =>
    Type === type ? [Properties] : [],
  );
const idsOf = (made: Made, name: string, type: string) =>
  resourcesOf(made, name).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
/** Text with the logical id in place of each reference. */
const written = (
  value: { 'Fn::Join'?: [string, (string | { Ref: string })[]] } | string,
): string =>
  typeof value === 'string'
    ? value
    : value['Fn::Join']![1].map((part) => (typeof part === 'string' ? part : part.Ref)).join('');

const plain = synthesize(API);
const withDomain = synthesize({ ...API, domain: DOMAIN });
const inApi = (type: string, made = plain) => propertiesOf(made, 'writ-dev-euc1-Api', type);
const inEdge = (type: string) => propertiesOf(withDomain, 'writ-dev-euc1-Edge', type);
const [stage] = inApi('AWS::ApiGatewayV2::Stage');

describe('the API', () => {
  it('has the routes of the table, HEAD beside each GET, and no other, so an unknown path reaches no function', () => {
    const keys = inApi('AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
    const declared = [...RUNS, ...LINKS].map(({ method, path }) => `${method} ${path}`);
    const heads = declared.flatMap((key) =>
      key.startsWith('GET ') ? [key.replace('GET', 'HEAD')] : [],
    );

    expect(heads.length).toBeGreaterThan(0);
    expect(keys.sort()).toEqual([...declared, ...heads].sort());
    expect(keys.join()).not.toMatch(/\$default|ANY|\+\}/);
  });

  it('asks for a token of the issuer on every route that is not open', () => {
    const [authorizer] = inApi('AWS::ApiGatewayV2::Authorizer');

    expect(authorizer).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: 'https://id.example.com/', Audience: ['writ', 'writ-cli'] },
    });

    const [id] = idsOf(plain, 'writ-dev-euc1-Api', 'AWS::ApiGatewayV2::Authorizer');
    for (const { RouteKey, AuthorizationType, AuthorizerId } of inApi('AWS::ApiGatewayV2::Route')) {
      const open = RouteKey === 'POST /links/{link}/redeem';
      expect([AuthorizationType, AuthorizerId]).toEqual(
        open ? ['NONE', undefined] : ['JWT', { Ref: id }],
      );
    }
  });

  it('hands a request to the function of its group, as payload 2.0', () => {
    const integrations = inApi('AWS::ApiGatewayV2::Integration');
    expect(integrations).toHaveLength(GROUPS.length);

    for (const integration of integrations)
      expect(integration).toMatchObject({
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
      });

    const target = (key: string) => {
      const route = inApi('AWS::ApiGatewayV2::Route').find(({ RouteKey }) => RouteKey === key)!;
      const id = written(route.Target).replace('integrations/', '');
      const resources = new Map(resourcesOf(plain, 'writ-dev-euc1-Api'));
      return resources.get(resources.get(id)!.Properties.IntegrationUri['Fn::GetAtt'][0])!
        .Properties.FunctionName;
    };

    expect(target('POST /runs')).toBe('writ-dev-euc1_http_runs');
    expect(target('POST /links/{link}/redeem')).toBe('writ-dev-euc1_http_links');
  });

  it('is the only one to call its functions, each for its own routes', () => {
    const [api] = idsOf(plain, 'writ-dev-euc1-Api', 'AWS::ApiGatewayV2::Api');

    const calls = inApi('AWS::Lambda::Permission').map((permission) => {
      expect(permission).toMatchObject({
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
      });
      return `${permission.FunctionName['Fn::GetAtt'][0]} ${written(permission.SourceArn)}`;
    });

    const [runs, links] = idsOf(plain, 'writ-dev-euc1-Api', 'AWS::Lambda::Function');
    const called = (fn: string, key: string) =>
      `${fn} arn:aws:execute-api:eu-central-1:${ACCOUNT}:${api}/*/${key}`;

    expect(calls.sort()).toEqual(
      [
        called(runs!, 'GET/runs'),
        called(runs!, 'HEAD/runs'),
        called(runs!, 'POST/runs'),
        called(runs!, 'GET/runs/{run}'),
        called(runs!, 'HEAD/runs/{run}'),
        called(links!, 'GET/links/{link}'),
        called(links!, 'HEAD/links/{link}'),
        called(links!, 'POST/links/{link}/redeem'),
      ].sort(),
    );
  });

  it('limits requests as configured, or to 100 a second and 200 at once', () => {
    expect(stage!.DefaultRouteSettings).toEqual({
      ThrottlingRateLimit: 100,
      ThrottlingBurstLimit: 200,
      DetailedMetricsEnabled: true,
    });

    const [other] = inApi(
      'AWS::ApiGatewayV2::Stage',
      synthesize({ ...API, throttle: { rate: 20, burst: 30 } }),
    );

    expect(other!.DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: 20,
      ThrottlingBurstLimit: 30,
    });
  });

  it('limits each open route by itself, once the route is there', () => {
    expect(stage!.RouteSettings).toEqual({
      'POST /links/{link}/redeem': {
        ThrottlingRateLimit: 2,
        ThrottlingBurstLimit: 5,
        DetailedMetricsEnabled: true,
      },
    });

    const [, resource] = resourcesOf(plain, 'writ-dev-euc1-Api').find(
      ([, { Type }]) => Type === 'AWS::ApiGatewayV2::Stage',
    )!;
    const waitsFor = (resource as unknown as { DependsOn: string[] }).DependsOn;
    const resources = new Map(resourcesOf(plain, 'writ-dev-euc1-Api'));

    expect(waitsFor.map((id) => resources.get(id)!.Properties.RouteKey)).toContain(
      'POST /links/{link}/redeem',
    );
  });

  it('writes down the route of a request and how it ended, and nothing about the person', () => {
    const { Format, DestinationArn } = stage!.AccessLogSettings;

    expect(JSON.parse(Format)).toEqual(ACCESS_LOG);
    expect(Format).not.toMatch(
      /\$context\.(?:identity|authorizer|path\b|rawPath|domain|error\.message|integrationErrorMessage)/,
    );
    expect(Format).not.toMatch(/integration\.error|userAgent|sourceIp/);
    expect(Object.values(ACCESS_LOG)).toEqual(
      expect.arrayContaining(['$context.requestId', '$context.routeKey', '$context.status']),
    );

    const resources = new Map(resourcesOf(plain, 'writ-dev-euc1-Api'));

    expect(resources.get(DestinationArn['Fn::GetAtt'][0])!.Properties).toEqual({
      LogGroupName: '/writ-dev-euc1/api.access',
      RetentionInDays: 30,
    });
  });

  it('lets pages of other sites do nothing', () => {
    for (const api of [
      ...inApi('AWS::ApiGatewayV2::Api'),
      ...inApi('AWS::ApiGatewayV2::Api', withDomain),
    ])
      expect(api.CorsConfiguration).toBeUndefined();
  });

  it('is reached by the name that API Gateway gives it, where it has none of its own', () => {
    expect(inApi('AWS::ApiGatewayV2::Api')[0]!.DisableExecuteApiEndpoint).toBe(false);
    expect(inApi('AWS::ApiGatewayV2::DomainName')).toEqual([]);
    expect([...plain.keys()]).toEqual(['writ-dev-euc1-Api']);
  });

  it('is reached by the name of the origin alone, where it has one', () => {
    expect(inApi('AWS::ApiGatewayV2::Api', withDomain)[0]!.DisableExecuteApiEndpoint).toBe(true);

    const [name] = inApi('AWS::ApiGatewayV2::DomainName', withDomain);

    expect(name).toEqual({
      DomainName: 'origin.writ.example.com',
      DomainNameConfigurations: [
        {
          CertificateArn: DOMAIN.originCertificateArn,
          EndpointType: 'REGIONAL',
          SecurityPolicy: 'TLS_1_2',
        },
      ],
    });

    expect(inApi('AWS::ApiGatewayV2::ApiMapping', withDomain)).toHaveLength(1);
  });

  it('is not there where there are no routes', () => {
    expect([...synthesize({ ...API, domain: DOMAIN }, []).keys()]).toEqual([]);
  });
});

describe('a table of routes', () => {
  const person = (method: Route['method'], path: string, operationId?: string): Route => ({
    method,
    path,
    authentication: 'person',
    operationId,
  });

  it('does not compile with an open route that has no limit', () => {
    // @ts-expect-error a limit is missing
    const route: Route = { method: 'GET', path: '/health', authentication: 'none' };
    expect(route).toBeDefined();
  });

  it('is as it should be', () =>
    expect(checkRoutes([...RUNS, ...LINKS, person('GET', '/.well-known/writ.json')])).toEqual([]));

  it('fails with a route that is there twice', () => {
    expect(
      checkRoutes([person('GET', '/runs'), person('POST', '/runs'), person('GET', '/runs')]),
    ).toEqual(['route GET /runs is listed twice']);
  });

  it('fails with paths that differ in the names of parameters only, whatever their methods', () => {
    expect(
      checkRoutes([
        person('GET', '/runs/{run}'),
        person('DELETE', '/runs/{id}'),
        person('GET', '/runs/mine'),
      ]),
    ).toEqual(['paths /runs/{run} and /runs/{id} differ only in the names of their parameters']);
  });

  it('fails with two operations of one name, and with a parameter twice in a path', () => {
    expect(checkRoutes([person('GET', '/a', 'read'), person('GET', '/b', 'read')])).toEqual([
      'operation id "read" is used by two routes',
    ]);
    expect(checkRoutes([person('GET', '/a/{id}/b/{id}')])).toEqual([
      'path /a/{id}/b/{id} has the parameter {id} twice',
    ]);
  });

  it.each([
    '',
    '/',
    'runs',
    '/runs/',
    '//runs',
    '/runs/{run',
    '/runs/{run}x',
    '/runs/{all+}',
    '/runs/..',
    '/runs?all',
    '/ru ns',
    '/{Run}',
  ])('fails with the malformed path "%s"', (path) => {
    expect(checkRoutes([person('GET', path)])).toEqual([
      `path "${path}" is malformed; expected a path like "/runs/{run}"`,
    ]);
  });

  it.each([
    { rate: 0, burst: 1 },
    { rate: 1, burst: 0 },
    { rate: 1, burst: 1.5 },
  ])('fails with the limit %j', (throttle) => {
    expect(checkRoutes([{ method: 'GET', path: '/a', authentication: 'none', throttle }])).toEqual([
      `the throttle of GET /a needs a rate above 0 and an integer burst of at least 1, got ${throttle.rate} and ${throttle.burst}`,
    ]);
  });
});

describe('the API fails, naming what is wrong,', () => {
  it('where nobody is configured who signs tokens', () => {
    expect(() => synthesize(undefined)).toThrow(
      /dev-euc1: an API needs a token issuer: `api` is missing/,
    );
  });

  it('with everything that is wrong with the table, over all groups', () => {
    const other: Route = { method: 'GET', path: '/runs/{id}', authentication: 'person' };
    const groups = [...GROUPS, group('http.other', [RUNS[0]!, other, { ...other, path: 'x' }])];

    expect(() => synthesize(API, groups)).toThrow(
      [
        'the routes are invalid:',
        '  - path "x" is malformed; expected a path like "/runs/{run}"',
        '  - route GET /runs is listed twice',
        '  - paths /runs/{run} and /runs/{id} differ only in the names of their parameters',
      ].join('\n'),
    );
  });

  it('with an open route that takes more than the whole API', () => {
    const loose: Route = {
      method: 'GET',
      path: '/health',
      authentication: 'none',
      throttle: { rate: 101, burst: 5 },
    };

    expect(() => synthesize(API, [group('http.health', [loose])])).toThrow(
      'the throttle of GET /health (101 per second, 5 at once) is above that of the whole API (100, 200)',
    );
  });

  it('with a function that may run for longer than API Gateway waits', () => {
    expect(() => synthesize(API, [group('http.slow', RUNS, Duration.seconds(30))])).toThrow(
      /http\.slow may run for 30 seconds; .* at most 29/,
    );
  });

  it('with more routes of one function than its policy has room for', () => {
    const many = Array.from(
      { length: 41 },
      (_, i): Route => ({ method: 'GET', path: `/many/${i}`, authentication: 'person' }),
    );

    expect(() => synthesize(API, [group('http.many', many)])).toThrow(
      'http.many answers 41 routes; one function can answer 40',
    );
    expect(() => synthesize(API, [group('http.many', many.slice(0, 21))])).toThrow(
      'http.many answers 21 routes (42 with HEAD); one function can answer 40',
    );
  });
});

describe('the edge', () => {
  const [distribution] = inEdge('AWS::CloudFront::Distribution');
  const config = distribution!.DistributionConfig;
  const secretId = idsOf(withDomain, 'writ-dev-euc1-Edge', 'AWS::SecretsManager::Secret')[0]!;

  it('is in us-east-1, and only where the API has names of its own', () => {
    expect(withDomain.get('writ-dev-euc1-Edge')!.region).toBe('us-east-1');
    expect(withDomain.get('writ-dev-euc1-Api')!.region).toBe('eu-central-1');
    expect(plain.has('writ-dev-euc1-Edge')).toBe(false);
  });

  it('shares nothing with the API by exports', () => {
    for (const { text } of withDomain.values())
      expect(text).not.toMatch(/Fn::ImportValue|"Export"|Custom::/);
  });

  it('has the firewall in front', () => {
    const [acl] = idsOf(withDomain, 'writ-dev-euc1-Edge', 'AWS::WAFv2::WebACL');
    expect(config.WebACLId).toEqual({ 'Fn::GetAtt': [acl, 'Arn'] });
  });

  it('speaks HTTPS only, to people and to the API', () => {
    expect(config.DefaultCacheBehavior.ViewerProtocolPolicy).toBe('https-only');
    expect(config.ViewerCertificate).toEqual({
      AcmCertificateArn: DOMAIN.certificateArn,
      MinimumProtocolVersion: 'TLSv1.2_2025',
      SslSupportMethod: 'sni-only',
    });

    expect(config).toMatchObject({ Aliases: ['writ.example.com'], HttpVersion: 'http2and3' });
    expect(config.Origins).toHaveLength(1);
    expect(config.Origins[0]).toMatchObject({
      DomainName: 'origin.writ.example.com',
      CustomOriginConfig: { OriginProtocolPolicy: 'https-only', OriginSSLProtocols: ['TLSv1.2'] },
    });
  });

  it('passes every method on, and keeps no answer, an error no more than another', () => {
    expect(config.DefaultCacheBehavior).toMatchObject({
      AllowedMethods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'POST', 'DELETE'],
      CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad', // Managed-CachingDisabled
      // Managed-AllViewerExceptHostHeader
      OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
    });

    expect(config.CustomErrorResponses).toEqual(
      [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((ErrorCode) => ({
        ErrorCode,
        ErrorCachingMinTTL: 0,
      })),
    );

    expect(config.CacheBehaviors).toBeUndefined();
  });

  it('adds the header of the origin, whose value comes from the vault and stands in no template', () => {
    const [header, ...others] = config.Origins[0].OriginCustomHeaders;
    expect(others).toEqual([]);
    expect(header.HeaderName).toBe('x-writ-origin');
    expect(written(header.HeaderValue)).toBe(
      `{{resolve:secretsmanager:${secretId}:SecretString:::}}`,
    );

    expect(inEdge('AWS::SecretsManager::Secret')).toEqual([
      {
        Description: expect.any(String),
        Name: 'writ-dev-euc1/api/origin-header',
        GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true },
        ReplicaRegions: [{ Region: 'eu-central-1' }],
      },
    ]);
  });

  it('replicates the value to no region where it is already', () => {
    const made = synthesize({ ...API, domain: DOMAIN }, GROUPS, { region: 'us-east-1' });
    expect(
      propertiesOf(made, 'writ-dev-use1-Edge', 'AWS::SecretsManager::Secret')[0]!.ReplicaRegions,
    ).toBeUndefined();
  });

  it('lets only functions of the environment and who deploys read the value', () => {
    const [policy] = inEdge('AWS::SecretsManager::ResourcePolicy');
    const secret = `arn:aws:secretsmanager:eu-central-1:${ACCOUNT}:secret:writ-dev-euc1/api/origin-header-AbCdEf`;
    const everything = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

    const reads = (role: string) =>
      getSecretValue(
        { role: `arn:aws:iam::${ACCOUNT}:role/${role}`, region: 'eu-central-1' },
        secret,
      ).every(
        (request) =>
          evaluate(request, { identity: [everything], resourcePolicy: policy!.ResourcePolicy })
            .decision === 'allowed',
      );

    expect(reads('writ/dev-euc1/writer/writ-dev-euc1_http_runs')).toBe(true);
    expect(reads('cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1')).toBe(true);
    expect(reads('Administrator')).toBe(false);
    expect(reads('writ/staging-euc1/writer/writ-staging-euc1_http_runs')).toBe(false);
  });

  it('tells browsers to use HTTPS, to show nothing as a page and to keep nothing', () => {
    const [headers] = inEdge('AWS::CloudFront::ResponseHeadersPolicy');

    expect(headers!.ResponseHeadersPolicyConfig).toMatchObject({
      Name: 'writ-dev-euc1',
      SecurityHeadersConfig: {
        StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, Override: true },
        ContentSecurityPolicy: {
          ContentSecurityPolicy: "default-src 'none'; frame-ancestors 'none'",
          Override: true,
        },
        ContentTypeOptions: { Override: true },
        FrameOptions: { FrameOption: 'DENY', Override: true },
        ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
      },
      CustomHeadersConfig: {
        Items: [{ Header: 'cache-control', Value: 'no-store', Override: true }],
      },
    });

    expect(config.DefaultCacheBehavior.ResponseHeadersPolicyId).toBeDefined();
  });

  it('keeps no log and no sample of requests: they hold addresses', () => {
    expect(config.Logging).toBeUndefined();
    expect(inEdge('AWS::WAFv2::LoggingConfiguration')).toEqual([]);
    expect(withDomain.get('writ-dev-euc1-Edge')!.text).not.toContain(
      '"SampledRequestsEnabled":true',
    );
  });

  it('fails without names to stand for, and in another region', () => {
    const app = new App({ context: APP_CONTEXT });

    expect(() => new EdgeStack(app, 'Nameless', environmentWith(API))).toThrow(
      /dev-euc1: CloudFront needs a domain: `api.domain` is missing/,
    );

    const environment = environmentWith({ ...API, domain: DOMAIN });
    const elsewhere = new Stack(app, 'Elsewhere', { env: { region: 'eu-central-1' } });

    expect(
      () => new Edge(elsewhere, 'Edge', { environment, arns: arnsOfSynthesized(environment) }),
    ).toThrow(
      'the edge has to be in us-east-1, where CloudFront looks for it, not in eu-central-1',
    );
  });
});

describe('the firewall', () => {
  const rulesOf = (made: Made) =>
    propertiesOf(made, 'writ-dev-euc1-Edge', 'AWS::WAFv2::WebACL')[0]!
      .Rules as Resource['Properties'][];

  it('asks the rules of AWS in order, and lets through what none refuses', () => {
    const [acl] = inEdge('AWS::WAFv2::WebACL');
    expect(acl).toMatchObject({ Scope: 'CLOUDFRONT', DefaultAction: { Allow: {} } });

    expect(rulesOf(withDomain).map(({ Priority, Name }) => [Priority, Name])).toEqual([
      [0, 'TooManyFromOneAddress'],
      [1, 'AWSManagedRulesAmazonIpReputationList'],
      [2, 'AWSManagedRulesKnownBadInputsRuleSet'],
      [3, 'AWSManagedRulesCommonRuleSet'],
    ]);
  });

  it('blocks by every one of them, except for the size of a body, which documents have', () => {
    for (const { Statement, OverrideAction } of rulesOf(withDomain).slice(1)) {
      const { Name, VendorName, RuleActionOverrides, ExcludedRules } =
        Statement.ManagedRuleGroupStatement;
      expect([VendorName, OverrideAction, ExcludedRules]).toEqual(['AWS', { None: {} }, undefined]);
      const counted = [{ Name: 'SizeRestrictions_BODY', ActionToUse: { Count: {} } }];
      expect(RuleActionOverrides).toEqual(Name === 'AWSManagedRulesCommonRuleSet' ? counted : []);
    }
  });

  it('lets one address have a fifth of what the API takes', () => {
    const limit = (made: Made) => rulesOf(made)[0]!.Statement.RateBasedStatement;

    expect(limit(withDomain)).toEqual({
      AggregateKeyType: 'IP',
      EvaluationWindowSec: 300,
      Limit: 6_000,
    });

    expect(rulesOf(withDomain)[0]!.Action).toEqual({
      Block: { CustomResponse: { ResponseCode: 429 } },
    });

    const slow = synthesize({ ...API, domain: DOMAIN, throttle: { rate: 5, burst: 10 } });
    expect(limit(slow).Limit).toBe(300);
  });
});

describe('the rules of others', () => {
  beforeEach(() => vi.stubEnv('CDK_VALIDATION', 'true'));
  afterEach(() => vi.unstubAllEnvs());

  it.each([API, { ...API, domain: DOMAIN }])(
    'find nothing that is not acknowledged with a reason',
    (api) => {
      const app = new App({ context: APP_CONTEXT, builtinCloudFormationValidation: true });
      placeApi(app, { environment: environmentWith(api), groups: GROUPS, bundles: INLINE });

      const { violations } = new AwsSolutionsChecks(app).validateScope(app);
      expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);

      const report = JSON.parse(
        readFileSync(join(app.synth().directory, 'validation-report.json'), 'utf8'),
      ) as { pluginReports: unknown[] };

      expect(report.pluginReports).toEqual([]);
    },
  );
});
