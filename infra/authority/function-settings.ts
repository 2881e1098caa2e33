import { SERVICES } from '#functions/wiring/services.ts';
import { SETTINGS, type Setting } from '#functions/wiring/settings.ts';
import type { Environment } from '../config/environment.ts';
import type { Arns } from '../naming/arns.ts';
import { namesOf } from '../naming/names.ts';
import type { FunctionAuthority } from './authority.ts';
import { servicesOf } from './function-services.ts';

/**
 * Returns the environment variables of a function: the name prefix of its environment, the settings
 * of the services that its role allows and, for the API, the token issuer. They never contain a
 * secret, and they do not grant permissions.
 */
export function settingsOf(
  { statements, settings = [] }: FunctionAuthority,
  arns: Arns,
  environment: Environment,
): Readonly<Record<string, string>> {
  const { api } = environment;

  const values: Readonly<Record<Setting, string | undefined>> = {
    prefix: namesOf(environment).prefix,
    region: undefined, // Lambda sets it
    account: arns.account,
    dataKey: arns.dataKey,
    issuer: api?.issuer,
    audience: api?.audience.join(' '),
    front: api?.domain === undefined ? 'none' : 'cloudfront',
    firstAdmin: api?.firstAdmin,
    cell: environment.cell,
  };

  const variables = new Set<Setting>([
    'prefix',
    ...servicesOf(statements).flatMap((service) => SERVICES[service]),
    ...settings,
  ]);

  return Object.fromEntries(
    [...variables].flatMap((setting) => {
      const value = values[setting];
      return value === undefined ? [] : [[SETTINGS[setting].variable, value] as const];
    }),
  );
}
