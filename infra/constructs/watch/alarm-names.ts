import type { Environment } from '../../config/environment.ts';
import { itemsIf } from '../../config/items-if.ts';
import type { FunctionName } from '../../naming/names.ts';
import { TABLES, type Table } from './measures.ts';
import { deadLetterConsumerOf, intakeOf, type Watched } from './watched.ts';

/**
 * Names of alarms, without the environment's prefix. Never change them, because people mute, route
 * and link alarms by name. Each kind of alarm has its own suffix, so names are unique.
 */
export const alarmNames = {
  errors: (fn: FunctionName) => `${fn}/errors`,
  throttles: (fn: FunctionName) => `${fn}/throttles`,
  waiting: (fn: FunctionName) => `${fn}/waiting`,
  deadLetters: (fn: FunctionName) => `${fn}/dead-letters`,
  gaveUp: (automation: string) => `${automation}/gave-up`,
  intakeRate: (automation: string) => `${automation}/intake-rate`,
  throttled: (table: Table) => `${table}/throttled`,
  systemErrors: (table: Table) => `${table}/system-errors`,
  writeRate: (table: Table) => `${table}/write-rate`,
  readRate: (table: Table) => `${table}/read-rate`,
  refusalRate: 'ledger/refusal-rate',
  indexMismatches: 'ledger/index-mismatches',
  findingsLost: 'findings/lost',
  documentsUnreadable: 'ledger/documents-unreadable',
  accessErrors: 'api/access-errors',
  requestsFailed: 'api/requests-failed',
  serverErrors: 'api/server-errors',
} as const;

/** Returns the names of all alarms of an automation. */
export function alarmsOf({ name, functions, queues }: Watched): string[] {
  return [
    ...itemsIf(functions.includes(deadLetterConsumerOf(name)), alarmNames.gaveUp(name)),
    ...itemsIf(queues.includes(intakeOf(name)), alarmNames.intakeRate(name)),
    ...functions.flatMap((fn) => [alarmNames.errors(fn), alarmNames.throttles(fn)]),
    ...queues.flatMap((fn) => [alarmNames.waiting(fn), alarmNames.deadLetters(fn)]),
  ];
}

/** Returns the names of all alarms that do not belong to an automation. */
export function alarmsOfEnvironment({
  threatDetection,
  api,
}: Pick<Environment, 'threatDetection' | 'api'>): string[] {
  return [
    ...itemsIf(
      api !== undefined,
      alarmNames.accessErrors,
      alarmNames.requestsFailed,
      alarmNames.serverErrors,
    ),
    ...itemsIf(threatDetection !== 'none', alarmNames.findingsLost),
    ...TABLES.flatMap((table) => [alarmNames.throttled(table), alarmNames.systemErrors(table)]),
    alarmNames.writeRate('state'),
    alarmNames.writeRate('trail'),
    alarmNames.readRate('keys'),
    alarmNames.refusalRate,
    alarmNames.indexMismatches,
    alarmNames.documentsUnreadable,
  ];
}
