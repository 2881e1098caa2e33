import { NAME } from '#shared/kernel/index.ts';
import { SettingsIncompleteError } from './errors.ts';

/** What a deployment tells a function, in environment variables: names, never a secret. */
export interface Settings {
  /** What every name of the environment begins with. */
  readonly prefix: string;
  readonly region: string;
  /** The account, of which the URLs of queues are made. */
  readonly account: string;
  /** ARN of the key that wraps the workspaces' keys. */
  readonly dataKey: string;
  /** Issuer of people's tokens: an OpenID Connect provider, never one without TLS. */
  readonly issuer: string;
  /** Audiences a token may be for, with a space in between. */
  readonly audience: string;
  /**
   * `cloudfront`: requests come through it, and prove it by a header; `none`: nothing stands in
   * front of the API.
   */
  readonly front: string;
  /**
   * Subject, at the issuer, of who may become the first admin; empty when the deployment names
   * nobody.
   */
  readonly firstAdmin: string;
  /** The workspace that has the deployment to itself; empty where all share it. */
  readonly cell: string;
}

/** The variable of each setting, and what it looks like. */
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

/** What a deployment may leave unsaid. */
const OPTIONAL: ReadonlySet<Setting> = new Set(['cell', 'firstAdmin']);

/**
 * Reads those settings that a function needs; the others, and those that may be left unsaid and
 * are, are empty.
 *
 * @throws {@link SettingsIncompleteError} with everything that is missing or malformed, in words.
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

  const wrong: string[] = [];

  for (const need of needs) {
    const { variable, like, such } = SETTINGS[need];
    const value = env[variable];

    if (value !== undefined && like.test(value)) settings[need] = value;
    else if (value !== undefined || !OPTIONAL.has(need))
      wrong.push(
        value === undefined
          ? `${variable} is missing`
          : `${variable} is "${value.slice(0, 100)}", which is nothing like ${such}`,
      );
  }

  if (wrong.length > 0) throw new SettingsIncompleteError(name, wrong);

  return settings;
}
