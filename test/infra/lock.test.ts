import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { difference } from '#cli/authority/changes/change.ts';
import { checkLock } from '#cli/authority/lock-file.ts';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import bank from '#functions/vendors/bank/vendor.ts';
import {
  type Environment,
  type EnvironmentConfig,
  environmentOf,
} from '#infra/config/environment.ts';
import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import { loadDeclarations } from '#infra/declarations/declared.ts';
import { authorityLock } from '#infra/lock/authority-lock.ts';
import { claimsOf } from '#infra/lock/claims.ts';
import { classesMinted, classesOpened } from '#infra/lock/classes.ts';
import { lockText } from '#infra/lock/lock-text.ts';
import {
  type AnyStatement,
  type LockedStatement,
  lockedStatement,
} from '#infra/lock/locked-statement.ts';
import { readLock } from '#infra/lock/read-lock.ts';
import { readersOf } from '#infra/lock/readers.ts';
import { arnsNowhere, NOWHERE } from '#infra/naming/placeholders.ts';
import refund from './made-up.ts';
import { ACCOUNT, API, INLINE, type Resource, synthesize, withApi } from './template.ts';

const PARTS = { automations: [invoice, refund], vendors: [bank] };
const lock = authorityLock(PARTS);
const ARNS = arnsNowhere(NOWHERE);

it('is in the repository as the declarations say', async () => {
  checkLock(authorityLock(await loadDeclarations()), join(import.meta.dirname, '../..'));
});

const ARCHIVE_ACCOUNT = '444455556666';

