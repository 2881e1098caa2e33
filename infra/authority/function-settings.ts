import { SERVICES } from '#functions/wiring/services.ts';
import { SETTINGS, type Setting } from '#functions/wiring/settings.ts';
import type { Environment } from '../config/environment.ts';
import type { Arns } from '../naming/arns.ts';
import { namesOf } from '../naming/names.ts';
import type { FunctionAuthority } from './authority.ts';
import { servicesOf } from './function-services.ts';

/**
 * What a function is told by environment variables: what names of its environment begin with; where
 * its role lets it use them, the account its queues are in and the key that wraps keys; and as a
 * function of the API, who signs people's tokens. Never a secret, and nothing of what it may do.
 */
export function settingsOf(
  { statements, settings = [] }: FunctionAuthority,
  arns: Arns,
  environment: Environment,
): Readonly<Record<string, string>> {
  const { api } = environment;

  const values: Readonly<Record<Setting, string | undefined>> = {
    prefix: namesOf(environment).prefix,
    region: undefined, // which Lambda tells it
    account: arns.account,
    dataKey: arns.dataKey,
    issuer: api?.issuer,
    audience: api?.audience.join(' '),
    front: api?.domain === undefined ? 'none' : 'cloudfront',
    firstAdmin: api?.firstAdmin,
    cell: environment.cell,
  };

  const told = new Set<Setting>([
    'prefix',
    ...servicesOf(statements).flatMap((service) => SERVICES[service]),
    ...settings,
  ]);

  return Object.fromEntries(
    [...told].flatMap((setting) => {
      const value = values[setting];
      return value === undefined ? [] : [[SETTINGS[setting].variable, value] as const];
    }),
  );
}
