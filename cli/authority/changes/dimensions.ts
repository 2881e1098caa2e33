import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { keysInWords } from '../words/keys.ts';
import { resourceInWords } from '../words/resources.ts';
import type { Weight } from './change.ts';

/** Whether a statement applies to more requests than before, or to less. */
export type Effectively = 'more' | 'less' | 'unclear';

export const OPPOSITE: Readonly<Record<Effectively, Effectively>> = {
  more: 'less',
  less: 'more',
  unclear: 'unclear',
};

/** One list of values of a statement. */
export interface Dimension {
  readonly values: readonly string[];
  /** To what the statement applies with one value more. */
  readonly each: Effectively;
  readonly weight: Weight;
  /** What the statement does with the values. */
  readonly verb: string;
  readonly inWords: (value: string) => string;
}

/**
 * Every list of a statement. Conditions are named by operator and key; members that have a name of
 * their own come first.
 */
export function dimensionsOf({
  Effect,
  Principal = {},
  Action,
  NotAction,
  Resource,
  Condition = {},
}: LockedStatement): Map<string, Dimension> {
  const [place = ''] = Resource ?? [];
  const member = { each: 'more', weight: 'statement', inWords: (value: string) => value } as const;

  const conditions = Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]): [string, Dimension] => {
      const name = `${operator} ${key}`;
      const each = effectOf(operator);
      if (key === 'kms:EncryptionContext:class' && each === 'more')
        return [
          name,
          {
            ...member,
            values,
            verb: 'covers',
            inWords: (dataClass) => `workspace keys of class ${dataClass}`,
          },
        ];

      return key === 'dynamodb:LeadingKeys' && each === 'more'
        ? [
            name,
            {
              ...member,
              values,
              verb: 'covers',
              inWords: (pattern) => keysInWords(pattern, place),
            },
          ]
        : [
            name,
            {
              values,
              each,
              weight: 'condition',
              verb: 'takes',
              inWords: (value) => `${value} for ${name}`,
            },
          ];
    }),
  );

  return new Map<string, Dimension>([
    ...Object.entries(Principal).map(
      ([type, values]) =>
        [
          `Principal ${type}`,
          { ...member, values, verb: 'speaks of', inWords: resourceInWords },
        ] as const,
    ),
    ...present(Action).map(
      (values) =>
        ['Action', { ...member, values, verb: Effect === 'Allow' ? 'allows' : 'refuses' }] as const,
    ),
    ...present(NotAction).map(
      (values) => ['NotAction', { ...member, values, each: 'less', verb: 'excepts' }] as const,
    ),
    ...present(Resource).map(
      (values) =>
        ['Resource', { ...member, values, verb: 'covers', inWords: resourceInWords }] as const,
    ),
    ...conditions,
  ]);
}

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/**
 * A value more lets a request meet a condition that it failed; a condition that denies its values
 * works the other way round.
 */
function effectOf(operator: string): Effectively {
  const [, not] =
    /^(?:ForA(?:ll|ny)Values:)?(?:String|Arn)(Not)?(?:Equals|EqualsIgnoreCase|Like)(?:IfExists)?$/.exec(
      operator,
    ) ?? [operator, 'unclear'];
  return not === undefined ? 'more' : not === 'Not' ? 'less' : 'unclear';
}
