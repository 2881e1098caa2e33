import { SettingsIncompleteError } from '../middleware/errors.ts';

/** What a deployment tells a function, in environment variables: names, never a secret. */
export interface Settings {
  /** What every name of the environment begins with. */
  readonly prefix: string;
  readonly region: string;
  /** The account, of which the URLs of queues are made. */
  readonly account: string;
  /** ARN of the key that wraps the workspaces' keys. */
  readonly dataKey: string;
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
} as const satisfies Record<keyof Settings, { variable: string; like: RegExp; such: string }>;

export type Setting = keyof Settings;

/**
 * Reads those settings that a function needs; the others are empty.
 *
 * @throws {@link SettingsIncompleteError} with everything that is missing or malformed, in words.
 */
export function readSettings(name: string, needs: readonly Setting[], env: Readonly<Record<string, string | undefined>>): Settings {
  const settings = { prefix: '', region: '', account: '', dataKey: '' };
  const wrong: string[] = [];
  for (const need of needs) {
    const { variable, like, such } = SETTINGS[need];
    const value = env[variable];
    if (value !== undefined && like.test(value)) settings[need] = value;
    else
      wrong.push(value === undefined ? `${variable} is missing` : `${variable} is "${value.slice(0, 100)}", which is nothing like ${such}`);
  }
  if (wrong.length > 0) throw new SettingsIncompleteError(name, wrong);
  return settings;
}
