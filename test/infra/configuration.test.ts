import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfiguration } from '#infra/config/check-configuration.ts';
import type { Configuration } from '#infra/config/environment.ts';
import { type EnvironmentConfig, environmentOf } from '#infra/config/environment.ts';
import type { ConfigurationError } from '#infra/config/errors.ts';
import shipped from '#infra/config.ts';
import { namesOf } from '#infra/naming/names.ts';
import brownfield from '#infra/samples/brownfield.ts';
import severalAccounts from '#infra/samples/several-accounts.ts';

const PROD = '333344445555';
const dev: EnvironmentConfig = { name: 'dev', region: 'eu-central-1' };
const prod = {
  name: 'prod',
  region: 'eu-central-1',
  account: PROD,
  alarms: { emails: ['operations@example.com'] },
  monthlyBudgetUsd: 100,
  codeSigning: {
    profileVersionArns: [`arn:aws:signer:eu-central-1:${PROD}:/signing-profiles/p/v`],
    bucket: 'signed',
  },
} satisfies EnvironmentConfig;

function problems(configuration: Configuration, deployer?: string): readonly string[] {
  try {
    checkConfiguration(configuration, deployer);
    return [];
  } catch (error) {
    return (error as ConfigurationError).problems;
  }
}
const ofOne = (environment: EnvironmentConfig) => problems({ environments: [environment] });

describe('a configuration', () => {
  it.each([
    ['the one that is shipped', shipped],
    ['several accounts, regions and a cell', severalAccounts],
    ['an existing estate', brownfield],
    ['one prod environment', { environments: [prod] }],
  ] satisfies [string, Configuration][])('is accepted: %s', (_, configuration) => {
    expect(problems(configuration)).toEqual([]);
  });

  it('is refused as a whole, with everything that is wrong with it', () => {
    const broken: Configuration = {
      environments: [
        { ...prod, deletionProtection: false, logRetentionDays: 7 },
        { ...dev, account: PROD },
      ],
    };

    expect(() => checkConfiguration(broken)).toThrow(
      [
        'the configuration is refused:',
        '  - prod-euc1: prod needs deletion protection on its tables',
        '  - prod-euc1: prod keeps log lines for at least 90 days, not 7',
        `  - dev-euc1: account ${PROD} is a production account; only prod may be deployed to it`,
      ].join('\n'),
    );
  });

  it('is refused with two threat detectors where there can be one', () => {
    expect(problems({ environments: [prod, { ...prod, cell: 'acme' }] })).toEqual([
      `prod-euc1, prod-euc1-acme: each create a threat detector in account ${PROD}, region eu-central-1; set \`threatDetection\` of all but one to "estate"`,
    ]);
    expect(
      problems({ environments: [prod, { ...prod, cell: 'acme', threatDetection: 'estate' }] }),
    ).toEqual([]);
  });

  it('is refused without an environment, and with one that is listed twice', () => {
    expect(problems({ environments: [] })).toEqual([
      expect.stringMatching(/^environments: Too small/),
    ]);
    expect(problems({ environments: [dev, dev] })).toEqual([
      'dev-euc1: is listed 2 times; an id is name, region and cell',
    ]);
  });
});

