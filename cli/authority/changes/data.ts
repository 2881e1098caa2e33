import type { DataLock, Fields } from '#infra/lock/automation-lock.ts';
import { DATA_CLASSES, type DataClass, isSealedClass } from '#shared/kernel/index.ts';
import { type Direction, difference, type Part, pairs, type Weight } from './change.ts';

/** Functions that can read what is of a class, as they were and as they are. */
export type Readers = (dataClass: DataClass) => {
  readonly before: readonly string[];
  readonly after: readonly string[];
};

/**
 * What has changed of declared fields.
 *
 * @param called - What a field is called in a sentence, before its name.
 * @param readers - Nothing for records: they are read by collection, not by class.
 */
export function dataChanges(
  before: DataLock,
  after: DataLock,
  called = 'field',
  readers?: Readers,
): Part[] {
  const part = (direction: Direction, weight: Weight, says: string): Part => ({
    direction,
    weight,
    says: `: ${says}`,
  });

  const described = ({ fields, whose }: DataLock, field: string) =>
    `${fields[field]}${whose[field] === undefined ? '' : `, of ${whose[field]}`}`;

  const classes = pairs(before.fields, after.fields).flatMap(({ name, was, is }) => {
    if (was === is) return [];
    if (was === undefined)
      return [part('wider', 'field', `new ${called} ${name} (${described(after, name)})`)];
    if (is === undefined)
      return [part('narrower', 'field', `${called} ${name} is gone (${described(before, name)})`)];
    const [direction, consequence] = reclassified(was, is, readers);
    return [part(direction, 'class', `${called} ${name} is ${is} now, was ${was}${consequence}`)];
  });

  // told by the class: whether it is there at all, and whether it is sealed
  const told = (field: string) => isSealed(before.fields, field) !== isSealed(after.fields, field);

  const whose = pairs(before.whose, after.whose).flatMap(({ name, was, is }) =>
    was === is || told(name)
      ? []
      : [
          part(
            'wider',
            'field',
            `${called} ${name} is about ${is ?? 'nobody'} now, was about ${was ?? 'nobody'}`,
          ),
        ],
  );

  const cameOrWent = (field: string) =>
    (before.fields[field] === undefined) !== (after.fields[field] === undefined);

  // a rule that a fact is missing for makes a run wait, unless the field may be missing
  const presence = [
    ...difference(after.optional, before.optional).map(
      (field) => [field, 'may be left out now'] as const,
    ),
    ...difference(before.optional, after.optional).map(
      (field) => [field, 'may no longer be left out'] as const,
    ),
  ].flatMap(([field, says]) =>
    cameOrWent(field) ? [] : [part('wider', 'field', `${called} ${field} ${says}`)],
  );

  const schemas = pairs(before.schemas, after.schemas).flatMap(({ name, was, is }) =>
    was === is || cameOrWent(name)
      ? []
      : [
          part(
            'wider',
            'rest',
            `${called} ${name} takes other values than before: read the change of its sources`,
          ),
        ],
  );

  return [...classes, ...whose, ...presence, ...schemas];
}

/** Undefined for a field that is not there. */
function isSealed(fields: Fields, field: string): boolean | undefined {
  const dataClass = fields[field];
  return dataClass === undefined ? undefined : isSealedClass(dataClass);
}

/** Held more closely it is open to less, unless the other class is open to somebody new. */
function reclassified(
  was: DataClass,
  is: DataClass,
  readers: Readers | undefined,
): readonly [Direction, consequence: string] {
  const closer = DATA_CLASSES.indexOf(is) > DATA_CLASSES.indexOf(was);
  const unsealed = isSealedClass(was) && !isSealedClass(is) ? 'it is no longer sealed' : '';
  const able = readers === undefined ? [] : difference(readers(is).after, readers(was).before);
  const open = `whoever ${isSealedClass(is) ? 'opens' : 'reads'} ${is} ${isSealedClass(is) ? 'values' : 'fields'} can read it`;
  const reading =
    readers === undefined || (able.length === 0 && closer)
      ? ''
      : `${open}${able.length === 0 ? '' : `, and could not before: ${able.join(', ')}`}`;

  const consequence = [unsealed, reading].filter((text) => text !== '').join(', and ');

  return [
    closer && able.length === 0 ? 'narrower' : 'wider',
    consequence === '' ? '' : `: ${consequence}`,
  ];
}