const DOMAIN = {
  name: 'writ.example.com',
  certificateArn: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/people`,
  originName: 'origin.writ.example.com',
  originCertificateArn: `arn:aws:acm:eu-central-1:${ACCOUNT}:certificate/origin`,
};

/**
 * Environments that differ in what they make of authority. A cell is the same with its workspace's
 * name in the place of `*`.
 */
const ENVIRONMENTS: readonly [what: string, settings: Partial<EnvironmentConfig>][] = [
  ['open egress', {}],
  ['isolated egress', { egress: { mode: 'isolated' } }],
  [
    'a boundary of the estate',
    { estate: { boundaryArn: `arn:aws:iam::${ACCOUNT}:policy/estate` } },
  ],
  ['an archive in another account', { account: ACCOUNT, archive: { account: ARCHIVE_ACCOUNT } }],
  ['findings that are told', { threatDetection: 'ours' }],
  ['requests through CloudFront', { api: { ...API, domain: DOMAIN } }],
];

describe.each(ENVIRONMENTS)('in an environment with %s', (_, settings) => {
  const environment = withApi(environmentOf({ name: 'dev', region: 'eu-central-1', ...settings }));

  const resources = [
    ...synthesize(
      { ...PARTS, bundles: INLINE, routes: API_ROUTES },
      environment,
    ).templates.values(),
  ].flatMap((template) => [...template]);

  it('every policy of every template is in the lock, statement by statement, and the other way round', () => {
    const [made, said] = [lines(inTemplates(resources, environment)), lines(inLock(environment))];
    expect(said.length).toBeGreaterThan(200);
    expect({ onlyInTemplates: difference(made, said), onlyInLock: difference(said, made) }).toEqual(
      {
        onlyInTemplates: [],
        onlyInLock: [],
      },
    );
  });

  it('no role holds what is no statement, and nothing is let in without one', () => {
    for (const [id, { Type, Properties }] of resources) {
      // which lets a route of the API call its function; that no more is let in is for the tests of
      // the API
      if (Type === 'AWS::Lambda::Permission')
        expect([id, Properties.Principal]).toEqual([id, 'apigateway.amazonaws.com']);
      else expect([id, Type]).toEqual([id, expect.not.stringMatching(/Permission$/)]);

      expect([id, Properties.ManagedPolicyArns]).toEqual([id, undefined]);
    }
  });

  it('every role has the name by which the lock calls it', () => {
    const roles = resources.flatMap(([, { Type, Properties }]) =>
      Type === 'AWS::IAM::Role'
        ? nowhere(
            `arn:aws:iam::{account}:role${Properties.Path}${Properties.RoleName}`,
            environment,
          )
        : [],
    );

    expect(roles).toEqual(
      expect.arrayContaining(Object.values(lock.functions).map(({ role }) => role)),
    );
  });
});

describe('the lock', () => {
  it('says nothing of any place', () => {
    expect(lockText(lock)).not.toMatch(/\b\d{12}\b|eu-central-1|euc1/);
  });

  it('gives names room that any environment gives them', () => {
    expect(NOWHERE.id.length).toBeLessThan(
      environmentOf({ name: 'dev', region: 'eu-west-1' }).id.length,
    );
  });

  it('has the form that Biome gives it, also at the edge of a line', () => {
    const list = (length: number) => ['x'.repeat(length)];
    const made = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `m${i}`,
        { first: list(60 + i), inner: { both: list(60 + i) }, last: list(60 + i) },
      ]),
    ) as unknown as Parameters<typeof lockText>[0];

    const text = lockText(made);
    const { stdout } = spawnSync(
      process.execPath,
      ['node_modules/@biomejs/biome/bin/biome', 'format', '--stdin-file-path=made.json'],
      { cwd: join(import.meta.dirname, '../..'), input: text, encoding: 'utf8' },
    );

    expect(stdout).toBe(text);
    expect(text.split('\n').map((line) => line.length)).toContain(100);
  });

  it('is read again as it was written, and refused when a member of it is not understood', () => {
    expect(readLock(lockText(lock), 'it')).toEqual(lock);

    const refused = [
      ['no JSON', '{'],
      ['no format', '[]'],
      ['of format "authority/0"', lockText(lock).replace('authority/1', 'authority/0')],
      [
        'at functions › invoice-approval.pay',
        lockText(lock).replace('"effect": "external"', '"effect": "magic"'),
      ],
      ['at automations', lockText(lock).replace('"automations"', '"others"')],
      [
        'at automations › invoice-approval › gates › approve-payment › waitsWhen',
        lockText(lock).replace(/"waitsWhen": \[[^\]]*\]/, '"waitsWhen": []'),
      ],
      [
        'at automations › invoice-approval',
        lockText(lock).replace('"supervisedBy"', '"somebody": "else", "supervisedBy"'),
      ],
      ['at callers', lockText(lock).replace('"callers"', '"others"')],
    ] as const;

    for (const [says, text] of refused) {
      expect(() => readLock(text, 'it')).toThrow(
        expect.objectContaining({
          code: 'authority.lock-format',
          message: expect.stringContaining(says),
        }),
      );
    }
  });

  it('writes what means the same in the same way', () => {
    const loose: AnyStatement = {
      Effect: 'Deny',
      Principal: '*',
      Action: ['b', 'a', 'b'],
      Resource: 'r',
      Condition: { X: { k: 'v' }, A: { z: ['2', '1'], y: '0' } },
    };

    expect(JSON.stringify(lockedStatement(loose))).toBe(
      '{"Effect":"Deny","Principal":{"AWS":["*"]},"Action":["a","b"],"Resource":["r"],"Condition":{"A":{"y":["0"],"z":["1","2"]},"X":{"k":["v"]}}}',
    );
    expect(lockedStatement(lockedStatement(loose))).toEqual(lockedStatement(loose));
  });

  it('names the fields of what is looked up, the hosts of a vendor and the input of an intake', () => {
    const { functions } = lock;

    expect(functions['invoice-approval.check-supplier']).toMatchObject({
      reads: { iban: 'financial' },
      lookups: { supplier: { name: 'internal', iban: 'financial' } },
      registers: ['invoice'],
      opens: ['financial'],
      mints: [],
      vendors: [],
    });

    expect(functions['vendor.bank']).toMatchObject({
      kind: 'vendor',
      hosts: ['api.bank.example'],
      secrets: ['bank-api-token'],
      inside: false,
    });

    expect(Object.keys(functions['invoice-approval.intake']!.writes)).toEqual(invoice.inputs);
    expect(functions['made-up.refund-now']).toMatchObject({
      effect: 'external',
      receivesFrom: expect.arrayContaining(['made-up.look', 'made-up.intake']),
    });
  });
});

describe('what the lock says of an automation', () => {
  const { [invoice.name]: said, [refund.name]: made } = lock.automations;

  it('is who decides, when, and before what', () => {
    expect(said).toMatchObject({
      version: 2,
      definition: invoice.definition,
      supervisedBy: 'Compliance Officer',
    });

    expect(said?.gates['approve-payment']).toMatchObject({
      decidedBy: ['Compliance Officer'],
      waitsWhen: expect.arrayContaining(['over-limit', 'arithmetic-wrong']),
      covers: ['pay'],
      onlyIf: [],
    });

    expect(said?.rules['over-limit']).toEqual({
      reads: ['payable', 'currency'],
      settings: { limit: 1_000_000 },
      says: 'the amount {payable:money} is over the limit {limit:money}',
    });

    expect(said?.fields.iban).toBe('financial');
    expect(said?.whose.iban).toBe('supplier');
    expect(said?.steps['tell-rejection']?.onlyIf).toEqual(['approve-payment is rejected']);
  });

  it('is on which ways a gate is, and who decides where it is not', () => {
    expect(made?.gates.second).toMatchObject({
      waitsWhen: 'always',
      covers: ['refund-now', 'bonus'],
      onlyIf: ['large hits'],
    });

    // behind the gates on one way, and on the other not; one decision covers one effect
    expect(made?.steps['refund-now']?.supervisedBy).toEqual(['Compliance Officer', 'Team Member']);
    expect(made?.steps.bonus?.supervisedBy).toEqual(['Compliance Officer']);
    expect(made?.steps.look).not.toHaveProperty('supervisedBy');
  });

  it('is who can read what is of a class, by the statements of every function', () => {
    expect(readersOf(lock, invoice.name, 'financial')).toEqual(
      ['check-supplier', 'pay', 'intake'].map((name) => `${invoice.name}.${name}`),
    );
    expect(readersOf(lock, invoice.name, 'health')).toEqual([]);
    expect(readersOf(lock, refund.name, 'health')).toEqual([
      `${refund.name}.look`,
      `${refund.name}.intake`,
    ]);

    expect(readersOf(lock, refund.name, 'internal')).toContain(`${refund.name}.refund-now`);
  });
});

describe('what is claimed of every function', () => {
  const NAME = 'invoice-approval.pay';

  const claims = (...statements: readonly AnyStatement[]) => {
    const fn = lock.functions[NAME]!;

    const changed = {
      ...lock,
      functions: {
        ...lock.functions,
        [NAME]: { ...fn, statements: [...fn.statements, ...statements.map(lockedStatement)] },
      },
    };

    return claimsOf(changed).flatMap(({ says, can }) => (can.includes(NAME) ? [says] : []));
  };

  const guarded = (
    Action: string,
    keys: readonly string[],
    Resource: string,
    more: Record<string, Record<string, readonly string[]>> = {},
  ): AnyStatement => ({
    ...{ Effect: 'Allow', Action, Resource },
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
      Null: { 'dynamodb:LeadingKeys': ['false'], ...more.Null },
      ...(more.only && { 'ForAllValues:StringEquals': more.only }),
    },
  });

  const decision = 'decision#invoice-approval#*#*.*';
  const mark = {
    only: { 'dynamodb:Attributes': ['pk', 'sk', 'sweepAt'] },
    Null: { 'dynamodb:Attributes': ['false'] },
  };

  it('holds of every function there is, but for those of the API that are there for it', () => {
    expect(
      Object.fromEntries(
        claimsOf(lock).flatMap(({ says, can }) => (can.length === 0 ? [] : [[says, can]])),
      ),
    ).toEqual({
      approve: ['gates'],
      "read or write another automation's data": ['runs', 'gates', 'automations', 'trail'],
      'read the trail': ['trail'],
      'read who people are and what they may do': [
        'runs',
        'gates',
        'automations',
        'trail',
        'people',
        'workspaces',
      ],
      'change who people are and what they may do': ['people'],
      "have a workspace's keys made": ['people', 'workspaces'],
    });
  });

  it.each<[string, AnyStatement, string[]]>([
    ['inserts a decision', guarded('dynamodb:PartiQLInsert', [decision], ARNS.state), ['approve']],
    ['replaces one', guarded('dynamodb:PartiQLUpdate', [decision], ARNS.state), ['approve']],
    ['removes one', guarded('dynamodb:PartiQLDelete', [decision], ARNS.state), ['approve']],
    ['marks one', guarded('dynamodb:PartiQLUpdate', [decision], ARNS.state, mark), []],
    [
      'marks one, or so it seems',
      guarded('dynamodb:PartiQLUpdate', [decision], ARNS.state, { only: mark.only }),
      ['approve'],
    ],
    ['reads one', guarded('dynamodb:GetItem', [decision], ARNS.state), []],
    [
      'writes a control',
      guarded('dynamodb:PartiQLUpdate', ['c*#invoice-approval#x'], ARNS.state),
      ['change a rollout', "read or write another automation's data"],
    ],
    [
      'changes an entry',
      guarded('dynamodb:PartiQLUpdate', [`${NAME}#*`], ARNS.trail),
      ['change or remove an entry'],
    ],
    [
      "writes another's pages",
      guarded('dynamodb:PartiQLInsert', ['invoice-approval.*'], ARNS.trail),
      ["write an entry in another's name"],
    ],
    [
      "reads another automation's runs",
      guarded('dynamodb:GetItem', ['run#made-up#*'], ARNS.state),
      ["read or write another automation's data"],
    ],
    [
      "finds another automation's runs",
      guarded('dynamodb:Query', ['sweep#made-up#*'], ARNS.index('sweep')),
      ["read or write another automation's data"],
    ],
    [
      'reads with a wildcard where the automation stands',
      guarded('dynamodb:GetItem', ['run#*'], ARNS.state),
      ["read or write another automation's data"],
    ],
    [
      'reads what names no key',
      { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: ARNS.state },
      ["read or write another automation's data", 'read who people are and what they may do'],
    ],
    [
      "reads another's secret",
      { Effect: 'Allow', Action: 'secretsmanager:Get*', Resource: '*' },
      ["read another's secret"],
    ],
    [
      'may do anything',
      { Effect: 'Allow', Action: '*', Resource: '*' },
      claimsOf(lock).map(({ says }) => says),
    ],
    [
      'may do anything but one thing',
      { Effect: 'Allow', NotAction: 's3:*', Resource: '*' },
      claimsOf(lock).map(({ says }) => says),
    ],
    ['is refused', { Effect: 'Deny', Action: '*', Resource: '*' }, []],
  ])('names what it can do when its role %s', (_, statement, expected) => {
    expect(claims(statement)).toEqual(expected);
  });
});