describe('two environments share no', () => {
  const key = 'arn:aws:kms:eu-central-1:333344445555:key/k';
  const network = { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] };
  const staging: EnvironmentConfig = {
    name: 'staging',
    region: 'eu-central-1',
    account: '222233334444',
  };

  it('data key, not even two cells of one environment', () => {
    const cell = (name: string) =>
      ({ ...prod, cell: name, threatDetection: 'estate', estate: { dataKeyArn: key } }) as const;
    expect(problems({ environments: [cell('acme'), cell('beta')] })).toEqual([
      `prod-euc1-acme and prod-euc1-beta: share the data key ${key}; each needs its own`,
    ]);
  });

  it('network, signer or bucket of signed code, unless they are regions or cells of one', () => {
    const inNetwork = { egress: { mode: 'isolated', network } } as const;
    const signed = { codeSigning: prod.codeSigning };

    expect(
      problems({
        environments: [
          { ...prod, ...inNetwork, cell: 'acme', threatDetection: 'estate' },
          { ...prod, ...inNetwork },
        ],
      }),
    ).toEqual([]);

    expect(
      problems({
        environments: [
          { ...prod, ...inNetwork },
          { ...staging, ...inNetwork, ...signed },
        ],
      }),
    ).toEqual([
      'prod-euc1 and staging-euc1: share the subnet subnet-1; each needs its own',
      'prod-euc1 and staging-euc1: share the subnet subnet-2; each needs its own',
      'prod-euc1 and staging-euc1: share the security group sg-1; each needs its own',
      `prod-euc1 and staging-euc1: share the signing profile ${prod.codeSigning.profileVersionArns[0]}; each needs its own`,
      'prod-euc1 and staging-euc1: share the bucket of signed bundles signed; each needs its own',
    ]);
  });

  it('API name', () => {
    const cert = (region: string) => `arn:aws:acm:${region}:${PROD}:certificate/c`;

    const domain = {
      name: 'writ.example.com',
      originName: 'origin.writ.example.com',
      certificateArn: cert('us-east-1'),
      originCertificateArn: cert('eu-central-1'),
    };

    const api = { issuer: 'https://login.example.com', audience: ['writ'], domain };

    expect(
      problems({
        environments: [
          { ...prod, api },
          { ...prod, api, cell: 'acme', threatDetection: 'estate' },
        ],
      }),
    ).toEqual([
      'prod-euc1 and prod-euc1-acme: share the API name writ.example.com; each needs its own',
      'prod-euc1 and prod-euc1-acme: share the API name origin.writ.example.com; each needs its own',
    ]);

    expect(
      ofOne({
        ...prod,
        api: { ...api, domain: { ...domain, originCertificateArn: cert('eu-west-1') } },
      }),
    ).toEqual([
      expect.stringMatching(
        /certificate of the origin .* is in region "eu-west-1", and must be in "eu-central-1"$/,
      ),
    ]);
  });

  it('audience of tokens, so that one that is good in dev is not good in prod', () => {
    const api = { issuer: 'https://login.example.com', audience: ['writ'] };

    const staging: EnvironmentConfig = {
      name: 'staging',
      region: 'eu-central-1',
      account: '222233334444',
      api,
    };

    expect(problems({ environments: [{ ...dev, api }, staging] })).toEqual([
      'dev-euc1 and staging-euc1: share the audience writ of https://login.example.com; each needs its own',
    ]);
  });

  it('path of roles, nor does one lie below another’s', () => {
    const below = {
      ...prod,
      cell: 'acme',
      threatDetection: 'estate',
      estate: { rolePath: '/writ/prod-euc1/' },
    } as const;

    expect(problems({ environments: [prod, below] })).toEqual([
      'prod-euc1-acme: its role path /writ/prod-euc1/prod-euc1-acme/ is inside /writ/prod-euc1/ of prod-euc1',
    ]);
  });

  it('name: whatever the environments are called, no resource of one is named like one of another', () => {
    const names = fc.constantFrom('dev' as const, 'staging' as const, 'prod' as const);

    const regions = fc.constantFrom(
      'eu-central-1',
      'eu-west-1',
      'us-east-1',
      'ap-southeast-2',
      'ap-south-1',
      'us-gov-west-1',
    );

    const cells = fc.option(fc.stringMatching(/^[a-z][a-z0-9-]{0,7}$/), { nil: undefined });
    const place = fc.record({ name: names, region: regions, cell: cells });

    fc.assert(
      fc.property(
        fc.uniqueArray(place, {
          minLength: 2,
          maxLength: 2,
          selector: ({ name, region, cell }) => `${name} ${region} ${cell}`,
        }),
        (two) => {
          const [one = [], other = []] = two.map(({ cell, ...rest }) => {
            const environment = environmentOf({ ...rest, cell });
            const of = namesOf(environment);

            return [
              of.table('state'),
              of.queue('a.b'),
              of.function('a.b'),
              of.boundary,
              of.archive('1'),
              of.stack('Keys'),
              of.logGroup('a.b'),
            ];
          });

          expect(one.filter((name) => other.includes(name))).toEqual([]);
        },
      ),
    );
  });
});

