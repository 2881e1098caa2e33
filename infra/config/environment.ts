/** The content of the configuration file. */
export interface Configuration {
  /**
   * Accounts that hold production data, besides those of the prod environments below. Nothing but
   * prod may be deployed to them.
   *
   * @default []
   */
  readonly productionAccounts?: readonly string[];
  readonly environments: readonly EnvironmentConfig[];
}

/**
 * What an operator writes down about one deployment. Everything left out has a default that suits
 * the environment's name.
 */
export interface EnvironmentConfig {
  readonly name: 'dev' | 'staging' | 'prod';
  /**
   * AWS region of everything in it, such as `eu-central-1`. The same name may be deployed to
   * several regions: each is one entry.
   */
  readonly region: string;
  /**
   * AWS account, 12 digits. Required in staging and prod.
   *
   * @default - in dev: the account of the credentials it is deployed with
   */
  readonly account?: string;
  /**
   * A workspace that has this deployment to itself: its tables and keys hold no other's rows, and
   * every role is confined to it.
   *
   * @default - pooled: all workspaces share the deployment, kept apart by code and by
   *   authenticated encryption
   */
  readonly cell?: string;
  /**
   * Days that log lines are kept. They hold ids and codes, never values; evidence is in the trail.
   * Prod: at least 90.
   *
   * @default 30 in dev, 365 elsewhere
   */
  readonly logRetentionDays?: LogRetentionDays;
  /**
   * Days, 1 to 35, for which the table of wrapped keys can be restored. An erased subject could be
   * brought back that long, so the certificate of an erasure is dated after it.
   *
   * @default 3
   */
  readonly keyRecoveryDays?: number;
  /**
   * Whether tables refuse to be deleted. Prod: always. Off, a dev environment can be removed: see
   * `docs/deploy.md`.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
  /**
   * What step functions can reach over the network.
   *
   * @default `{ mode: 'open' }` in dev, `{ mode: 'isolated' }` elsewhere
   */
  readonly egress?: Egress;
  /** Where the transparency log is kept. */
  readonly archive?: Partial<ArchiveConfig>;
  /** Whom alarms tell. Prod: at least one address or a topic. */
  readonly alarms?: AlarmsConfig;
  /**
   * What a month may cost, in US dollars; those who get alarms are told at 80 % and when it is
   * forecast to be exceeded. Required in prod.
   *
   * @default - no budget
   */
  readonly monthlyBudgetUsd?: number;
  /**
   * Who signs people's tokens, and under which names the API is reached.
   *
   * @default - no API
   */
  readonly api?: ApiConfig;
  /**
   * Lets only bundles run that were signed. Required in prod.
   *
   * @default - any bundle runs
   */
  readonly codeSigning?: CodeSigningConfig;
  /**
   * Who runs Amazon GuardDuty in the region: `ours` makes a detector (an account has at most one in
   * a region), `estate` relies on the one that is there; both tell of its findings. Prod: not
   * `none`.
   *
   * @default 'none' in dev, 'ours' elsewhere
   */
  readonly threatDetection?: 'ours' | 'estate' | 'none';
  /**
   * What an existing estate brings along or asks for.
   *
   * @default - nothing: Writ makes what it needs, under its own names
   */
  readonly estate?: Partial<Estate>;
}

export type LogRetentionDays = 7 | 14 | 30 | 60 | 90 | 180 | 365 | 731 | 1827;

/**
 * `isolated`: step functions sit in subnets without a way out and reach AWS services only through
 * endpoints of the environment. `open`: they can reach the whole internet, and the list of vendors
 * is held by code alone. In prod that takes a reason.
 */
export type Egress =
  | { readonly mode: 'open'; readonly reason?: string }
  | {
      readonly mode: 'isolated';
      /**
       * Availability zones to spread over, 2 or 3. Each has its own endpoints, which cost by the
       * hour.
       *
       * @default 2
       */
      readonly zones?: 2 | 3;
      /**
       * A network that is there already. Writ then makes none, and what can be reached from it is
       * for the estate to prove.
       *
       * @default - a network of the environment's own
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
   * `compliance`: nobody can shorten the retention, the account's root included. `governance`: who
   * holds a special permission can.
   *
   * @default 'governance' in dev, 'compliance' elsewhere. Prod: always `compliance`
   */
  readonly lock: 'compliance' | 'governance';
  /**
   * Days each object is kept, 1 to 36,500. Prod: at least 365.
   *
   * @default 1 in dev, 2557 (seven years) elsewhere
   */
  readonly days: number;
  /**
   * Account that owns the archive, best one that the others' administrators cannot enter.
   *
   * @default - the environment's own
   */
  readonly account?: string;
}

