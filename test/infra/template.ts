import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Statement } from '#infra/authority/statements.ts';
import type { Bundles } from '#infra/build/bundles.ts';
import {
  type ApiConfig,
  type Environment,
  type EnvironmentConfig,
  environmentOf,
} from '#infra/config/environment.ts';
import { arnsOf } from '#infra/naming/arns.ts';
import { type Parts, placeStacks } from '#infra/stacks/place-stacks.ts';

export const DEV = environmentOf({ name: 'dev', region: 'eu-central-1' });
/** Who signs people's tokens, in environments that say nothing of it themselves. */
export const API: ApiConfig = {
  issuer: 'https://id.example.com/',
  audience: ['writ', 'writ-cli'],
  firstAdmin: 'auth0|someone',
};
/** The same environment with the API in it. */
export const withApi = (environment: Environment, api = API): Environment => ({
  ...environment,
  api: environment.api ?? api,
});
export const ACCOUNT = '111122223333';

/** ARNs as {@link synthesize} writes them. */
export const arnsOfSynthesized = (environment: Environment) =>
  arnsOf(environment, {
    partition: 'aws',
    region: environment.region,
    account: environment.account ?? ACCOUNT,
    dataKey:
      environment.estate.dataKeyArn ??
      `arn:aws:kms:${environment.region}:${environment.account ?? ACCOUNT}:key/the-data-key`,
    secret: (fn, name) =>
      `arn:aws:secretsmanager:${environment.region}:${environment.account ?? ACCOUNT}:secret:${environment.estate.namePrefix}-${environment.id}/${fn}/${name}-AbCdEf`,
  });
export const ARNS = arnsOfSynthesized(DEV);

export const APP_CONTEXT = (
  JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }
).context;

/** Bundles that need no build. */
export const INLINE: Bundles = (name) => ({
  code: Code.fromInline(`export const handler = () => '${name}';`),
  sha256: '0'.repeat(64),
});

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of many forms
  readonly Properties: Record<string, any>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Parameters?: Record<string, { readonly Type: string; readonly Default?: string }>;
}

/**
 * Synthesizes an environment and gives each template by stack name, as it is and with every
 * reference written out.
 */
export function synthesize(parts: Parts, environment: Environment | EnvironmentConfig = DEV) {
  const app = new App({ context: APP_CONTEXT });
  const decided = 'id' in environment ? environment : environmentOf(environment);

  placeStacks(app, decided, parts);

  const assembly = app.synth();
  const raw = new Map(
    assembly.stacks.map((stack) => [stack.stackName, stack.template as Template]),
  );
  const place = { region: decided.region, account: decided.account ?? ACCOUNT };

  const templates = new Map(
    [...raw].map(([name, template]) => [
      name,
      resolved(name, template, { ...place, all: [...raw.values()] }),
    ]),
  );

  return { assembly, raw, templates, environment: decided };
}

interface Where {
  readonly region: string;
  readonly account: string;
  readonly all: readonly Template[];
}

/**
 * A template's resources, named within all templates, with every `Ref`, `Fn::GetAtt` and other
 * function replaced by its value.
 */
function resolved(stack: string, template: Template, where: Where): Map<string, Resource> {
  const { region, account } = where;

  const pseudo: Record<string, string> = {
    'AWS::AccountId': account,
    'AWS::Region': region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stack,
  };

  const reference = (id: string, attribute?: string): unknown => {
    const known = pseudo[id];
    if (known !== undefined) return known;
    const parameter = template.Parameters?.[id];
    if (parameter !== undefined)
      return fromParameter(parameter.Type, parameter.Default ?? '', where, stack);

    const target = template.Resources[id];

    return (
      (target === undefined ? undefined : referred(target, attribute, where, write)) ??
      `${stack}/${id}${attribute ?? ''}`
    );
  };

  const write = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(write);
    if (typeof value !== 'object' || value === null) return value;

    const {
      Ref,
      'Fn::GetAtt': got,
      'Fn::Join': join,
      'Fn::Select': select,
      'Fn::Split': split,
    } = value as Record<string, unknown>;
    if (typeof Ref === 'string') return reference(Ref);
    if (Array.isArray(got)) return reference(String(got[0]), String(got[1]));
    if (Array.isArray(join)) return (write(join[1]) as string[]).join(String(join[0]));
    if (Array.isArray(split)) return String(write(split[1])).split(String(split[0]));
    if (Array.isArray(select))
      return (write(select[1]) as unknown[])[Number(select[0])] ?? `zone ${select[0]}`;
    if ('Fn::GetAZs' in value) return ['a', 'b', 'c'].map((zone) => region + zone);

    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, write(inner)]));
  };

  return new Map(
    Object.entries(write(template.Resources) as Record<string, Resource>).map(([id, resource]) => [
      `${stack}/${id}`,
      resource,
    ]),
  );
}