describe('nothing of an environment lies outside its region and account', () => {
  const PARTS: Record<string, string> = {
    kms: 'key/k',
    sns: 't',
    signer: '/signing-profiles/p/v',
    acm: 'certificate/c',
  };

  const arn = (service: string, region: string, account = PROD) =>
    `arn:aws:${service}:${region}:${account}:${PARTS[service]}`;

  it.each([
    ['data key', { estate: { dataKeyArn: arn('kms', 'us-east-1') } }],
    ['alarm topic', { alarms: { topicArn: arn('sns', 'us-east-1') } }],
    [
      'signing profile',
      { codeSigning: { ...prod.codeSigning, profileVersionArns: [arn('signer', 'us-east-1')] } },
    ],
  ] satisfies [string, Partial<EnvironmentConfig>][])('its %s', (what, change) => {
    expect(ofOne({ ...prod, ...change } as EnvironmentConfig)).toEqual([
      expect.stringMatching(
        new RegExp(
          `^prod-euc1: ${what} arn:\\S+ is in region "us-east-1", and must be in "eu-central-1"$`,
        ),
      ),
    ]);
  });

  it('its boundary is of its account; only who signs may be another', () => {
    expect(
      ofOne({ ...prod, estate: { boundaryArn: 'arn:aws:iam::999999999999:policy/b' } }),
    ).toEqual([
      `prod-euc1: boundary arn:aws:iam::999999999999:policy/b belongs to account 999999999999, not to ${PROD}`,
    ]);

    const elsewhere = {
      ...prod.codeSigning,
      profileVersionArns: [arn('signer', 'eu-central-1', '999999999999')],
    } as const;

    expect(
      ofOne({
        ...prod,
        codeSigning: { ...elsewhere, profileVersionArns: [elsewhere.profileVersionArns[0]!] },
      }),
    ).toEqual([]);
  });

  it('the certificate of its public name is where CloudFront looks for it', () => {
    const domain = {
      name: 'writ.example.com',
      originName: 'origin.writ.example.com',
      certificateArn: arn('acm', 'eu-central-1'),
      originCertificateArn: arn('acm', 'eu-central-1'),
    };

    const api = { issuer: 'https://login.example.com', audience: ['writ'], domain };

    expect(ofOne({ ...prod, api })).toEqual([
      expect.stringMatching(
        /certificate of the name .* is in region "eu-central-1", and must be in "us-east-1"$/,
      ),
    ]);
  });
});

describe('prod is refused', () => {
  it.each([
    ['deletion protection', { deletionProtection: false }],
    ['log lines for at least 90 days, not 60', { logRetentionDays: 60 }],
    ['compliance mode, not in governance mode', { archive: { lock: 'governance' } }],
    ['archive for at least 365 days, not 30', { archive: { days: 30 } }],
    ['open egress needs a recorded reason', { egress: { mode: 'open' } }],
    ['open egress needs a recorded reason', { egress: { mode: 'open', reason: '  ' } }],
    ['signed bundles only', { codeSigning: undefined }],
    ['needs recipients of alarms', { alarms: {} }],
    ['has a budget', { monthlyBudgetUsd: undefined }],
    ['has threat detection', { threatDetection: 'none' }],
    [
      'needs a firewall in front of its API',
      { api: { issuer: 'https://login.example.com', audience: ['writ'] } },
    ],
  ] as [string, Partial<EnvironmentConfig>][])('without what it needs: %s', (what, change) => {
    expect(ofOne({ ...prod, ...change } as EnvironmentConfig)).toEqual([
      expect.stringContaining(what),
    ]);
  });

  it('not with open egress for which a reason is recorded', () => {
    expect(
      ofOne({
        ...prod,
        egress: { mode: 'open', reason: 'the estate routes all traffic through its own proxy' },
      }),
    ).toEqual([]);
  });
});

