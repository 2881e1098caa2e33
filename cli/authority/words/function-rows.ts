import type { FunctionLock } from '#infra/lock/lock.ts';
import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { fieldsInWords } from './fields.ts';
import { statementInWords } from './statement.ts';

export type Row = readonly [label: string, says: string];

/**
 * What a function may do, row by row: first what it declares, field by field, then what its role
 * allows, statement by statement. Every statement is in exactly one row.
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
    ([collection, fields]) => `${collection} with ${fieldsInWords(fields) || 'no fields'}`,
  );
  const byTopic = Map.groupBy(fn.statements, topicOf);

  return said([
    ['reads', fieldsInWords(reads)],
    ['writes', fieldsInWords(writes)],
    ['looks up', records.join('; ')],
    ['registers', registers.join(', ')],
    ['reserves', reserves.join(', ')],
    ['draws', draws.join(', ')],
    ['opens', opens.length === 0 ? '' : `${opens.join(', ')} (and can seal them)`],
    ['mints', mints.length === 0 ? '' : `keys of subjects: ${mints.join(', ')}`],
    ['hosts', hosts.length === 0 ? '' : `${hosts.join(', ')} (held by its code alone)`],
    ['network', inside ? '' : 'outside, in every environment'],
    ['woken by', receivesFrom.map((other) => near(other, name)).join(', ')],
    ...TOPICS.map(
      (topic): Row => [
        topic,
        (byTopic.get(topic) ?? []).map((statement) => statementInWords(statement, name)).join('; '),
      ],
    ),
  ]);
}

const TOPICS = [
  'messages',
  'documents',
  'keys',
  'entries',
  'calls',
  'secrets',
  'log lines',
  'besides',
] as const;

/** By service, and by table. */
function topicOf({ Effect, Action = [], Resource = [] }: LockedStatement): (typeof TOPICS)[number] {
  const services = new Set(Action.map((action) => action.split(':', 1)[0]));
  const [service, more] = services;
  if (Effect !== 'Allow' || more !== undefined) return 'besides';

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
      return 'besides';
  }
}

/** A function's name as another of the same automation calls it. */
function near(name: string, about: string): string {
  const [own = ''] = about.split('.', 1);
  return name === about ? 'itself' : name.startsWith(`${own}.`) ? name.slice(own.length + 1) : name;
}

const said = (rows: readonly Row[]) => rows.filter(([, says]) => says !== '');
