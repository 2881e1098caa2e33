import { SETTINGS } from '#functions/wiring/settings.ts';
import type { Arns } from './arns.ts';
import type { FunctionAuthority } from './authority.ts';
import type { Environment } from './environment.ts';
import { namesOf } from './names.ts';

/**
 * What a function is told by environment variables: what names of its environment begin with and, where its role lets it use
 * them, the account its queues are in and the key that wraps keys. Never a secret, and nothing of what it may do.
 */
export function settingsOf({ statements }: FunctionAuthority, arns: Arns, environment: Environment): Readonly<Record<string, string>> {
  const may = (action: string) => statements.some(({ Action }) => Action?.includes(action));
  return {
    [SETTINGS.prefix.variable]: namesOf(environment).prefix,
    ...(may('sqs:SendMessage') ? { [SETTINGS.account.variable]: arns.account } : {}),
    ...(may('kms:Decrypt') ? { [SETTINGS.dataKey.variable]: arns.dataKey } : {}),
  };
}
