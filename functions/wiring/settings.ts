import { NAME } from '#shared/kernel/index.ts';
import { SettingsIncompleteError } from './errors.ts';

/** Settings of a function, from environment variables. They never contain a secret. */
export interface Settings {
  /** Prefix of every name of the environment. */
  readonly prefix: string;
  readonly region: string;
  /** AWS account id, part of queue URLs. */
  readonly account: string;
  /** ARN of the key that wraps the keys of workspaces. */
  readonly dataKey: string;
  /** Issuer of people's tokens: the HTTPS URL of an OpenID Connect provider. */
  readonly issuer: string;
  /** Accepted token audiences, separated by spaces. */
  readonly audience: string;
  /**
   * `cloudfront`: requests must come through CloudFront, which a header proves. `none`: clients
   * reach the API directly.
   */
  readonly front: string;
  /** Subject, at the issuer, of the person who may become the first admin. Empty: no person. */
  readonly firstAdmin: string;
  /** Workspace of a single-workspace deployment. Empty: all workspaces share the deployment. */
  readonly cell: string;
}

/** Environment variable, pattern and example of each setting. */
export const SETTINGS = {
  prefix: { variable: 'WRIT_PREFIX', like: /^[a-z][a-z0-9-]{1,40}$/, such: 'writ-dev-euc1' },
  region: { variable: 'AWS_REGION', like: /^[a-z]{2}(?:-[a-z]+)+-\d$/, such: 'eu-central-1' },
  account: { variable: 'WRIT_ACCOUNT', like: /^\d{12}$/, such: '123456789012' },
  dataKey: {
    variable: 'WRIT_DATA_KEY',
    like: /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
    such: 'arn:aws:kms:eu-central-1:123456789012:key/…',
  },
  issuer: {
    variable: 'WRIT_ISSUER',
    like: /^https:\/\/[!-~]{3,500}$/,
    such: 'https://login.example.com',
  },
  audience: { variable: 'WRIT_AUDIENCE', like: /^[!-~]+(?: [!-~]+)*$/, such: 'writ' },
  front: { variable: 'WRIT_FRONT', like: /^(?:cloudfront|none)$/, such: 'cloudfront or none' },
  cell: { variable: 'WRIT_CELL', like: NAME, such: 'acme' },
  firstAdmin: {
    variable: 'WRIT_FIRST_ADMIN',
    like: /^[!-~]{1,255}$/,
    such: 'the subject of a person at the issuer',
  },
} as const satisfies Record<keyof Settings, { variable: string; like: RegExp; such: string }>;

export type Setting = keyof Settings;

/** Settings that a deployment can omit. */
const OPTIONAL: ReadonlySet<Setting> = new Set(['cell', 'firstAdmin']);

/**
 * Reads the settings that a function needs. Settings that it does not need, and optional settings
 * that are not set, are empty.
 *
 * @throws {@link SettingsIncompleteError} listing every missing or malformed setting.
 */
export function readSettings(
  name: string,
  needs: readonly Setting[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const settings = {
    prefix: '',
    region: '',
    account: '',
    dataKey: '',
    issuer: '',
    audience: '',
    front: '',
    firstAdmin: '',
    cell: '',
  };

  const faults: string[] = [];

  for (const need of needs) {
    const { variable, like, such } = SETTINGS[need];
    const value = env[variable];

    if (value !== undefined && like.test(value)) settings[need] = value;
    else if (value !== undefined || !OPTIONAL.has(need))
      faults.push(
        value === undefined
          ? `${variable} is missing`
          : `${variable} is "${value.slice(0, 100)}", expected a value like ${such}`,
      );
  }

  if (faults.length > 0) throw new SettingsIncompleteError(name, faults);

  return settings;
}
