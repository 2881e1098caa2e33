import type { FunctionLock } from '#infra/lock/lock.ts';
import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { describeFields } from './fields.ts';
import { describeStatement } from './statement.ts';

export type Row = readonly [label: string, text: string];

/**
 * Formats the authority of a function: its declared fields, then the statements of its role. Every
 * statement appears in exactly one row.
 */
export function functionRows(name: string, fn: FunctionLock): Row[] {
  const {
    reads,
    writes,
    lookups,
    registers,
    reserves,
    draws,
    hosts,
    opens,
    mints,
    receivesFrom,
    inside,
  } = fn;

  const records = Object.entries(lookups).map(
    ([collection, fields]) => `${collection} with ${describeFields(fields) || 'no fields'}`,
  );
  const byTopic = Map.groupBy(fn.statements, topicOf);

  const rows: Row[] = [
    ['reads', describeFields(reads)],
    ['writes', describeFields(writes)],
    ['looks up', records.join('; ')],
    ['registers', registers.join(', ')],
    ['reserves', reserves.join(', ')],
    ['draws', draws.join(', ')],
    ['can decrypt', opens.length === 0 ? '' : `${opens.join(', ')} (and can seal them)`],
    ['mints', mints.length === 0 ? '' : `keys of subjects: ${mints.join(', ')}`],
    ['hosts', hosts.length === 0 ? '' : `${hosts.join(', ')} (enforced by its code only)`],
    ['network', inside ? '' : 'not isolated, in any environment'],
    ['triggered by', receivesFrom.map((other) => shortName(other, name)).join(', ')],
    ...TOPICS.map(
      (topic): Row => [
        topic,
        (byTopic.get(topic) ?? [])
          .map((statement) => describeStatement(statement, name))
          .join('; '),
      ],
    ),
  ];

  return rows.filter(([, text]) => text !== '');
}

const TOPICS = [
  'messages',
  'documents',
  'keys',
  'entries',
  'calls',
  'secrets',
  'log lines',
  'denied',
  'other',
] as const;

/** Returns the group of a statement, by service and table. All denials are in one group. */
function topicOf({ Effect, Action = [], Resource = [] }: LockedStatement): (typeof TOPICS)[number] {
  const services = new Set(Action.map((action) => action.split(':', 1)[0]));
  const [service, more] = services;
  if (Effect !== 'Allow') return 'denied';
  if (more !== undefined) return 'other';

  switch (service) {
    case 'sqs':
      return 'messages';
    case 'dynamodb':
      return Resource.every((arn) => arn.endsWith('-keys'))
        ? 'keys'
        : Resource.every((arn) => /-trail(?:\/index\/|$)/.test(arn))
          ? 'entries'
          : 'documents';
    case 'kms':
      return 'keys';
    case 'lambda':
      return 'calls';
    case 'secretsmanager':
      return 'secrets';
    case 'logs':
      return 'log lines';
    default:
      return 'other';
  }
}

/** Shortens a function's name if the description is about a function of the same automation. */
function shortName(name: string, about: string): string {
  const [automation = ''] = about.split('.', 1);
  return name === about
    ? 'itself'
    : name.startsWith(`${automation}.`)
      ? name.slice(automation.length + 1)
      : name;
}
