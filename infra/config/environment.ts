/** The content of the configuration file. */
export interface Configuration {
  /**
   * Accounts with production data, in addition to those of the prod environments below. Only prod
   * may be deployed to them.
   *
   * @default []
   */
  readonly productionAccounts?: readonly string[];
  readonly environments: readonly EnvironmentConfig[];
}

/**
 * Configuration of one deployment. Omitted settings have a default that suits the environment's
 * name.
 */
export interface EnvironmentConfig {
  readonly name: 'dev' | 'staging' | 'prod';
  /**
   * AWS region of all resources, such as `eu-central-1`. An environment name may be deployed to
   * several regions, with one entry for each region.
   */
  readonly region: string;
  /**
   * AWS account, 12 digits. Required in staging and prod.
   *
   * @default - in dev: the account of the credentials used for the deployment
   */
  readonly account?: string;
  /**
   * The only workspace of this deployment. Tables and keys hold rows of this workspace only, and
   * every role is confined to it.
   *
   * @default - pooled: all workspaces share the deployment, and are separated by code and by
   *   authenticated encryption
   */
  readonly cell?: string;
  /**
   * Number of days that log lines are kept. They contain ids and codes, but never values. Evidence
   * is in the trail. Prod: at least 90.
   *
   * @default 30 in dev, 365 elsewhere
   */
  readonly logRetentionDays?: LogRetentionDays;
  /**
   * Number of days, 1 to 35, for which the table of wrapped keys can be restored. A restore could
   * bring back an erased subject, so the certificate of an erasure is dated after this period.
   *
   * @default 3
   */
  readonly keyRecoveryDays?: number;
  /**
   * Protects tables from deletion. Always on in prod. To remove a dev environment, turn it off (see
   * `docs/deploy.md`).
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
  /**
   * Network access of step functions.
   *
   * @default `{ mode: 'open' }` in dev, `{ mode: 'isolated' }` elsewhere
   */
  readonly egress?: Egress;
  /** Archive of the transparency log. */
  readonly archive?: Partial<ArchiveConfig>;
  /** Recipients of alarms. Prod requires at least one address, or a topic. */
  readonly alarms?: AlarmsConfig;
  /**
   * Monthly budget in US dollars. Recipients of alarms are notified at 80 % and when costs are
   * forecast to exceed it. Required in prod.
   *
   * @default - no budget
   */
  readonly monthlyBudgetUsd?: number;
  /**
   * Token issuer and domain names of the API.
   *
   * @default - no API
   */
  readonly api?: ApiConfig;
  /**
   * Restricts functions to signed bundles. Required in prod.
   *
   * @default - functions may run any bundle
   */
  readonly codeSigning?: CodeSigningConfig;
  /**
   * Owner of the Amazon GuardDuty detector: `ours` creates one (an account has at most one per
   * region), and `estate` uses the existing one. Both send alarms on findings. Prod does not allow
   * `none`.
   *
   * @default 'none' in dev, 'ours' elsewhere
   */
  readonly threatDetection?: 'ours' | 'estate' | 'none';
  /**
   * Resources and names of an existing estate.
   *
   * @default - no existing resources: Writ creates all resources, under its own names
   */
  readonly estate?: Partial<Estate>;
}

export type LogRetentionDays = 7 | 14 | 30 | 60 | 90 | 180 | 365 | 731 | 1827;

/**
 * Egress of step functions. `isolated`: they run in subnets without a route to the internet and
 * reach AWS services only through endpoints of the environment. `open`: they can reach the whole
 * internet, and only code restricts calls to vendors. Prod requires a reason.
 */
export type Egress =
  | { readonly mode: 'open'; readonly reason?: string }
  | {
      readonly mode: 'isolated';
      /**
       * Availability zones to use, 2 or 3. Endpoints are billed per zone and hour.
       *
       * @default 2
       */
      readonly zones?: 2 | 3;
      /**
       * An existing network. Writ then does not create a network, and the estate is responsible for
       * the destinations that can be reached from it.
       *
       * @default - Writ creates a network for the environment
       */
      readonly network?: ExistingNetwork;
    };

