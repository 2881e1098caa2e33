import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { arnsOf } from '#infra/arns.ts';
import { ENVIRONMENTS } from '#infra/config.ts';
import { type Parts, placeStacks } from '#infra/stacks/place-stacks.ts';
import type { Statement } from '#infra/statements.ts';

export const DEV = ENVIRONMENTS[0]!;
/** ARNs as {@link plain} writes them. */
export const ARNS = arnsOf(DEV, {
  partition: 'aws',
  region: DEV.region,
  account: '111122223333',
  dataKey: 'the data key',
  secret: (fn, name) => `secret writ/dev/${fn}/${name}`,
});

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of many forms
  readonly Properties: Record<string, any>;
}

/** Synthesizes an environment and gives each template by stack name, with references written out. */
export function synthesize(parts: Parts) {
  const app = new App({ context: (JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> }).context });
  placeStacks(app, DEV, parts);
  const assembly = app.synth();
  const raw = assembly.stacks.map((stack) => [stack.stackName, stack.template] as const);
  return { assembly, raw: new Map(raw), templates: new Map(raw.map(([name, template]) => [name, plain(name, template)])) };
}

/** A template's resources, named within all templates, with every `Ref`, `Fn::GetAtt` and `Fn::Join` replaced by text. */
function plain(stack: string, { Resources }: { Resources: Record<string, Resource> }): Map<string, Resource> {
  const reference = (id: string, attribute = ''): string => {
    const target = Resources[id];
    if (id === 'AWS::AccountId') return '111122223333';
    if (id.startsWith('SsmParameterValue')) return 'the data key';
    if (target?.Type === 'AWS::SecretsManager::Secret') return `secret ${target.Properties.Name}`;
    if (target?.Type === 'AWS::SQS::Queue') return `arn:aws:sqs:${DEV.region}:111122223333:${target.Properties.QueueName}`;
    return `${stack}/${id}${attribute}`;
  };
  const write = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(write);
    if (typeof value !== 'object' || value === null) return value;
    const { Ref, 'Fn::GetAtt': got, 'Fn::Join': join } = value as Record<string, unknown>;
    if (typeof Ref === 'string') return reference(Ref);
    if (Array.isArray(got)) return reference(String(got[0]), `.${got[1]}`);
    if (Array.isArray(join)) return (write(join[1]) as string[]).join(String(join[0]));
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, write(inner)]));
  };
  return new Map(Object.entries(write(Resources) as Record<string, Resource>).map(([id, resource]) => [`${stack}/${id}`, resource]));
}

/** Statements as IAM reads them: one member and a list of one member are the same. */
export function asRead(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? asRead(value[0]) : value.map(asRead);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asRead(inner)]));
}

export const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** Whether a statement lets `action` happen to an item of that key, as far as action, table and key say. */
export function allows(statement: Statement, action: string, table: string, key: string): boolean {
  const keys = statement.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [];
  return (
    list(statement.Action ?? []).includes(action) &&
    list(statement.Resource).includes(table) &&
    list<string>(keys).some((pattern) => new RegExp(`^${pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*')}$`).test(key))
  );
}
