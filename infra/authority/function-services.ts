import type { Service } from '#functions/wiring/services.ts';
import type { Statement } from './statements.ts';

/** One action per service. A role with the action belongs to a function that uses the service. */
export const SERVICE_ACTIONS = {
  queues: 'sqs:SendMessage',
  keys: 'kms:Decrypt',
  secrets: 'secretsmanager:GetSecretValue',
  vendors: 'lambda:InvokeFunction',
} as const satisfies Readonly<Record<Service, string>>;

/**
 * Returns the services that a role allows. The function's bundle contains their clients, and its
 * settings are the settings that these clients need.
 */
export function servicesOf(statements: readonly Statement[]): Service[] {
  const may = (action: string) => statements.some(({ Action }) => Action?.includes(action));
  return (Object.keys(SERVICE_ACTIONS) as Service[]).filter((service) =>
    may(SERVICE_ACTIONS[service]),
  );
}