describe('the classes a function opens, and mints keys of', () => {
  const unwrap = (Condition: AnyStatement['Condition']): AnyStatement => ({
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: ARNS.dataKey,
    Condition,
  });

  it.each<[string, AnyStatement, string[], string[]]>([
    [
      'a class',
      unwrap({ StringEquals: { 'kms:EncryptionContext:class': 'health' } }),
      ['health'],
      [],
    ],
    ['a purpose', unwrap({ StringEquals: { 'kms:EncryptionContext:purpose': 'token' } }), [], []],
    ['neither', unwrap(undefined), ['personal', 'financial', 'health', 'confidential'], []],
    [
      'a pattern',
      unwrap({ StringLike: { 'kms:EncryptionContext:class': 'health' } }),
      ['personal', 'financial', 'health', 'confidential'],
      [],
    ],
    [
      'a key of subjects',
      { Effect: 'Allow', Action: 'dynamodb:*', Resource: ARNS.keys },
      [],
      ['personal', 'financial', 'health', 'confidential'],
    ],
  ])('are those its statements let it, where one names %s', (_, statement, opens, mints) => {
    const statements = [lockedStatement(statement)];
    expect([classesOpened(statements), classesMinted(statements)]).toEqual([opens, mints]);
  });
});

/** Text of a template with placeholders in the place of places. */
function nowhere(text: string, { id, region }: Environment): string {
  const places = {
    [id]: '{env}',
    [region]: '{region}',
    [ACCOUNT]: '{account}',
    'the-data-key': '{data-key}',
    '-AbCdEf': '-{drawn}',
  };
  return Object.entries(places).reduce(
    (known, [place, placeholder]) => known.replaceAll(place, placeholder),
    text,
  );
}

