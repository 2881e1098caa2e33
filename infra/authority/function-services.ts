import type { Service } from '#functions/wiring/services.ts';
import type { Statement } from './statements.ts';

/** Action of a role that shows that its function uses a service. */
export const SERVICE_ACTIONS = {
  queues: 'sqs:SendMessage',
  keys: 'kms:Decrypt',
  secrets: 'secretsmanager:GetSecretValue',
  vendors: 'lambda:InvokeFunction',
} as const satisfies Readonly<Record<Service, string>>;

/**
 * Returns the services that a role allows. The function's bundle has their clients, and its
 * settings are those they need.
 */
export function servicesOf(statements: readonly Statement[]): Service[] {
  const may = (action: string) => statements.some(({ Action }) => Action?.includes(action));
  return (Object.keys(SERVICE_ACTIONS) as Service[]).filter((service) =>
    may(SERVICE_ACTIONS[service]),
  );
}
