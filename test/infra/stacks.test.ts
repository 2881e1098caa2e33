import { Code } from 'aws-cdk-lib/aws-lambda';
import { describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { authoritiesOf, authorityOfVendor } from '#infra/authority.ts';
import { ceiling } from '#infra/ceiling.ts';
import type { Statement } from '#infra/statements.ts';
import refund from './refund.ts';
import { ARNS, asRead, DEV, list, type Resource, synthesize } from './template.ts';

const { assembly, raw, templates } = synthesize({
  automations: [invoice, refund],
  vendors: [bank],
  bundles: (name) => Code.fromInline(`export const handler = () => '${name}';`),
});
const resources = [...templates.values()].flatMap((template) => [...template]);
const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
const properties = (type: string) => ofType(type).map(([, { Properties }]) => Properties);
const functions = properties('AWS::Lambda::Function');
const roles = new Map(ofType('AWS::IAM::Role'));
const derived = [...authoritiesOf(invoice, ARNS), ...authoritiesOf(refund, ARNS), authorityOfVendor(bank, ARNS)];
const roleOf = (fn: Resource['Properties']): Resource['Properties'] => roles.get(String(fn.Role).split('.')[0]!)!.Properties;
const named = (what: string) => (each: { readonly name: string }) => `writ-dev_${each.name.replaceAll('.', '_')}` === what;

describe('the app', () => {
  it('synthesizes without asking AWS anything, and shares nothing by exports', () => {
    expect(assembly.manifest.missing).toBeUndefined();
    for (const template of raw.values()) expect(JSON.stringify(template)).not.toMatch(/Fn::ImportValue|"Export"/);
  });

  it('makes every function of every automation and vendor, whether a folder holds it or not', () => {
    expect([...templates.keys()].sort()).toEqual([
      'writ-dev-Automation-invoice-approval',
      'writ-dev-Automation-refund',
      'writ-dev-Ledger',
      'writ-dev-Vendors',
    ]);
    expect(functions.map((fn) => fn.FunctionName).sort()).toEqual(
      derived.map(({ name }) => `writ-dev_${name.replaceAll('.', '_')}`).sort(),
    );
  });

  it('runs every function on Node 24 and arm64, with no secret where environment variables are', () => {
    for (const fn of functions) {
      expect(fn).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' });
      expect(fn.Environment).toBeUndefined();
    }
  });

  it('stays far below the resources a stack can have', () => {
    for (const template of templates.values()) expect(template.size).toBeLessThan(400);
  });
});

describe('the role of a function', () => {
  it('is its own, shared with nothing', () => {
    expect(new Set(functions.map((fn) => fn.Role)).size).toBe(functions.length);
  });

  it.each(functions.map((fn) => [String(fn.FunctionName), fn]))('%s holds exactly what was derived', (name, fn) => {
    const role = roleOf(fn);
    const authority = derived.find(named(name))!;
    expect(role.ManagedPolicyArns).toBeUndefined();
    expect(role.Policies).toHaveLength(1);
    expect(asRead(role.Policies[0].PolicyDocument.Statement)).toEqual(asRead(authority.statements));
    expect(role.Path).toBe(authority.writer ? '/writ/dev/writer/' : '/writ/dev/');
    expect(role.PermissionsBoundary).toBe(ARNS.ceiling);
  });

  it('gets nothing from a policy beside it', () => {
    expect([...ofType('AWS::IAM::Policy'), ...ofType('AWS::IAM::UserPolicy')]).toEqual([]);
    expect(ofType('AWS::IAM::ManagedPolicy')).toHaveLength(1); // the ceiling
  });

  it('can be given no action beyond the ceiling, and each action under it is some function’s', () => {
    const most = ceiling(ARNS, DEV)[0]!.Action!;
    const granted = new Set(derived.flatMap(({ statements }) => statements.flatMap(({ Action = [] }) => Action)));
    expect([...granted].sort()).toEqual([...most].sort());
  });

  it('names no wildcard action and no bare resource, a schedule’s caller included', () => {
    for (const [, { Properties }] of roles)
      for (const { Action, Resource: on } of Properties.Policies[0].PolicyDocument.Statement as Statement[]) {
        for (const action of list(Action!)) expect(action).not.toContain('*');
        for (const resource of list(on)) expect(resource).not.toBe('*');
      }
  });

  it('is the only one to read the secret of its vendor', () => {
    const readers = derived.filter(({ statements }) =>
      statements.some(({ Resource: on }) => on.includes('secret writ/dev/vendor.bank/bank-api-token')),
    );
    expect(readers.map(({ name }) => name)).toEqual(['vendor.bank']);
    const [refusal] = properties('AWS::SecretsManager::ResourcePolicy')[0]!.ResourcePolicy.Statement;
    expect(refusal).toMatchObject({
      Effect: 'Deny',
      Action: 'secretsmanager:GetSecretValue',
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': ARNS.role('vendor.bank', false) } },
    });
  });
});

describe('the trail', () => {
  it('is only ever appended to', () => {
    const onTrail = derived
      .flatMap(({ statements }) => statements)
      .filter(({ Resource: on }) => on.some((arn) => arn.startsWith(ARNS.trail)));
    expect(onTrail.length).toBeGreaterThan(0);
    for (const { Action } of onTrail) expect(Action).toEqual(['dynamodb:PartiQLInsert']);
  });

  it('refuses changes by anybody, and entries by anybody but writers', () => {
    const trail = properties('AWS::DynamoDB::GlobalTable').find(({ TableName }) => TableName === 'writ-dev-trail')!;
    const [changes, entries] = trail.Replicas[0].ResourcePolicy.PolicyDocument.Statement;
    expect(changes).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' }, Resource: ARNS.trail });
    expect(changes.Action).toEqual(
      ['BatchWriteItem', 'DeleteItem', 'PartiQLDelete', 'PartiQLUpdate', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`),
    );
    expect(changes.Condition).toBeUndefined();
    expect(entries).toMatchObject({
      Effect: 'Deny',
      Action: 'dynamodb:PartiQLInsert',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/writ/dev/writer/*' } },
    });
    expect(trail.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
  });

  it('is kept like the state and the keys: deleted by no accident', () => {
    for (const [, table] of ofType('AWS::DynamoDB::GlobalTable')) {
      expect(table).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
      expect(table.Properties.Replicas[0]).toMatchObject({
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      });
    }
  });

  it('leaves a short way back for keys, no stream and no replica', () => {
    const keys = properties('AWS::DynamoDB::GlobalTable').find(({ TableName }) => TableName === 'writ-dev-keys')!;
    expect(keys.Replicas).toHaveLength(1);
    expect(keys.Replicas[0].PointInTimeRecoverySpecification.RecoveryPeriodInDays).toBe(3);
    expect(keys.StreamSpecification).toBeUndefined();
  });
});

describe('a queue', () => {
  const queues = properties('AWS::SQS::Queue');
  const timeoutOf = (name: string) => functions.find((fn) => fn.FunctionName === name)?.Timeout as number;

  it('hides a message for six times as long as its function may run', () => {
    for (const { QueueName, VisibilityTimeout } of queues) expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeoutOf(QueueName));
  });

  it('gives up after five times, to the one dead-letter queue of its automation', () => {
    for (const { QueueName, RedrivePolicy } of queues) {
      const [automation, part] = String(QueueName).replace('writ-dev_', '').split('_');
      if (part === 'dead') expect(RedrivePolicy).toBeUndefined();
      else expect(RedrivePolicy).toEqual({ deadLetterTargetArn: ARNS.queue(`${automation}.dead`), maxReceiveCount: 5 });
    }
  });

  it('is told message by message what comes again', () => {
    const mappings = properties('AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(queues.length);
    for (const mapping of mappings) expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('takes messages only from those whose authority says that they send to it', () => {
    const refused = new Map(
      properties('AWS::SQS::QueuePolicy').map(({ PolicyDocument }) => {
        const statement = PolicyDocument.Statement.find((each: Statement) => list(each.Action!).includes('sqs:SendMessage'));
        return [PolicyDocument.Statement[0].Resource, statement?.Condition.ArnNotEquals['aws:PrincipalArn']];
      }),
    );
    const senders = (...parts: [part: string, writer: boolean][]) =>
      parts.map(([part, writer]) => ARNS.role(`invoice-approval.${part}`, writer));
    expect(refused.get(ARNS.queue('invoice-approval.pay'))).toEqual(
      senders(['check-supplier', true], ['pay', true], ['intake', true], ['sweeper', false]),
    );
    expect(refused.get(ARNS.queue('invoice-approval.intake'))).toEqual(senders(['sweeper', false], ['timers', false]));
    expect(refused.get(ARNS.queue('invoice-approval.dead'))).toBeUndefined();
  });
});

it('calls sweeper and timers by a schedule whose role can call nothing else', () => {
  const callers = [...roles.values()].filter(({ Properties }) => String(Properties.RoleName).endsWith('_call'));
  expect(callers).toHaveLength(4);
  for (const { Properties } of callers) {
    expect(Properties.PermissionsBoundary).toBe(ARNS.ceiling);
    const fn = String(Properties.RoleName).replace('writ-dev_', '').replace('_call', '').replace('_', '.');
    expect(asRead(Properties.Policies[0].PolicyDocument.Statement)).toEqual({
      Action: 'lambda:InvokeFunction',
      Effect: 'Allow',
      Resource: ARNS.function(fn),
    });
  }
});
