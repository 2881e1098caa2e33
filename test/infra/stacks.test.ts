import { describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import { authoritiesOfApi } from '#infra/authority/api-authority.ts';
import { authoritiesOf, authorityOfVendor } from '#infra/authority/authority.ts';
import { boundaryOf, statementsOfRole } from '#infra/authority/boundary.ts';
import type { Statement } from '#infra/authority/statements.ts';
import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import refund from './made-up.ts';
import { ARNS, asRead, DEV, INLINE, list, type Resource, synthesize, withApi } from './template.ts';

const { assembly, raw, templates } = synthesize(
  { automations: [invoice, refund], vendors: [bank], bundles: INLINE, routes: API_ROUTES },
  withApi(DEV),
);
const resources = [...templates.values()].flatMap((template) => [...template]);
const ofType = (type: string) => resources.filter(([, { Type }]) => Type === type);
const properties = (type: string) => ofType(type).map(([, { Properties }]) => Properties);
const functions = properties('AWS::Lambda::Function');
const roles = new Map(ofType('AWS::IAM::Role'));
const api = authoritiesOfApi({ automations: [invoice, refund], arns: ARNS, cdn: false });
const derived = [
  ...authoritiesOf(invoice, ARNS),
  ...authoritiesOf(refund, ARNS),
  authorityOfVendor(bank, ARNS),
  ...api,
];
const roleOf = (fn: Resource['Properties']): Resource['Properties'] =>
  [...roles.values()].find(
    ({ Properties }) => Properties.RoleName === String(fn.Role).split('/').at(-1),
  )!.Properties;
const queueArn = (name: string) => `arn:aws:sqs:eu-central-1:111122223333:${name}`;
const named = (what: string) => (each: { readonly name: string }) =>
  `writ-dev-euc1_${each.name.replaceAll('.', '_')}` === what;

describe('the app', () => {
  it('synthesizes without asking AWS anything, and shares nothing by exports', () => {
    expect(assembly.manifest.missing).toBeUndefined();
    for (const template of raw.values())
      expect(JSON.stringify(template)).not.toMatch(/Fn::ImportValue|"Export"/);
  });

  it('makes every function of every automation and vendor, whether a folder holds it or not', () => {
    expect([...templates.keys()].sort()).toEqual([
      'writ-dev-euc1-Api',
      'writ-dev-euc1-Archive',
      'writ-dev-euc1-Automation-invoice-approval',
      'writ-dev-euc1-Automation-made-up',
      'writ-dev-euc1-Keys',
      'writ-dev-euc1-Ledger',
      'writ-dev-euc1-Vendors',
      'writ-dev-euc1-Watch',
    ]);
    expect(functions.map((fn) => fn.FunctionName).sort()).toEqual(
      derived.map(({ name }) => `writ-dev-euc1_${name.replaceAll('.', '_')}`).sort(),
    );
  });

  it('runs every function on Node 24 and arm64, with no secret where environment variables are', () => {
    for (const fn of functions) {
      expect(fn).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
      });
      expect(
        Object.keys(fn.Environment.Variables).filter(
          (name) =>
            !/^WRIT_(?:PREFIX|ACCOUNT|DATA_KEY|ISSUER|AUDIENCE|FRONT|FIRST_ADMIN)$/.test(name),
        ),
      ).toEqual([]);
    }
  });

  it('lets Lambda go on where a step puts its message back, which is counted in the run, and nowhere else', () => {
    for (const fn of functions) {
      const { sendsTo, name } = derived.find(named(String(fn.FunctionName)))!;
      expect([name, fn.RecursiveLoop]).toEqual([
        name,
        sendsTo.includes(name) ? 'Allow' : undefined,
      ]);
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

  it.each(functions.map((fn) => [String(fn.FunctionName), fn]))(
    '%s holds exactly what was derived',
    (name, fn) => {
      const role = roleOf(fn);
      const authority = derived.find(named(name))!;

      expect(role.ManagedPolicyArns).toBeUndefined();
      expect(role.Policies).toHaveLength(1);
      expect(asRead(role.Policies[0].PolicyDocument.Statement)).toEqual(
        asRead(statementsOfRole(authority, ARNS, DEV)),
      );
      expect(role.Path).toBe(authority.writer ? '/writ/dev-euc1/writer/' : '/writ/dev-euc1/');
      expect(role.PermissionsBoundary).toBe(ARNS.boundary);
    },
  );

  it('gets nothing from a policy beside it', () => {
    expect([...ofType('AWS::IAM::Policy'), ...ofType('AWS::IAM::UserPolicy')]).toEqual([]);
    expect(ofType('AWS::IAM::ManagedPolicy')).toHaveLength(1); // the boundary
  });

  it('can be given no action beyond the boundary, and each action under it is some function’s', () => {
    const most = boundaryOf(ARNS, DEV)[0]!.Action!;
    const granted = new Set(
      derived.flatMap(({ statements }) => statements.flatMap(({ Action = [] }) => Action)),
    );
    expect([...granted].sort()).toEqual([...most].sort());
  });

  it('names no wildcard action and no bare resource, a schedule’s caller included', () => {
    for (const [, { Properties }] of roles)
      for (const { Action, Resource: on } of Properties.Policies[0].PolicyDocument
        .Statement as Statement[]) {
        for (const action of list(Action!)) expect(action).not.toContain('*');
        for (const resource of list(on)) expect(resource).not.toBe('*');
      }
  });

  it('is the only one to read the secret of its vendor', () => {
    const readers = derived.filter(({ statements }) =>
      statements.some(({ Resource: on = [] }) =>
        on.includes(ARNS.secret('vendor.bank', 'bank-api-token')),
      ),
    );

    expect(readers.map(({ name }) => name)).toEqual(['vendor.bank']);

    const [refusal] = properties('AWS::SecretsManager::ResourcePolicy')[0]!.ResourcePolicy
      .Statement;

    expect(refusal).toMatchObject({
      Effect: 'Deny',
      Action: 'secretsmanager:GetSecretValue',
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': ARNS.role('vendor.bank', false) } },
    });
  });
});

describe('the trail', () => {
  it('is only ever appended to, and read by one function', () => {
    const onTrail = derived
      .flatMap(({ name, statements }) =>
        statements.filter(({ Sid }) => name !== 'trail' || !/^(?:Find|Read)Entries$/.test(Sid)),
      )
      .filter(({ Resource: on = [] }) => on.some((arn) => arn.startsWith(ARNS.trail)));
    expect(onTrail.length).toBeGreaterThan(0);
    for (const { Action } of onTrail) expect(Action).toEqual(['dynamodb:PartiQLInsert']);
  });

  it('refuses changes by anybody, and entries by anybody but writers', () => {
    const trail = properties('AWS::DynamoDB::GlobalTable').find(
      ({ TableName }) => TableName === 'writ-dev-euc1-trail',
    )!;
    const [changes, entries] = trail.Replicas[0].ResourcePolicy.PolicyDocument.Statement;

    expect(changes).toMatchObject({
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Resource: ARNS.trail,
    });

    expect(changes.Action).toEqual(
      [
        'BatchWriteItem',
        'DeleteItem',
        'PartiQLDelete',
        'PartiQLUpdate',
        'PutItem',
        'UpdateItem',
      ].map((action) => `dynamodb:${action}`),
    );

    expect(changes.Condition).toBeUndefined();

    expect(entries).toMatchObject({
      Effect: 'Deny',
      Action: 'dynamodb:PartiQLInsert',
      Condition: {
        ArnNotLike: {
          'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/writ/dev-euc1/writer/*'],
        },
      },
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
    const keys = properties('AWS::DynamoDB::GlobalTable').find(
      ({ TableName }) => TableName === 'writ-dev-euc1-keys',
    )!;
    expect(keys.Replicas).toHaveLength(1);
    expect(keys.Replicas[0].PointInTimeRecoverySpecification.RecoveryPeriodInDays).toBe(3);
    expect(keys.StreamSpecification).toBeUndefined();
  });
});

describe('a queue', () => {
  const queues = properties('AWS::SQS::Queue').filter(
    ({ RedrivePolicy }) => RedrivePolicy !== undefined,
  );
  const deadLetterQueues = properties('AWS::SQS::Queue').filter(
    ({ RedrivePolicy }) => RedrivePolicy === undefined,
  );
  const timeoutOf = (name: string) =>
    functions.find((fn) => fn.FunctionName === name)?.Timeout as number;

  it('is there for each function that is woken by messages', () => {
    const behind = [...invoice.steps.keys(), 'intake'].map(
      (part) => `writ-dev-euc1_invoice-approval_${part}`,
    );
    const names = queues
      .map(({ QueueName }) => String(QueueName))
      .filter((name) => name.includes('invoice-approval'));
    expect(names.sort()).toEqual(behind.sort());
  });

  it('hides a message for six times as long as its function may run', () => {
    for (const { QueueName, VisibilityTimeout } of queues)
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeoutOf(QueueName));

    for (const { QueueName, VisibilityTimeout } of deadLetterQueues) {
      const [prefix, automation] = String(QueueName).split('_');
      expect(VisibilityTimeout).toBeGreaterThanOrEqual(
        6 * timeoutOf(`${prefix}_${automation}_dead`),
      );
    }
  });

  it('gives up after five times, to a dead-letter queue of its own that takes from no other', () => {
    expect(deadLetterQueues).toHaveLength(queues.length);

    for (const { QueueName, RedrivePolicy } of queues) {
      expect(RedrivePolicy).toEqual({
        deadLetterTargetArn: `${queueArn(QueueName)}_dead`,
        maxReceiveCount: 5,
      });

      const dead = deadLetterQueues.find((queue) => queue.QueueName === `${QueueName}_dead`);

      expect(dead?.RedriveAllowPolicy).toEqual({
        redrivePermission: 'byQueue',
        sourceQueueArns: [queueArn(QueueName)],
      });
    }
  });

  it('is told message by message what comes again', () => {
    const mappings = properties('AWS::Lambda::EventSourceMapping');
    expect(mappings).toHaveLength(queues.length + deadLetterQueues.length);
    for (const mapping of mappings)
      expect(mapping.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  it('takes messages only from those whose authority says that they send to it', () => {
    const refused = new Map(
      properties('AWS::SQS::QueuePolicy').map(({ PolicyDocument }) => {
        const statement = PolicyDocument.Statement.find((each: Statement) =>
          list(each.Action!).includes('sqs:SendMessage'),
        );
        return [
          PolicyDocument.Statement[0].Resource,
          statement?.Condition.ArnNotEquals['aws:PrincipalArn'],
        ];
      }),
    );

    const senders = (...parts: [part: string, writer: boolean][]) =>
      parts.map(([part, writer]) => ARNS.role(`invoice-approval.${part}`, writer));

    expect(refused.get(ARNS.queue('invoice-approval.pay'))).toEqual(
      senders(['match-order', true], ['pay', true], ['intake', true], ['sweeper', false]),
    );
    expect(refused.get(ARNS.queue('invoice-approval.intake'))).toEqual([
      ...senders(['sweeper', false], ['timers', false]),
      ARNS.role('gates', true),
    ]);
  });
});

it('calls sweeper and timers by a schedule whose role can call nothing else', () => {
  const callers = [...roles.values()].filter(({ Properties }) =>
    String(Properties.RoleName).endsWith('_call'),
  );

  expect(callers).toHaveLength(4);

  for (const { Properties } of callers) {
    expect(Properties.PermissionsBoundary).toBe(ARNS.boundary);

    const fn = String(Properties.RoleName)
      .replace('writ-dev-euc1_', '')
      .replace('_call', '')
      .replace('_', '.');

    expect(asRead(Properties.Policies[0].PolicyDocument.Statement)).toEqual({
      Sid: 'CallFunction',
      Action: 'lambda:InvokeFunction',
      Effect: 'Allow',
      Resource: ARNS.function(fn),
    });
  }
});
