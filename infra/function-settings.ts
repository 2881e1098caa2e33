import { SERVICES } from '#functions/wiring/services.ts';
import { SETTINGS } from '#functions/wiring/settings.ts';
import type { Arns } from './arns.ts';
import type { FunctionAuthority } from './authority.ts';
import type { Environment } from './environment.ts';
import { servicesOf } from './function-services.ts';
import { namesOf } from './names.ts';

/**
 * What a function is told by environment variables: what names of its environment begin with and, where its role lets it use
 * them, the account its queues are in and the key that wraps keys. Never a secret, and nothing of what it may do.
 */
export function settingsOf({ statements }: FunctionAuthority, arns: Arns, environment: Environment): Readonly<Record<string, string>> {
  const values = { account: arns.account, dataKey: arns.dataKey };
  const needed = servicesOf(statements).flatMap((service) => SERVICES[service]);
  return {
    [SETTINGS.prefix.variable]: namesOf(environment).prefix,
    ...Object.fromEntries(needed.map((setting) => [SETTINGS[setting].variable, values[setting]])),
  };
}
