import { describe, expect, it } from 'vitest';
import { SETTINGS } from '#functions/wiring/settings.ts';
import { authoritiesOfApi, GROUPS } from '#infra/authority/api-authority.ts';
import { authoritiesOf, authorityOfVendor } from '#infra/authority/authority.ts';
import { boundaryOf, statementsOfRole } from '#infra/authority/boundary.ts';
import { checkConfiguration } from '#infra/config/check-configuration.ts';
import type { Configuration, Environment } from '#infra/config/environment.ts';
import shipped from '#infra/config.ts';
import type { Arns } from '#infra/naming/arns.ts';
import { namesOf } from '#infra/naming/names.ts';
import brownfield from '#infra/samples/brownfield.ts';
import severalAccounts from '#infra/samples/several-accounts.ts';
import { target } from '#shared/engine/index.ts';
import { EVERYTHING } from './everything.ts';
import { ACCOUNT, API, allows, arnsOfSynthesized, asRead, list, synthesize } from './template.ts';

/** One in which people come in, by names of the environment's own. */
const inhabited: Configuration = {
  environments: [
    {
      name: 'staging',
      region: 'eu-central-1',
      account: ACCOUNT,
      api: {
        ...API,
        domain: {
          name: 'writ.example.com',
          certificateArn: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/people`,
          originName: 'origin.writ.example.com',
          originCertificateArn: `arn:aws:acm:eu-central-1:${ACCOUNT}:certificate/origin`,
        },
      },
    },
  ],
};
const environments = [
  ...checkConfiguration(inhabited),
  ...checkConfiguration(shipped),
  ...checkConfiguration(severalAccounts),
  ...checkConfiguration(brownfield),
];
const signsIn = (name: string) => GROUPS.some((group) => group === name) && name !== 'health';

/** Of secrets that another stack makes, a stack does not know how their ARNs end. */
const ofOthers = (arns: Arns): Arns => ({
  ...arns,
  secret: (fn, name) => arns.secret(fn, name).replace(/-AbCdEf$/, '-??????'),
});

function deployed(environment: Environment) {
  const { assembly, raw, templates } = synthesize(EVERYTHING, environment);
  const resources = [...templates.values()].flatMap((template) => [...template.values()]);
  const ofType = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  const arns = arnsOfSynthesized(environment);

  const derived = [
    ...EVERYTHING.automations.flatMap((flow) => authoritiesOf(flow, arns)),
    ...EVERYTHING.vendors.map((vendor) => authorityOfVendor(vendor, arns)),
    ...(environment.api === undefined
      ? []
      : authoritiesOfApi({
          automations: EVERYTHING.automations,
          arns: ofOthers(arns),
          cdn: environment.api.domain !== undefined,
        })),
  ];

  return { assembly, raw, resources, ofType, arns, derived, names: namesOf(environment) };
}

describe.each(
  environments.map(
    (environment) => [`${environment.estate.namePrefix} ${environment.id}`, environment] as const,
  ),
)('%s', (_, environment) => {
  const { assembly, raw, resources, ofType, arns, derived, names } = deployed(environment);
  const functions = ofType('AWS::Lambda::Function');
  const roleOf = (fn: (typeof functions)[number]) =>
    ofType('AWS::IAM::Role').find(
      ({ RoleName }) => RoleName === String(fn.Role).split('/').at(-1),
    )!;

  it('has room left in every stack', () => {
    for (const { Resources } of raw.values())
      expect(Object.keys(Resources).length).toBeLessThan(400);
  });

  it('synthesizes without asking AWS anything, and shares nothing by exports', () => {
    expect(assembly.manifest.missing).toBeUndefined();
    for (const template of raw.values())
      expect(JSON.stringify(template)).not.toMatch(/Fn::ImportValue|"Export"|Custom::/);
  });

  it('lies in its region and its account, its archive perhaps in another', () => {
    for (const stack of assembly.stacks) {
      expect(stack.environment.region).toBe(
        stack.stackName.endsWith('-Edge') ? 'us-east-1' : environment.region,
      );

      const account = stack.stackName.endsWith('-Archive')
        ? (environment.archive.account ?? environment.account)
        : environment.account;

      expect(stack.environment.account).toBe(account ?? 'unknown-account');
    }

    const regions = new Set(
      [
        ...JSON.stringify(resources).matchAll(/\b(?:us|eu|ap|ca|sa|me|af|il)(?:-[a-z]+)+-\d\b/g),
      ].map(([region]) => region),
    );

    const elsewhere = environment.api?.domain === undefined ? [] : ['us-east-1'];
    expect([...regions].sort()).toEqual([environment.region, ...elsewhere].sort());
  });

  it('gives each function exactly the statements that were derived, under its boundary', () => {
    expect(functions.map(({ FunctionName }) => FunctionName).sort()).toEqual(
      derived.map(({ name }) => names.function(name)).sort(),
    );

    for (const authority of derived) {
      const role = roleOf(
        functions.find(({ FunctionName }) => FunctionName === names.function(authority.name))!,
      );

      expect(role.ManagedPolicyArns).toBeUndefined();
      expect(role.Policies).toHaveLength(1);
      expect(asRead(role.Policies[0].PolicyDocument.Statement)).toEqual(
        asRead(statementsOfRole(authority, arns, environment)),
      );
      expect(role.PermissionsBoundary).toBe(arns.boundary);
      expect(role.Path).toBe(names.rolePath(authority.writer));
    }
  });

  it('has no role without the boundary, and no policy beside a role but the boundary', () => {
    for (const { PermissionsBoundary } of ofType('AWS::IAM::Role'))
      expect(PermissionsBoundary).toBe(arns.boundary);

    expect([...ofType('AWS::IAM::Policy'), ...ofType('AWS::IAM::UserPolicy')]).toEqual([]);

    const own = environment.estate.boundaryArn === undefined;

    expect(
      ofType('AWS::IAM::ManagedPolicy').map(({ PolicyDocument }) =>
        asRead(PolicyDocument.Statement),
      ),
    ).toEqual(own ? [asRead(boundaryOf(arns, environment))] : []);
  });

  it('keeps functions from the internet where egress is isolated, but for vendors’ and the one that fetches the issuer’s keys', () => {
    for (const fn of functions) {
      const inside =
        environment.egress.mode === 'isolated' &&
        !/_vendor_|_issuer$/.test(String(fn.FunctionName));

      expect(fn.VpcConfig === undefined).toBe(!inside);

      if (!inside) continue;

      expect(fn.VpcConfig.SubnetIds.length).toBeGreaterThanOrEqual(2);
      // each is an id that some stack keeps there
      expect(JSON.stringify(fn.VpcConfig)).not.toContain('parameter');
    }
  });

  it('runs only signed code where code is signed', () => {
    for (const fn of functions) {
      expect(fn.CodeSigningConfigArn === undefined).toBe(environment.codeSigning === undefined);

      if (environment.codeSigning === undefined) continue;

      expect(fn.Code).toEqual({
        S3Bucket: environment.codeSigning.bucket,
        S3Key: `${environment.codeSigning.prefix ?? ''}${'0'.repeat(64)}.zip`,
      });
    }

    for (const { CodeSigningPolicies } of ofType('AWS::Lambda::CodeSigningConfig'))
      expect(CodeSigningPolicies).toEqual({ UntrustedArtifactOnDeployment: 'Enforce' });
  });

  it('gives a function no tracing and no address of its own', () => {
    for (const fn of functions)
      expect([fn.TracingConfig, fn.Layers, fn.FileSystemConfigs]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    expect(ofType('AWS::Lambda::Url')).toEqual([]);
  });

  it('tells a function by its environment what names begin with, and account, key and issuer only where it needs them: no secret', () => {
    const { api } = environment;
    for (const { name, statements } of derived) {
      const may = (action: string) => statements.some(({ Action }) => Action?.includes(action));
      const { Environment } = functions.find(
        ({ FunctionName }) => FunctionName === names.function(name),
      )!;

      expect([name, Environment.Variables]).toEqual([
        name,
        {
          WRIT_PREFIX: names.prefix,
          WRIT_ACCOUNT: may('sqs:SendMessage') ? arns.account : undefined,
          WRIT_DATA_KEY: may('kms:Decrypt') ? arns.dataKey : undefined,
          WRIT_ISSUER: signsIn(name) || name === 'issuer' ? api?.issuer : undefined,
          ...(signsIn(name)
            ? {
                WRIT_AUDIENCE: api?.audience.join(' '),
                WRIT_FRONT: api?.domain ? 'cloudfront' : 'none',
              }
            : {}),
          WRIT_FIRST_ADMIN: name === 'people' ? api?.firstAdmin : undefined,
        },
      ]);
    }
  });

  it('tells a function what it takes for a setting', () => {
    const wanted = Object.values(SETTINGS);
    for (const { Environment } of functions) {
      for (const [variable, value] of Object.entries(Environment.Variables)) {
        const { like } = wanted.find((setting) => setting.variable === variable)!;
        expect(value, variable).toMatch(like);
      }
    }
  });

  it('keeps log lines for as long as it says, of every function', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    for (const { RetentionInDays } of groups)
      expect(RetentionInDays).toBe(environment.logRetentionDays);
    const named = groups.map(({ LogGroupName }) => LogGroupName);
    for (const { name } of derived) expect(named).toContain(names.logGroup(name));
  });

  it('keeps what holds data when its stack goes, and goes itself only when its protection is off', () => {
    const kept = [
      'AWS::DynamoDB::GlobalTable',
      'AWS::S3::Bucket',
      'AWS::SecretsManager::Secret',
      'AWS::Logs::LogGroup',
      'AWS::KMS::Key',
    ];

    // the secret that CloudFront proves itself by is worth nothing without the distribution
    const policies = resources
      .filter(
        ({ Type, Properties }) =>
          kept.includes(Type) && !String(Properties.Name).endsWith('/origin-header'),
      )
      .map((resource) => [resource.DeletionPolicy, resource.UpdateReplacePolicy]);

    expect(policies.length).toBeGreaterThan(20);
    for (const policy of policies) expect(policy).toEqual(['Retain', 'Retain']);

    for (const stack of assembly.stacks)
      expect(stack.terminationProtection).toBe(environment.deletionProtection);
  });

  it('tags every stack with its id, by which costs and deployments are told apart', () => {
    for (const stack of assembly.stacks)
      expect(stack.tags).toEqual({ 'writ:environment': environment.id });
  });

  it('lets nothing expire, streams the trail alone, and indexes by key what changes', () => {
    const tables = new Map(
      ofType('AWS::DynamoDB::GlobalTable').map((table) => [
        String(table.TableName).split('-').at(-1),
        table,
      ]),
    );

    for (const { TimeToLiveSpecification } of tables.values())
      expect(TimeToLiveSpecification).toBeUndefined();

    expect(
      [...tables].map(([name, { StreamSpecification }]) => [
        name,
        StreamSpecification?.StreamViewType,
      ]),
    ).toEqual([
      ['state', undefined],
      ['trail', 'NEW_AND_OLD_IMAGES'],
      ['keys', undefined],
    ]);

    const projections = (name: string) =>
      (
        tables.get(name)!.GlobalSecondaryIndexes as
          | { IndexName: string; Projection: { ProjectionType: string } }[]
          | undefined
      )?.map(({ IndexName, Projection }) => [IndexName, Projection.ProjectionType]);

    expect(projections('state')).toEqual([
      ['due', 'ALL'],
      ['sweep', 'ALL'],
      ['list', 'KEYS_ONLY'],
    ]);

    expect(projections('trail')).toEqual([['run', 'KEYS_ONLY']]);
    expect(projections('keys')).toBeUndefined();
  });

  it('keeps its archive from the public, versioned, and encrypted by no key that could be deleted', () => {
    const [archive] = ofType('AWS::S3::Bucket').filter(({ BucketName }) =>
      String(BucketName).includes('-archive-'),
    );

    expect(archive).toMatchObject({
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
        ],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('keeps its tables and its archive for as long as it says', () => {
    for (const { Replicas } of ofType('AWS::DynamoDB::GlobalTable')) {
      expect(Replicas[0].DeletionProtectionEnabled).toBe(environment.deletionProtection);
    }

    const [archive] = ofType('AWS::S3::Bucket').filter(({ BucketName }) =>
      String(BucketName).includes('-archive-'),
    );
    const { lock, days } = environment.archive;

    expect(archive?.ObjectLockConfiguration.Rule.DefaultRetention).toEqual({
      Mode: lock.toUpperCase(),
      Days: days,
    });

    expect(archive?.BucketName).toBe(
      names.archive(environment.archive.account ?? environment.account ?? ACCOUNT),
    );
  });

  it('uses the estate’s key where it brings one, and makes none beside it', () => {
    expect(ofType('AWS::KMS::Key')).toHaveLength(
      environment.estate.dataKeyArn === undefined ? 1 : 0,
    );
    expect(JSON.stringify(roleOf(functions[0]!))).not.toContain('parameter ');
  });
});

describe('a cell', () => {
  const cell = environments.find((environment) => environment.cell === 'acme')!;
  const { derived } = deployed(cell);
  const arns = arnsOfSynthesized(cell);
  const conditions = derived.flatMap(({ statements }) =>
    statements.map(({ Condition = {}, Sid }) => ({ Condition, Sid })),
  );

  it('confines every function to its workspace, in state and keys', () => {
    const key = (workspace: string) =>
      target.run({ automation: 'invoice-approval', workspace, run: 'r' });

    for (const { statements, name } of derived.filter(
      (fn) => fn.writer && fn.name.startsWith('invoice'),
    ))
      for (const [workspace, held] of [
        ['acme', true],
        ['beta', false],
        ['acme2', false],
      ] as const) // prettier-ignore
        expect([
          name,
          workspace,
          statements.some((statement) =>
            allows(statement, 'dynamodb:BatchGetItem', arns.state, key(workspace)),
          ),
        ]).toEqual([name, workspace, held]);

    const patterns = conditions.flatMap(({ Condition }) =>
      list(Condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []),
    );
    const ofWorkspaces = (patterns as string[]).filter((pattern) =>
      /^(?:run|fields|control|decision|gate|timer|claim|record|key|token)#/.test(pattern),
    );

    expect(ofWorkspaces.length).toBeGreaterThan(50);
    for (const pattern of ofWorkspaces) expect(pattern.split('#')).toContain('acme');
  });

  it('opens keys of its workspace only', () => {
    const decrypts = conditions.filter(({ Sid }) => Sid.startsWith('Unwrap'));
    expect(decrypts.length).toBeGreaterThan(0);
    for (const { Condition } of decrypts)
      expect(Condition.StringEquals?.['kms:EncryptionContext:workspace']).toBe('acme');
  });
});