/**
 * What `Ref` (no attribute) or `Fn::GetAtt` gives of a resource, for those that policies speak of.
 */
function referred(
  { Type, Properties }: Resource,
  attribute: string | undefined,
  { region, account }: Where,
  write: (value: unknown) => unknown,
) {
  const arn = (service: string, rest: string) => `arn:aws:${service}:${region}:${account}:${rest}`;
  const name = (property: string) => String(write(Properties[property]));

  const [ofRef, ofArn] = ((): readonly [string, string] | readonly [] => {
    switch (Type) {
      case 'AWS::DynamoDB::GlobalTable':
        return [name('TableName'), arn('dynamodb', `table/${name('TableName')}`)];
      case 'AWS::SQS::Queue':
        return [
          `https://sqs.${region}.amazonaws.com/${account}/${name('QueueName')}`,
          arn('sqs', name('QueueName')),
        ];
      case 'AWS::Lambda::Function':
        return [name('FunctionName'), arn('lambda', `function:${name('FunctionName')}`)];
      case 'AWS::IAM::Role':
        return [name('RoleName'), `arn:aws:iam::${account}:role${name('Path')}${name('RoleName')}`];
      case 'AWS::KMS::Key':
        return ['the-data-key', arn('kms', 'key/the-data-key')];
      case 'AWS::SecretsManager::Secret':
        return [arn('secretsmanager', `secret:${name('Name')}-AbCdEf`), ''];
      case 'AWS::S3::Bucket':
        return [name('BucketName'), `arn:aws:s3:::${name('BucketName')}`];
      case 'AWS::Logs::LogGroup':
        return [name('LogGroupName'), arn('logs', `log-group:${name('LogGroupName')}:*`)];
      case 'AWS::Scheduler::ScheduleGroup':
        return [name('Name'), arn('scheduler', `schedule-group/${name('Name')}`)];
      case 'AWS::SNS::Topic':
        return [arn('sns', name('TopicName')), arn('sns', name('TopicName'))];
      default:
        return [];
    }
  })();

  return attribute === undefined ? ofRef : attribute === 'Arn' ? ofArn : undefined;
}

/**
 * The value that CloudFormation will read from a parameter of Systems Manager: what one of the
 * stacks puts there.
 */
function fromParameter(type: string, name: string, where: Where, stack: string): unknown {
  for (const template of where.all)
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type !== 'AWS::SSM::Parameter' || Properties.Name !== name) continue;

      const value = resolved(
        stack,
        { Resources: { ...template.Resources, it: { Type, Properties } } },
        where,
      ).get(`${stack}/it`);

      return type.includes('List')
        ? String(value?.Properties.Value).split(',')
        : value?.Properties.Value;
    }

  return `parameter ${name}`;
}

/** Statements as IAM reads them: one member and a list of one member are the same. */
export function asRead(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? asRead(value[0]) : value.map(asRead);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asRead(inner)]));
}

export const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? value : [value as T];

/**
 * Whether a statement lets `action` happen to an item of that key, as far as action, table and key
 * say.
 */
export function allows(statement: Statement, action: string, table: string, key: string): boolean {
  const keys = statement.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [];
  return (
    list(statement.Action ?? []).includes(action) &&
    list(statement.Resource).includes(table) &&
    list<string>(keys).some((pattern) =>
      new RegExp(`^${pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*')}$`).test(key),
    )
  );
}