export interface ExistingNetwork {
  /** Subnets without a route to the internet, in at least two availability zones. */
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

export interface ArchiveConfig {
  /**
   * Object Lock mode. `compliance`: the retention cannot be shortened, not even by the account's
   * root user. `governance`: a special permission allows shortening the retention.
   *
   * @default 'governance' in dev, 'compliance' elsewhere. Prod: always `compliance`
   */
  readonly lock: 'compliance' | 'governance';
  /**
   * Number of days that each object is kept, 1 to 36,500. Prod: at least 365.
   *
   * @default 1 in dev, 2557 (seven years) elsewhere
   */
  readonly days: number;
  /**
   * Account that owns the archive, ideally one that administrators of other accounts cannot access.
   *
   * @default - the environment's own
   */
  readonly account?: string;
}

export interface AlarmsConfig {
  /** Email addresses. Each recipient must confirm the subscription once. */
  readonly emails?: readonly string[];
  /** SNS topic of the estate, in the environment's region. Excludes `emails`. */
  readonly topicArn?: string;
}

export interface ApiConfig {
  /** Issuer of people's tokens: an OpenID Connect provider, `https://…`. */
  readonly issuer: string;
  /** Accepted audiences of tokens. */
  readonly audience: readonly string[];
  /**
   * Subject (`sub`) of the person who may become the first admin, 1 to 255 printable characters.
   * Ignored once an admin exists.
   *
   * @default - no first admin: the directory stays empty, and people who sign in have no access
   */
  readonly firstAdmin?: string;
  /**
   * Requests per second and burst, over all callers.
   *
   * @default `{ rate: 100, burst: 200 }`
   */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /**
   * Custom domain, served by CloudFront behind a firewall. Required in prod.
   *
   * @default - the name that API Gateway assigns, without CloudFront
   */
  readonly domain?: ApiDomain;
}

export interface ApiDomain {
  /** Public name, such as `writ.example.com`. */
  readonly name: string;
  /** Certificate of `name`, in us-east-1, as CloudFront requires. */
  readonly certificateArn: string;
  /** Name that only CloudFront uses, such as `origin.writ.example.com`. */
  readonly originName: string;
  /** Certificate of `originName`, in the environment's region. */
  readonly originCertificateArn: string;
}

export interface CodeSigningConfig {
  /** AWS Signer profile versions whose signatures are accepted. */
  readonly profileVersionArns: readonly [string, ...string[]];
  /**
   * Bucket with the signed bundles, in the environment's region. The key of a bundle ends with
   * `<SHA-256 of the bundle>.zip`.
   */
  readonly bucket: string;
  /**
   * Key prefix of signed bundles.
   *
   * @default ''
   */
  readonly prefix?: string;
}

/** Resources and names of an existing estate. */
export interface Estate {
  /**
   * Prefix of every resource name: lower-case letters, digits and hyphens.
   *
   * @default 'writ'
   */
  readonly namePrefix: string;
  /**
   * IAM path of every role and policy. Ends with `/`. The environment's id is appended.
   *
   * @default '/writ/'
   */
  readonly rolePath: string;
  /**
   * KMS key that wraps workspaces' keys. The estate owns its policy. `docs/deploy.md` lists the
   * statements that the policy needs.
   *
   * @default - Writ creates a key for the environment
   */
  readonly dataKeyArn: string;
  /**
   * Permissions boundary that replaces Writ's own. The denials of Writ's boundary are then added to
   * each role, but its upper limit on the actions of roles is lost.
   *
   * @default - Writ creates a boundary for the environment
   */
  readonly boundaryArn: string;
  /**
   * Name pattern of the deployment roles, which are the only roles that may change a queue's
   * attributes.
   *
   * @default 'cdk-*-cfn-exec-role-*'
   */
  readonly deployRoles: string;
}

/** Configuration of a deployment with all defaults filled in. */
export interface Environment
  extends Omit<
    Required<EnvironmentConfig>,
    'account' | 'cell' | 'api' | 'codeSigning' | 'monthlyBudgetUsd' | 'estate' | 'archive'
  > {
  /** Identifier made of name, region and cell, such as `prod-euc1` or `prod-euc1-acme`. */
  readonly id: string;
  readonly account: string | undefined;
  readonly cell: string | undefined;
  readonly api: ApiConfig | undefined;
  readonly codeSigning: CodeSigningConfig | undefined;
  readonly monthlyBudgetUsd: number | undefined;
  readonly archive: ArchiveConfig;
  readonly estate: Pick<Estate, 'namePrefix' | 'rolePath' | 'deployRoles'> & Partial<Estate>;
}

/** Returns the IAM path of every role and policy of an environment. */
export function rolePathOf({ id, estate }: Pick<Environment, 'id' | 'estate'>): string {
  return `${estate.rolePath}${id}/`;
}

/** Fills in defaults. Does not check settings: see `checkConfiguration`. */
export function environmentOf(config: EnvironmentConfig): Environment {
  const dev = config.name === 'dev';
  const { name, region, cell } = config;
  const given = <T extends object>(settings: T) =>
    Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as T;

  return {
    logRetentionDays: dev ? 30 : 365,
    keyRecoveryDays: 3,
    deletionProtection: true,
    egress: { mode: dev ? 'open' : 'isolated' },
    alarms: {},
    monthlyBudgetUsd: undefined,
    api: undefined,
    codeSigning: undefined,
    threatDetection: dev ? 'none' : 'ours',
    account: undefined,
    cell: undefined,
    ...given(config),
    id: [name, regionCode(region), cell].filter((part) => part !== undefined).join('-'),
    archive: {
      lock: dev ? 'governance' : 'compliance',
      days: dev ? 1 : SEVEN_YEARS,
      ...given(config.archive ?? {}),
    },
    estate: {
      namePrefix: 'writ',
      rolePath: '/writ/',
      deployRoles: 'cdk-*-cfn-exec-role-*',
      ...given(config.estate ?? {}),
    },
  };
}

const SEVEN_YEARS = 2_557;

/**
 * Abbreviates a region, because resource names are limited in length. `eu-central-1` becomes
 * `euc1`, and `ap-southeast-2` becomes `apse2`.
 */
function regionCode(region: string): string {
  return region
    .replaceAll(/north|south|east|west|central/g, ([first = '']) => first)
    .replaceAll('-', '');
}
