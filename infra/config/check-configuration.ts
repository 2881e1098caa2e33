import { configurationOf } from './configuration-schema.ts';
import { type Environment, environmentOf, rolePathOf } from './environment.ts';
import { ConfigurationError } from './errors.ts';

/**
 * Checks the content of a configuration file and returns its environments with all defaults filled
 * in.
 *
 * @param content - Default export of the file, which should be a `Configuration`.
 * @param deployer - Account of the current credentials, if any. Dev environments without a
 *   configured account are deployed to it.
 * @throws {@link ConfigurationError} listing every setting that is malformed, shared between
 *   environments, outside its environment's region or account, or too weak for prod.
 */
export function checkConfiguration(content: unknown, deployer?: string): Environment[] {
  const { productionAccounts = [], environments } = configurationOf(content);
  const all = environments.map(environmentOf);

  const problems = [
    ...findDuplicateIds(all),
    ...all.flatMap((environment) =>
      [...findConflictingSettings(environment), ...findMisplaced(environment)].map(
        (what) => `${environment.id}: ${what}`,
      ),
    ),
    ...all
      .filter(({ name }) => name === 'prod')
      .flatMap((environment) =>
        findWeakSettings(environment).map((what) => `${environment.id}: ${what}`),
      ),
    ...findDuplicateDetectors(all),
    ...findProductionAccountUse(all, productionAccounts, deployer),
    ...findSharedResources(all),
    ...findNestedRolePaths(all),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);

  return all;
}

/** Checks settings that depend on each other. */
function findConflictingSettings({ account, name, archive, alarms, api }: Environment): string[] {
  return messagesOf([
    [
      account === undefined && name !== 'dev',
      '`account` is missing; only dev defaults to the account of the credentials',
    ],
    [
      archive.account !== undefined && account === undefined,
      "an archive in another account also needs the environment's own `account`",
    ],
    [
      api?.domain !== undefined && api.domain.name === api.domain.originName,
      '`api.domain.name` and `api.domain.originName` are the same',
    ],
    [
      alarms.topicArn !== undefined && (alarms.emails ?? []).length > 0,
      '`alarms` has both `topicArn` and `emails`; only one is allowed',
    ],
  ]);
}

/** Finds resources outside the environment's region or account. */
function findMisplaced({
  region,
  account,
  estate,
  alarms,
  api,
  codeSigning,
}: Environment): string[] {
  const inRegion = {
    'data key': [estate.dataKeyArn],
    'alarm topic': [alarms.topicArn],
    'certificate of the origin': [api?.domain?.originCertificateArn],
    'signing profile': codeSigning?.profileVersionArns ?? [],
  };

  const expected = [
    ...Object.entries(inRegion).flatMap(([what, arns]) =>
      arns.map((arn) => [what, arn, region] as const),
    ),
    ['boundary', estate.boundaryArn, ''] as const, // IAM policies have no region
    ['certificate of the name', api?.domain?.certificateArn, 'us-east-1'] as const,
  ];

  return expected.flatMap(([what, arn, where]) => {
    if (arn === undefined) return [];

    const [, , , itsRegion, itsAccount] = arn.split(':');

    return messagesOf([
      [
        itsRegion !== where,
        `${what} ${arn} is in region "${itsRegion}", and must be in "${where}"`,
      ],
      // the signing profiles may belong to a separate account
      [
        what !== 'signing profile' && account !== undefined && itsAccount !== account,
        `${what} ${arn} belongs to account ${itsAccount}, not to ${account}`,
      ],
    ]);
  });
}

/** Finds settings that are too weak for prod. */
function findWeakSettings({
  deletionProtection,
  logRetentionDays,
  archive,
  egress,
  codeSigning,
  alarms,
  monthlyBudgetUsd,
  threatDetection,
  api,
}: Environment): string[] {
  const hasRecipients = alarms.topicArn !== undefined || (alarms.emails ?? []).length > 0;
  return messagesOf([
    [!deletionProtection, 'prod needs deletion protection on its tables'],
    [logRetentionDays < 90, `prod keeps log lines for at least 90 days, not ${logRetentionDays}`],
    [
      archive.lock !== 'compliance',
      `prod locks its archive in compliance mode, not in ${archive.lock} mode`,
    ],
    [archive.days < 365, `prod keeps its archive for at least 365 days, not ${archive.days}`],
    [
      egress.mode === 'open' && (egress.reason ?? '').trim() === '',
      "prod with open egress needs a recorded reason: `egress: { mode: 'open', reason }`",
    ],
    [codeSigning === undefined, 'prod runs signed bundles only: `codeSigning` is missing'],
    [
      !hasRecipients,
      'prod needs recipients of alarms: `alarms` has neither `emails` nor `topicArn`',
    ],
    [monthlyBudgetUsd === undefined, 'prod has a budget: `monthlyBudgetUsd` is missing'],
    [threatDetection === 'none', 'prod has threat detection: `threatDetection` is "none"'],
    [
      api !== undefined && api.domain === undefined,
      'prod needs a firewall in front of its API, which requires a domain: `api.domain` is missing',
    ],
  ]);
}