describe('a production account', () => {
  it('takes nothing but prod, whether it is listed or a prod environment names it', () => {
    const refused = [
      `dev-euc1: account ${PROD} is a production account; only prod may be deployed to it`,
    ];
    expect(
      problems({ productionAccounts: [PROD], environments: [{ ...dev, account: PROD }] }),
    ).toEqual(refused);
    expect(problems({ environments: [prod, { ...dev, account: PROD }] })).toEqual(refused);
  });

  it('takes no dev environment of somebody who holds its credentials', () => {
    const [refusal] = problems({ environments: [prod, dev] }, PROD);
    expect(refusal).toContain(`account ${PROD} is a production account`);
    expect(problems({ environments: [prod, dev] }, '111122223333')).toEqual([]);
  });

  it('is also the one that holds prod’s archive', () => {
    const archived = { ...prod, archive: { account: '444455556666' } };
    expect(problems({ environments: [archived, { ...dev, account: '444455556666' }] })).toEqual([
      'dev-euc1: account 444455556666 is a production account; only prod may be deployed to it',
    ]);
  });

  it('lends nothing to another environment, though that names no account', () => {
    const dataKeyArn = `arn:aws:kms:eu-central-1:${PROD}:key/k`;
    expect(problems({ environments: [prod, { ...dev, estate: { dataKeyArn } }] })).toEqual([
      `dev-euc1: ${dataKeyArn} belongs to a production account; only prod may use it`,
    ]);
  });

  it('keeps no other environment’s archive', () => {
    const staging = {
      name: 'staging',
      region: 'eu-central-1',
      account: '222233334444',
      archive: { account: PROD },
    } as const;

    expect(problems({ environments: [prod, staging] })).toEqual([
      `staging-euc1: archive account ${PROD} is a production account; only prod may keep its archive there`,
    ]);
  });
});

