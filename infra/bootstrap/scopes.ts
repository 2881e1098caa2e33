import type { Statement } from '../authority/statements.ts';
import type { Environment } from '../config/environment.ts';
import { itemsIf } from '../config/items-if.ts';
import { type Arns, arnsOf } from '../naming/arns.ts';
import { namesOf } from '../naming/names.ts';
import type { BootstrapPlace } from './places.ts';

/** Resources and conditions of a statement. */
export type Reach = Pick<Statement, 'Resource' | 'Condition'>;

export type Scope = keyof ReturnType<typeof scopesOf>;

/** Returns the partition of a region, such as `aws`, which is part of every ARN. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}

/**
 * Returns the ARNs of an environment for roles outside its stacks, with patterns for ids that AWS
 * assigns.
 */
export function arnsAt(
  environment: Environment,
  { account, region }: Pick<BootstrapPlace, 'account' | 'region'>,
): Arns {
  const partition = partitionOf(region);
  return arnsOf(environment, {
    partition,
    region,
    account,
    dataKey: environment.estate.dataKeyArn ?? `arn:${partition}:kms:${region}:${account}:key/*`,
    secret: (fn, name) =>
      `arn:${partition}:secretsmanager:${region}:${account}:secret:${namesOf(environment).secret(fn, name)}-??????`,
  });
}

/**
 * Tag that shows which environment a resource belongs to, for resources without a name. Every stack
 * applies it to its resources.
 */
const TAG = 'writ:environment';

/** Services with endpoints in the isolated network. */
const ENDPOINTS = ['dynamodb', 'kms', 'lambda', 'secretsmanager', 'sqs'];

/** Services that assume roles of the environment. */
const USERS = {
  functions: 'lambda.amazonaws.com',
  schedules: 'scheduler.amazonaws.com',
  flows: 'vpc-flow-logs.amazonaws.com',
};

/**
 * Returns the scopes of CloudFormation's actions in a place, as narrow as IAM allows. Resources are
 * selected by name if the name is part of the ARN, otherwise by the environment's tag, otherwise by
 * account and region.
 */