/** Statements of every policy in the templates, by what the lock calls what the policy is of. */
function inTemplates(
  resources: readonly (readonly [string, Resource])[],
  environment: Environment,
): Record<string, readonly LockedStatement[]> {
  const found: Record<string, readonly LockedStatement[]> = {};
  // whose rules are about requests
  for (const [id, resource] of resources.filter(([, { Type }]) => Type !== 'AWS::WAFv2::WebACL'))
    for (const { path, statements } of policiesIn(resource.Properties, '')) {
      const place = nowhere(
        placeOf(resource, path) ?? `${resource.Type} ${id}${path}`,
        environment,
      );

      const read = JSON.parse(
        nowhere(JSON.stringify(statements), environment).replaceAll(ARCHIVE_ACCOUNT, '{account}'),
      ) as AnyStatement[];

      found[place] = [...(found[place] ?? []), ...read.map(lockedStatement)];
    }

  return found;
}

/** Every policy document there is, wherever a resource keeps it. */
function* policiesIn(
  value: unknown,
  path: string,
): Iterable<{ readonly path: string; readonly statements: readonly AnyStatement[] }> {
  if (typeof value !== 'object' || value === null) return;
  if ('Statement' in value) yield { path, statements: [value.Statement].flat() as AnyStatement[] };
  else for (const [key, inner] of Object.entries(value)) yield* policiesIn(inner, `${path}.${key}`);
}