/** Finds non-production environments that are in production accounts or use resources of one. */
function findProductionAccountUse(
  all: readonly Environment[],
  listed: readonly string[],
  deployer: string | undefined,
): string[] {
  const ofProd = all
    .filter(({ name }) => name === 'prod')
    .flatMap(({ account, archive }) => [account, archive.account]);
  const production = new Set([...listed, ...ofProd].filter((account) => account !== undefined));

  return all
    .filter(({ name }) => name !== 'prod')
    .flatMap(({ id, account = deployer, archive, estate, alarms }) =>
      messagesOf([
        [
          account !== undefined && production.has(account),
          `${id}: account ${account} is a production account; only prod may be deployed to it`,
        ],
        ...[estate.dataKeyArn, estate.boundaryArn, alarms.topicArn].map(
          (arn) =>
            [
              arn !== undefined && production.has(arn.split(':')[4] ?? ''),
              `${id}: ${arn} belongs to a production account; only prod may use it`,
            ] as const,
        ),
        [
          archive.account !== undefined && production.has(archive.account),
          `${id}: archive account ${archive.account} is a production account; only prod may keep its archive there`,
        ],
      ]),
    );
}

function findDuplicateIds(all: readonly Environment[]): string[] {
  const seen = new Map<string, number>();
  for (const { id } of all) seen.set(id, (seen.get(id) ?? 0) + 1);
  return [...seen]
    .filter(([, times]) => times > 1)
    .map(([id, times]) => `${id}: is listed ${times} times; an id is name, region and cell`);
}

/**
 * Finds environments that would create a second detector. An account can have one detector per
 * region.
 */
function findDuplicateDetectors(all: readonly Environment[]): string[] {
  const ours = all.filter(
    ({ threatDetection, account }) => threatDetection === 'ours' && account !== undefined,
  );
  return [...Map.groupBy(ours, ({ account, region }) => `account ${account}, region ${region}`)]
    .filter(([, of]) => of.length > 1)
    .map(
      ([where, of]) =>
        `${of.map(({ id }) => id).join(', ')}: each create a threat detector in ${where}; set \`threatDetection\` of all but one to "estate"`,
    );
}

/**
 * Finds role paths inside the role path of a different environment. They are not allowed, because
 * policies trust roles by path.
 */
function findNestedRolePaths(all: readonly Environment[]): string[] {
  const paths = all.map((environment) => [environment.id, rolePathOf(environment)] as const);
  return paths.flatMap(([id, path]) =>
    paths
      .filter(([other, above]) => other !== id && path.startsWith(above))
      .map(([other, above]) => `${id}: its role path ${path} is inside ${above} of ${other}`),
  );
}

/**
 * Finds resources that two environments would share. Regions and cells of one environment may share
 * its network and its signers, but not its keys.
 */
function findSharedResources(all: readonly Environment[]): string[] {
  const held = all.flatMap((environment) => {
    const { id, name, estate, egress, codeSigning, api } = environment;
    const network = egress.mode === 'isolated' ? egress.network : undefined;
    const own = (what: string, values: readonly (string | undefined)[], by: string) =>
      values.flatMap((value) => (value === undefined ? [] : [{ id, what, value, by }]));

    return [
      ...own('the data key', [estate.dataKeyArn], id),
      ...own('the API name', [api?.domain?.name, api?.domain?.originName], id),
      ...own(
        'the audience',
        (api?.audience ?? []).map((audience) => `${audience} of ${api?.issuer}`),
        name, // a token for dev must not be valid in prod
      ),
      ...own('the subnet', network?.subnetIds ?? [], name),
      ...own('the security group', network?.securityGroupIds ?? [], name),
      ...own('the signing profile', codeSigning?.profileVersionArns ?? [], name),
      ...own('the bucket of signed bundles', [codeSigning?.bucket], name),
    ];
  });
  return held.flatMap((one, i) =>
    held
      .slice(i + 1)
      .filter(
        (other) => other.value === one.value && other.what === one.what && other.by !== one.by,
      )
      .map(
        (other) => `${one.id} and ${other.id}: share ${one.what} ${one.value}; each needs its own`,
      ),
  );
}

/** Returns the messages whose condition is true. */
const messagesOf = (rows: readonly (readonly [wrong: boolean, sentence: string])[]) =>
  rows.filter(([wrong]) => wrong).map(([, sentence]) => sentence);