export interface AlarmsConfig {
  /** Addresses that are written to; each confirms once. */
  readonly emails?: readonly string[];
  /** An SNS topic of the estate, in the environment's region. Excludes `emails`. */
  readonly topicArn?: string;
}

export interface ApiConfig {
  /** Issuer of people's tokens: an OpenID Connect provider, `https://…`. */
  readonly issuer: string;
  /** Audiences a token may be for. */
  readonly audience: readonly string[];
  /**
   * Who may become the first admin, once: the subject (`sub`) of their account at the issuer, 1 to
   * 255 printable characters. Of no use any more when there is one.
   *
   * @default - nobody: the directory stays empty, and whoever signs in is nobody
   */
  readonly firstAdmin?: string;
  /**
   * Requests per second over all callers, and how many at once.
   *
   * @default `{ rate: 100, burst: 200 }`
   */
  readonly throttle?: { readonly rate: number; readonly burst: number };
  /**
   * Names of its own, reached through CloudFront with a firewall in front. Required in prod.
   *
   * @default - the name API Gateway gives it, without CloudFront
   */
  readonly domain?: ApiDomain;
}

export interface ApiDomain {
  /** What people use, such as `writ.example.com`. */
  readonly name: string;
  /** Certificate of `name`, in us-east-1, where CloudFront looks for it. */
  readonly certificateArn: string;
  /** What only CloudFront uses, such as `origin.writ.example.com`. */
  readonly originName: string;
  /** Certificate of `originName`, in the environment's region. */
  readonly originCertificateArn: string;
}

export interface CodeSigningConfig {
  /** Versions of AWS Signer profiles whose signatures are accepted. */
  readonly profileVersionArns: readonly [string, ...string[]];
  /**
   * Bucket, in the environment's region, that holds signed bundles as `<SHA-256 of the
   * bundle>.zip`.
   */
  readonly bucket: string;
  /**
   * What their keys begin with.
   *
   * @default ''
   */
  readonly prefix?: string;
}

/** What an existing estate brings along. */
export interface Estate {
  /**
   * What the name of every resource begins with: lower-case letters, digits and hyphens.
   *
   * @default 'writ'
   */
  readonly namePrefix: string;
  /**
   * Path of every role and policy; ends with `/`. The environment's id comes below it.
   *
   * @default '/writ/'
   */
  readonly rolePath: string;
  /**
   * A KMS key to wrap workspaces' keys with. Its policy is then the estate's: `docs/deploy.md` says
   * what it must hold.
   *
   * @default - a key of the environment's own
   */
  readonly dataKeyArn: string;
  /**
   * A permissions boundary to use in place of ours. What ours denies then goes into each role; what
   * ours allows at most is lost.
   *
   * @default - a boundary of the environment's own
   */
  readonly boundaryArn: string;
  /**
   * Pattern over the names of the roles that deploy, which alone may change a queue's attributes.
   *
   * @default 'cdk-*-cfn-exec-role-*'
   */
  readonly deployRoles: string;
}

/** A deployment with every setting decided. */
export interface Environment
  extends Omit<
    Required<EnvironmentConfig>,
    'account' | 'cell' | 'api' | 'codeSigning' | 'monthlyBudgetUsd' | 'estate' | 'archive'
  > {
  /** Names it: environment, region and cell, such as `prod-euc1` or `prod-euc1-acme`. */
  readonly id: string;
  readonly account: string | undefined;
  readonly cell: string | undefined;
  readonly api: ApiConfig | undefined;
  readonly codeSigning: CodeSigningConfig | undefined;
  readonly monthlyBudgetUsd: number | undefined;
  readonly archive: ArchiveConfig;
  readonly estate: Pick<Estate, 'namePrefix' | 'rolePath' | 'deployRoles'> & Partial<Estate>;
}

/** Returns the IAM path that every role and policy of an environment lies under. */
export function rolePathOf({ id, estate }: Pick<Environment, 'id' | 'estate'>): string {
  return `${estate.rolePath}${id}/`;
}

/** Fills in what was left out. Checks nothing: see `checkConfiguration`. */
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
    id: [name, regionCode(region), ...(cell === undefined ? [] : [cell])].join('-'),
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
 * A region in few letters, for names that are short of room: `eu-central-1` is `euc1`,
 * `ap-southeast-2` is `apse2`.
 */
function regionCode(region: string): string {
  return region
    .replaceAll(/north|south|east|west|central/g, ([first = '']) => first)
    .replaceAll('-', '');
}