/** What the lock calls what a policy is of; nothing when it does not know it. */
function placeOf({ Type, Properties }: Resource, path: string): string | undefined {
  const fn = (name: string) => name.replace(/^writ-[a-z0-9-]+_/, '').replace('_', '.');
  switch (Type) {
    case 'AWS::IAM::Role': {
      const name = String(Properties.RoleName);
      const called = name.endsWith('-flows')
        ? 'caller network.flows'
        : name.endsWith('_call')
          ? `caller ${fn(name).replace(/_call$/, '')}`
          : `role ${fn(name)}`;

      return path === '.AssumeRolePolicyDocument' ? `trust of ${called}` : called;
    }
    case 'AWS::IAM::ManagedPolicy':
      return String(Properties.ManagedPolicyName).endsWith('-boundary') ? 'boundary' : undefined;
    case 'AWS::KMS::Key':
      return 'data key';
    case 'AWS::DynamoDB::GlobalTable':
      return String(Properties.TableName).split('-').at(-1);
    case 'AWS::S3::BucketPolicy':
      return 'archive';
    case 'AWS::SNS::TopicPolicy':
      return 'alarm topic';
    case 'AWS::SQS::QueuePolicy': {
      const names = (Properties.Queues as string[]).map((url) => fn(url.split('/').at(-1)!));
      return names.every((name) => name.endsWith('_dead'))
        ? `dead letters of ${names[0]!.split('.')[0]}`
        : `queue of ${names.join()}`;
    }
    case 'AWS::SecretsManager::ResourcePolicy': {
      const [, owner, name] = String(Properties.SecretId).split('/');
      return `secret ${name?.replace('-AbCdEf', '')} of ${owner}`;
    }
    case 'AWS::EC2::VPCEndpoint':
      return `endpoint of ${String(Properties.ServiceName).split('.').at(-1)}`;
    default:
      return undefined;
  }
}

/** What the lock says of an environment, by the same names. */
function inLock({
  egress,
  estate,
  archive,
  threatDetection,
  api,
}: Environment): Record<string, readonly LockedStatement[]> {
  const { functions, callers, everyRole, resources } = JSON.parse(
    JSON.stringify(lock).replaceAll('{archive-account}', '{account}'),
  ) as typeof lock;
  const isolated = egress.mode === 'isolated';
  const every = (name: string, applies = true) => (applies ? everyRole[name]! : []);

  const trust = (kind: string, automation = '') =>
    every(`trust of ${kind}`).map(
      (statement) =>
        JSON.parse(
          JSON.stringify(statement).replace('{automation}', automation),
        ) as LockedStatement,
    );

  const expected: Record<string, readonly LockedStatement[]> = {};

  for (const [name, { kind, statements, inside }] of Object.entries(functions)) {
    const added = [
      ...every(
        'role of the API behind CloudFront',
        api?.domain !== undefined && kind === 'http' && name !== 'health',
      ),
      ...every('role where egress is isolated', isolated && inside),
      ...every('role under a boundary of the estate', estate.boundaryArn !== undefined),
    ];

    expected[`role ${name}`] = [...statements, ...added];
    expected[`trust of role ${name}`] = trust('a function');
  }

  for (const [name, statements] of Object.entries(callers)) {
    const flows = name === 'network.flows';
    if (flows && !isolated) continue;

    expected[`caller ${name}`] = statements;
    expected[`trust of caller ${name}`] = flows
      ? trust('the record of flows')
      : trust('a schedule', name.split('.')[0]);
  }

  if (estate.boundaryArn === undefined) {
    const added = every('boundary where egress is isolated', isolated);
    const replaced = new Set(added.map(({ Sid }) => Sid));
    expected.boundary = [...every('boundary').filter(({ Sid }) => !replaced.has(Sid)), ...added];
  }

  const applies = {
    ' where egress is isolated': isolated,
    ' where findings are told': threatDetection !== 'none',
    ' where requests come through CloudFront': api?.domain !== undefined,
    ' in another account': archive.account !== undefined,
  };

  for (const [name, statements] of Object.entries(resources)) {
    const [where, holds] = Object.entries(applies).find(([ending]) => name.endsWith(ending)) ?? [
      '',
      true,
    ];

    const place = name.slice(0, name.length - where.length);
    if (holds) expected[place] = [...(expected[place] ?? []), ...statements];
  }

  return expected;
}

const lines = (of: Readonly<Record<string, readonly LockedStatement[]>>) =>
  Object.entries(of).flatMap(([place, statements]) =>
    statements.map((statement) => `${place}: ${JSON.stringify(statement)}`),
  );
