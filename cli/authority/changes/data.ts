import type { DataLock, Fields } from '#infra/lock/automation-lock.ts';
import { DATA_CLASSES, type DataClass, isSealedClass } from '#shared/kernel/index.ts';
import {
  type ChangeDetail,
  type Direction,
  detail,
  difference,
  pairByName,
  type Weight,
} from './change.ts';

/** Functions that can read values of a class, before and after a change. */
export type Readers = (dataClass: DataClass) => {
  readonly before: readonly string[];
  readonly after: readonly string[];
};

export interface FieldContext {
  /** Noun that precedes the name of a field, such as `field`. */
  readonly noun: string;
  /** Undefined for records, because functions read records by collection, not by class. */
  readonly readers?: Readers;
}

/** Lists the changes of declared fields. */
export function dataChanges(
  before: DataLock,
  after: DataLock,
  { noun, readers }: FieldContext,
): ChangeDetail[] {
  const fieldDetail = (direction: Direction, weight: Weight, says: string) =>
    detail(direction, weight, `: ${says}`);

  const described = ({ fields, whose }: DataLock, field: string) =>
    `${fields[field]}${whose[field] === undefined ? '' : `, of ${whose[field]}`}`;

  const classes = pairByName(before.fields, after.fields).flatMap(({ name, was, is }) => {
    if (was === is) return [];
    if (was === undefined)
      return [fieldDetail('wider', 'field', `new ${noun} ${name} (${described(after, name)})`)];
    if (is === undefined)
      return [
        fieldDetail('narrower', 'field', `${noun} ${name} is gone (${described(before, name)})`),
      ];
    const [direction, consequence] = compareClasses(was, is, readers);
    return [
      fieldDetail(direction, 'class', `${noun} ${name} is ${is} now, was ${was}${consequence}`),
    ];
  });

  // the change of class already covers fields that were added, removed, sealed or unsealed
  const isCovered = (field: string) =>
    isSealed(before.fields, field) !== isSealed(after.fields, field);

  const subjects = pairByName(before.whose, after.whose).flatMap(({ name, was, is }) =>
    was === is || isCovered(name)
      ? []
      : [
          fieldDetail(
            'wider',
            'field',
            `${noun} ${name} is about ${is ?? 'no subject'} now, was about ${was ?? 'no subject'}`,
          ),
        ],
  );

  const wasAddedOrRemoved = (field: string) =>
    (before.fields[field] === undefined) !== (after.fields[field] === undefined);

  // if a field that a rule reads is missing, the run waits, unless the field is optional
  const presence = [
    ...difference(after.optional, before.optional).map(
      (field) => [field, 'may be left out now'] as const,
    ),
    ...difference(before.optional, after.optional).map(
      (field) => [field, 'may no longer be left out'] as const,
    ),
  ].flatMap(([field, says]) =>
    wasAddedOrRemoved(field) ? [] : [fieldDetail('wider', 'field', `${noun} ${field} ${says}`)],
  );

  const schemas = pairByName(before.schemas, after.schemas).flatMap(({ name, was, is }) =>
    was === is || wasAddedOrRemoved(name)
      ? []
      : [
          fieldDetail(
            'wider',
            'rest',
            `${noun} ${name} takes other values than before: read the change of its sources`,
          ),
        ],
  );

  return [...classes, ...subjects, ...presence, ...schemas];
}

/** Checks whether a field is sealed. Returns undefined if the field does not exist. */
function isSealed(fields: Fields, field: string): boolean | undefined {
  const dataClass = fields[field];
  return dataClass === undefined ? undefined : isSealedClass(dataClass);
}

/**
 * Returns the effect of a field's change of class. A stricter class narrows authority, unless it is
 * read by functions that did not read the former class.
 */
function compareClasses(
  was: DataClass,
  is: DataClass,
  readers: Readers | undefined,
): readonly [Direction, consequence: string] {
  const isStricter = DATA_CLASSES.indexOf(is) > DATA_CLASSES.indexOf(was);
  const unsealed = isSealedClass(was) && !isSealedClass(is) ? 'it is no longer sealed' : '';
  const newReaders =
    readers === undefined ? [] : difference(readers(is).after, readers(was).before);
  const access = isSealedClass(is) ? `opens ${is} values` : `reads ${is} fields`;
  const open = `every function that ${access} can read it`;
  const reading =
    readers === undefined || (newReaders.length === 0 && isStricter)
      ? ''
      : `${open}${newReaders.length === 0 ? '' : `, and could not before: ${newReaders.join(', ')}`}`;

  const consequence = [unsealed, reading].filter((text) => text !== '').join(', and ');

  return [
    isStricter && newReaders.length === 0 ? 'narrower' : 'wider',
    consequence === '' ? '' : `: ${consequence}`,
  ];
}