describe('a setting that is unknown or malformed is named', () => {
  it.each([
    ['0.name: Invalid option: expected one of "dev"|"staging"|"prod"', { name: 'production' }],
    ['0.name: Invalid option', { name: undefined }],
    ['0.region: Invalid input', { region: undefined }],
    ['0.region: no such region of AWS', { region: 'eu-centrl-1' }],
    ['0: Unrecognized key: "acount"', { acount: PROD }],
    ['0.archive: Unrecognized key: "acount"', { archive: { acount: PROD } }],
    ['0.account: an account number has 12 digits', { account: '12' }],
    ['0.account: Invalid input: expected string', { account: 111122223333 }],
    ['0.cell: a workspace is', { cell: 'Acme' }],
    ['0.egress.mode: Invalid discriminator value', { egress: { mode: 'Isolated' } }],
    ['0.egress: Invalid input', { egress: 'open' }],
    ['0.egress.zones: Invalid option', { egress: { mode: 'isolated', zones: 4 } }],
    [
      '0.egress.network.subnetIds: Too small',
      { egress: { mode: 'isolated', network: { subnetIds: ['a'], securityGroupIds: ['b'] } } },
    ],
    [
      '0.egress.network.securityGroupIds: Too small',
      { egress: { mode: 'isolated', network: { subnetIds: ['a', 'b'], securityGroupIds: [] } } },
    ],
    ['0.threatDetection: Invalid option', { threatDetection: 'None' }],
    ['0.keyRecoveryDays: Too big', { keyRecoveryDays: 36 }],
    ['0.keyRecoveryDays: Invalid input: expected int', { keyRecoveryDays: 1.5 }],
    ['0.logRetentionDays: Invalid option', { logRetentionDays: 45 }],
    ['0.archive.days: Too small', { archive: { days: 0 } }],
    ['0.archive.account: an account number', { account: PROD, archive: { account: 'x' } }],
    [
      '0.alarms.topicArn: an ARN here begins like',
      { alarms: { topicArn: `arn:aws:kms:eu-central-1:${PROD}:key/k` } },
    ],
    ['0.alarms.emails.0: Invalid email address', { alarms: { emails: ['operations'] } }],
    ['0.monthlyBudgetUsd: Too small', { monthlyBudgetUsd: 0 }],
    ['0.api.issuer: an issuer begins with', { api: { issuer: 'http://x', audience: ['a'] } }],
    [
      '0.api.firstAdmin: a subject has',
      { api: { issuer: 'https://x', audience: ['a'], firstAdmin: 'two words' } },
    ],
    [
      '0.api.firstAdmin: a subject has',
      { api: { issuer: 'https://x', audience: ['a'], firstAdmin: '' } },
    ],
    ['0.api.audience: Too small', { api: { issuer: 'https://x', audience: [] } }],
    ['0.api.audience: Invalid input', { api: { issuer: 'https://x' } }],
    ['0.estate.namePrefix: a name prefix is', { estate: { namePrefix: 'W_' } }],
    ['0.estate.rolePath: a path begins', { estate: { rolePath: '/a/*/' } }],
    ['0.estate.rolePath: a path begins', { estate: { rolePath: 'writ' } }],
    ['0.estate.deployRoles: a pattern over roles', { estate: { deployRoles: '*' } }],
    [
      '0.estate.dataKeyArn: an ARN here begins like',
      { estate: { dataKeyArn: `arn:aws:kms:eu-central-1:${PROD}:alias/k` } },
    ],
    [
      '0.estate.dataKeyArn: an ARN here begins like',
      { estate: { dataKeyArn: `arn:aws:kms:eu-central-1:${PROD}:key/*` } },
    ],
    ['0.estate.deployRoles: a pattern over roles', { estate: { deployRoles: 'writ/*' } }],
    ['0.api.audience.0: a text without spaces', { api: { issuer: 'https://x', audience: [' '] } }],
    [
      '0.egress.network.subnetIds: each subnet once',
      { egress: { mode: 'isolated', network: { subnetIds: ['a', 'a'], securityGroupIds: ['b'] } } },
    ],
    [
      '0.codeSigning.profileVersionArns.0: Invalid input',
      { codeSigning: { profileVersionArns: [], bucket: 'signed' } },
    ],
  ] as [string, object][])('%s', (what, change) => {
    expect(ofOne({ ...dev, ...change } as EnvironmentConfig)).toContainEqual(
      expect.stringContaining(`environments.${what}`),
    );
  });

  it('also what no single setting says', () => {
    const { account: _, ...nowhere } = prod;

    expect(ofOne(nowhere)).toContain(
      'prod-euc1: `account` is missing; only dev defaults to the account of the credentials',
    );
    expect(ofOne({ ...dev, archive: { account: PROD } })).toEqual([
      expect.stringContaining('an archive in another account also needs'),
    ]);

    const both = { topicArn: `arn:aws:sns:eu-central-1:${PROD}:t`, emails: ['a@example.com'] };
    expect(ofOne({ ...dev, alarms: both })).toEqual([
      expect.stringContaining('only one is allowed'),
    ]);
  });

  it('also a file that exports none', () => {
    for (const content of [undefined, null, [], 'dev', { environment: [] }])
      expect(problems(content as unknown as Configuration)[0]).toMatch(
        /^(?:the file|environments): /,
      );
  });

  it('and a setting that is there without a value is as if it were not there', () => {
    const [environment] = checkConfiguration({
      environments: [
        { ...dev, deletionProtection: undefined, egress: undefined, archive: { days: undefined } },
      ],
    });
    expect(environment).toEqual(environmentOf(dev));
  });
});
