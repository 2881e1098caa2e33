import type { Fields } from '#infra/lock/automation-lock.ts';
import type { FunctionLock } from '#infra/lock/lock.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';
import { describeFields } from '../descriptions/fields.ts';
import { type ChangeDetail, type Direction, detail, difference, type Weight } from './change.ts';

type Fact = Exclude<keyof FunctionLock, 'statements'>;

type Compare<T> = (
  before: T,
  after: T,
  all: FunctionLock,
  allAfter: FunctionLock,
) => ChangeDetail[];

/** Lists the changes of a function, except those of its statements. */
export function factChanges(before: FunctionLock, after: FunctionLock): ChangeDetail[] {
  const compare = <F extends Fact>(fact: F): ChangeDetail[] =>
    COMPARE[fact](before[fact], after[fact], before, after);
  return (Object.keys(COMPARE) as Fact[]).flatMap(compare);
}

/** Comparison of each fact. The type requires one for every fact. */
const COMPARE: { readonly [F in Fact]: Compare<FunctionLock[F]> } = {
  kind: (before, after) =>
    scalar(before, after, 'wider', ` is of kind ${after} now, no longer of kind ${before}`),
  effect: (before, after) => {
    const direction = EFFECTS.indexOf(after) > EFFECTS.indexOf(before) ? 'wider' : 'narrower';
    return scalar(
      before,
      after,
      direction,
      ` has effect ${after ?? 'undeclared'} now, no longer ${before ?? 'undeclared'}`,
    );
  },
  reads: (before, after) => fields(before, after, 'read field'),
  writes: (before, after) => fields(before, after, 'write field'),
  lookups: (before, after) => [
    ...lists(
      'field',
      (collection) =>
        `look up records of ${collection}${withFields(after[collection] ?? before[collection])}`,
    )(Object.keys(before), Object.keys(after)),
    ...Object.keys(after).flatMap((collection) => {
      const [was, is] = [before[collection], after[collection]];
      return was === undefined || is === undefined
        ? []
        : fields(was, is, `look up, in records of ${collection}, field`);
    }),
  ],
  registers: lists('field', (collection) => `enter records of ${collection}`),
  reserves: lists('field', (collection) => `reserve balances of ${collection}`),
  draws: lists('field', (collection) => `draw reservations of ${collection}`),
  secrets: lists('secret', (secret) => `read secret ${secret}`),
  vendors: lists('vendor', (vendor) => `call vendor ${vendor}`),
  hosts: lists('vendor', (host) => `call host ${host} (enforced by its code only)`),
  opens: (before, after, all, allAfter) => [
    ...difference(after, before).map((opened) =>
      detail('wider', 'class', ` may now open ${opened} values${because(opened, all, allAfter)}`),
    ),
    ...difference(before, after).map((opened) =>
      detail('narrower', 'class', ` may no longer open ${opened} values`),
    ),
  ],
  mints: lists('class', (dataClass) => `make keys of subjects for ${dataClass} values`),
  sendsTo: lists('rest', (other) => `wake ${other}`),
  receivesFrom: lists('rest', (other) => `be woken by ${other}`),
  role: (before, after) =>
    scalar(before, after, 'wider', ` has role ${after} now, no longer ${before}`),
  inside: (before, after) =>
    scalar(
      before,
      after,
      after ? 'narrower' : 'wider',
      after ? ' sits in the isolated network now' : ' no longer sits in the isolated network',
    ),
};

const EFFECTS = [undefined, 'none', 'internal', 'external'];

const withFields = (of: Fields = {}) =>
  Object.keys(of).length === 0 ? '' : ` (${describeFields(of)})`;

function scalar<T>(before: T, after: T, direction: Direction, says: string): ChangeDetail[] {
  return before === after ? [] : [detail(direction, 'rest', says)];
}

function lists(
  weight: Weight,
  does: (value: string) => string,
): (before: readonly string[], after: readonly string[]) => ChangeDetail[] {
  return (before, after) => [
    ...difference(after, before).map((value) => detail('wider', weight, ` may now ${does(value)}`)),
    ...difference(before, after).map((value) =>
      detail('narrower', weight, ` may no longer ${does(value)}`),
    ),
  ];
}

function fields(before: Fields, after: Fields, does: string): ChangeDetail[] {
  const [was, is] = [Object.keys(before), Object.keys(after)];
  const strictness = (of: Fields, field: string) =>
    DATA_CLASSES.indexOf(of[field] ?? 'confidential');

  return [
    ...difference(is, was).map((field) =>
      detail('wider', 'field', ` may now ${does} ${field} (${after[field]})`),
    ),
    ...difference(was, is).map((field) =>
      detail('narrower', 'field', ` may no longer ${does} ${field} (${before[field]})`),
    ),
    ...is
      .filter((field) => before[field] !== undefined && before[field] !== after[field])
      .map((field) =>
        // a less strict class opens the field to more functions
        detail(
          strictness(after, field) < strictness(before, field) ? 'wider' : 'narrower',
          'field',
          ` may ${does} ${field}, which is ${after[field]} now and was ${before[field]}`,
        ),
      ),
  ];
}

/** Explains why a function gained a data class: lists the fields of this class that it gained. */
function because(dataClass: string, before: FunctionLock, after: FunctionLock): string {
  const gained = (was: Fields = {}, is: Fields) =>
    Object.keys(is).filter((field) => is[field] === dataClass && was[field] !== dataClass);

  const reasons = [
    ['reads', gained(before.reads, after.reads)],
    ['writes', gained(before.writes, after.writes)],
    ...Object.entries(after.lookups).map(
      ([collection, of]) =>
        [`looks up ${collection} with`, gained(before.lookups[collection], of)] as const,
    ),
  ] as const;

  const clauses = reasons
    .filter(([, names]) => names.length > 0)
    .map(([does, names]) => `${does} ${names.join(', ')}`);

  return clauses.length === 0 ? '' : ` (${clauses.join('; ')})`;
}

/** Describes a new or removed function for a review. */
export function describeFunction({
  kind,
  effect,
  reads,
  writes,
  lookups,
  registers,
  reserves,
  draws,
  opens,
  secrets,
  vendors,
  hosts,
  inside,
}: FunctionLock): string {
  const uses = [
    ['opens', opens.map((dataClass) => `${dataClass} values`)],
    ['reads', Object.keys(reads)],
    ['writes', Object.keys(writes)],
    ['looks up', Object.keys(lookups)],
    ['enters', registers],
    ['reserves', reserves],
    ['draws', draws],
    ['reads secret', secrets],
    ['calls vendor', vendors],
    ['calls host', hosts],
  ] as const;

  const clauses = uses
    .filter(([, names]) => names.length > 0)
    .map(([does, names]) => `${does} ${names.join(', ')}`);

  if (!inside) clauses.push('outside of the isolated network');

  const effects = effect === undefined ? '' : ` with ${effect === 'none' ? 'no' : effect} effect`;

  return [`${kind}${effects}`, ...clauses].join('; ');
}
