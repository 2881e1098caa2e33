import type { Service } from '#functions/wiring/services.ts';
import type { Statement } from './statements.ts';

/** The action by which a role says that its function uses a service. */
export const SERVICE_ACTIONS = {
  queues: 'sqs:SendMessage',
  keys: 'kms:Decrypt',
  secrets: 'secretsmanager:GetSecretValue',
  vendors: 'lambda:InvokeFunction',
} as const satisfies Readonly<Record<Service, string>>;

/** The services that a role lets its function use: what it has clients of, and is told about. */
export function servicesOf(statements: readonly Statement[]): Service[] {
  const may = (action: string) => statements.some(({ Action }) => Action?.includes(action));
  return (Object.keys(SERVICE_ACTIONS) as Service[]).filter((service) =>
    may(SERVICE_ACTIONS[service]),
  );
}