export function scopesOf(environment: Environment, place: BootstrapPlace) {
  const { account, region } = place;
  const { id, codeSigning, api, egress } = environment;
  const originName = api?.domain?.originName;
  const names = namesOf(environment);
  const { prefix } = names;
  const arns = arnsAt(environment, place);
  const partition = partitionOf(region);
  const arn = (service: string, resource: string, where = region) =>
    `arn:${partition}:${service}:${where}:${account}:${resource}`;
  const inRegion = { StringEquals: { 'aws:RequestedRegion': region } };
  const functions = arn('lambda', `function:${prefix}_*`);
  const signingConfigs = arn('lambda', 'code-signing-config:*');
  const roles = [arns.roles(false)];
  const linked = (service: string) => arn('iam', `role/aws-service-role/${service}/*`, '');
  const guards = ['guardduty.amazonaws.com', 'malware-protection.guardduty.amazonaws.com'];
  const ec2 = (...kinds: readonly string[]) => kinds.map((kind) => arn('ec2', `${kind}/*`));

  const network = ec2(
    'route-table',
    'security-group',
    'subnet',
    'vpc',
    'vpc-endpoint',
    'vpc-flow-log',
  );

  const gateway = (path: string) => `arn:${partition}:apigateway:${region}::/${path}`;
  const user =
    egress.mode === 'isolated' && egress.network === undefined
      ? Object.values(USERS)
      : [USERS.functions, USERS.schedules];

  return {
    /** Read-only actions, and actions without a resource. */
    region: { Resource: ['*'], Condition: inRegion },

    tables: { Resource: [arns.state, arns.trail, `${arns.trail}/stream/*`, arns.keys] },
    archive: { Resource: [arns.archive], Condition: inRegion },
    logGroups: { Resource: [arn('logs', `log-group:/${prefix}/*`)] },
    secrets: { Resource: [arn('secretsmanager', `secret:${prefix}/*`)] },

    functions: { Resource: [functions] },
    /** With code signing, functions that accept unsigned code cannot be created or configured. */
    signedFunctions: {
      Resource: [functions],
      Condition:
        codeSigning === undefined
          ? undefined
          : { ArnLike: { 'lambda:CodeSigningConfigArn': signingConfigs } },
    },
    signingConfigs: { Resource: [signingConfigs] },
    /** Permissions in a function's resource policy. */
    calledFunctions: {
      Resource: [functions],
      Condition: { StringEquals: { 'lambda:Principal': 'apigateway.amazonaws.com' } },
    },
    /** Code of functions. With code signing, only objects in the bucket of signed bundles. */
    bundles:
      codeSigning === undefined
        ? {
            Resource: [`arn:${partition}:s3:::cdk-*-assets-${account}-${region}/*`],
            Condition: { StringEquals: { 'aws:ResourceAccount': account } },
          }
        : {
            Resource: [`arn:${partition}:s3:::${codeSigning.bucket}/${codeSigning.prefix ?? ''}*`],
          },
    mappings: { Resource: ['*'], Condition: { ArnLike: { 'lambda:FunctionArn': functions } } },
    mappingTags: { Resource: [arn('lambda', 'event-source-mapping:*')] },
    queues: { Resource: [arn('sqs', `${prefix}_*`)] },
    schedules: {
      Resource: [
        arn('scheduler', `schedule-group/${prefix}_*`),
        arn('scheduler', `schedule/${prefix}_*/${prefix}_*`),
      ],
    },

    roles: { Resource: roles },
    boundedRoles: {
      Resource: roles,
      Condition: { StringEquals: { 'iam:PermissionsBoundary': arns.boundary } },
    },
    passedRoles: { Resource: roles, Condition: { StringEquals: { 'iam:PassedToService': user } } },

    /** Parameters of the network's stack, without those of the administrator's stack. */
    parameters: {
      Resource: (['security-group-id', 'subnet-ids'] as const).map((what) =>
        arn('ssm', `parameter${names.parameter(what)}`),
      ),
    },
    readParameters: {
      Resource: [
        arn('ssm', `parameter/${prefix}/*`),
        arn('ssm', 'parameter/cdk-bootstrap/*/version'),
      ],
    },

    alarms: { Resource: [arn('cloudwatch', `alarm:${names.alarm('*')}`)] },
    dashboards: {
      Resource: ['', '-?', '-??'].map((page) =>
        arn('cloudwatch', `dashboard/${prefix}${page}`, ''),
      ),
    },
    topic: { Resource: [arns.alarmTopic, `${arns.alarmTopic}:*`] },
    subscriptions: {
      Resource: [arns.alarmTopic],
      Condition: { StringEquals: { 'sns:Protocol': 'email' } },
    },
    rules: { Resource: [arn('events', `rule/${names.stack('Watch')}-*`)] },
    detectors: { Resource: [arn('guardduty', 'detector/*')] },
    guardRoles: { Resource: guards.map(linked) },
    newGuardRoles: {
      Resource: guards.map(linked),
      Condition: { StringEquals: { 'iam:AWSServiceName': guards } },
    },
    budget: { Resource: [arn('budgets', `budget/${prefix}`, '')] },

    newNetwork: {
      Resource: network,
      Condition: { StringEquals: { [`aws:RequestTag/${TAG}`]: id } },
    },
    ownNetwork: {
      Resource: network,
      Condition: { StringEquals: { [`aws:ResourceTag/${TAG}`]: id } },
    },
    /**
     * Endpoints of AWS services that functions call. An endpoint of any other service could leak
     * data.
     */
    newEndpoints: {
      Resource: ec2('vpc-endpoint'),
      Condition: {
        StringEquals: { [`aws:RequestTag/${TAG}`]: id },
        StringLike: {
          'ec2:VpceServiceName': ENDPOINTS.map((service) => `*com.amazonaws.${region}.${service}`),
        },
      },
    },
    groupRules: { Resource: ec2('security-group-rule') },
    newNetworkTags: {
      Resource: network,
      Condition: {
        StringEquals: {
          'ec2:CreateAction': [
            'Vpc',
            'Subnet',
            'RouteTable',
            'SecurityGroup',
            'VpcEndpoint',
            'FlowLogs',
          ].map(created),
        },
      },
    },
    dnsFirewall: {
      Resource: ['config', 'domain-list', 'rule-group', 'rule-group-association'].map((kind) =>
        arn('route53resolver', `firewall-${kind}/*`),
      ),
    },

    api: {
      Resource: [
        'apis',
        'apis/*',
        'tags/*',
        ...itemsIf(
          originName !== undefined,
          'domainnames',
          `domainnames/${originName}`,
          `domainnames/${originName}/*`,
        ),
      ].map(gateway),
    },
    apiRole: {
      Resource: [linked('ops.apigateway.amazonaws.com')],
      Condition: { StringEquals: { 'iam:AWSServiceName': 'ops.apigateway.amazonaws.com' } },
    },

    /** The only secret whose value CloudFormation reads, to set CloudFront's header. */
    originHeader: {
      Resource: place.parts.includes('edge') ? [arns.secret('api', 'origin-header')] : [],
    },
    /** CloudFront is a global service, but requests to it have a region. */
    distributions: {
      Resource: [
        arn('cloudfront', 'distribution/*', ''),
        arn('cloudfront', 'response-headers-policy/*', ''),
      ],
    },
    firewalls: {
      Resource: [
        arn('wafv2', `global/webacl/${prefix}/*`),
        arn('wafv2', 'global/managedruleset/*/*'),
      ],
    },
  } satisfies Record<string, Reach>;
}

const created = (what: string) => `Create${what}`;
