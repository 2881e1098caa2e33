import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { describeKeys } from '../descriptions/keys.ts';
import { describeResource } from '../descriptions/resources.ts';
import type { Weight } from './change.ts';

/** Effect of a change on the requests that a statement applies to: more, fewer or unclear. */
export type Scope = 'more' | 'less' | 'unclear';

export const OPPOSITE: Readonly<Record<Scope, Scope>> = {
  more: 'less',
  less: 'more',
  unclear: 'unclear',
};

/** A list of values in a statement. */
export interface Dimension {
  readonly values: readonly string[];
  /** Effect of one more value on the requests that the statement applies to. */
  readonly each: Scope;
  readonly weight: Weight;
  /** Verb between the statement and its values, such as `covers`. */
  readonly verb: string;
  readonly describe: (value: string) => string;
}

/**
 * Returns every list of a statement by name, members before conditions. The name of a condition
 * consists of its operator and key.
 */
export function dimensionsOf({
  Effect,
  Principal = {},
  Action,
  NotAction,
  Resource,
  Condition = {},
}: LockedStatement): Map<string, Dimension> {
  const [table = ''] = Resource ?? [];
  const member = { each: 'more', weight: 'statement', describe: (value: string) => value } as const;

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
            describe: (dataClass) => `workspace keys of class ${dataClass}`,
          },
        ];

      return key === 'dynamodb:LeadingKeys' && each === 'more'
        ? [
            name,
            {
              ...member,
              values,
              verb: 'covers',
              describe: (pattern) => describeKeys(pattern, table),
            },
          ]
        : [
            name,
            {
              values,
              each,
              weight: 'condition',
              verb: 'takes',
              describe: (value) => `${value} for ${name}`,
            },
          ];
    }),
  );

  return new Map<string, Dimension>([
    ...Object.entries(Principal).map(
      ([type, values]) =>
        [
          `Principal ${type}`,
          { ...member, values, verb: 'speaks of', describe: describeResource },
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
        ['Resource', { ...member, values, verb: 'covers', describe: describeResource }] as const,
    ),
    ...conditions,
  ]);
}

const present = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/**
 * Returns the effect of one more value in a condition: more requests meet the condition, or fewer
 * if its operator is negated.
 */
function effectOf(operator: string): Scope {
  const [, not] =
    /^(?:ForA(?:ll|ny)Values:)?(?:String|Arn)(Not)?(?:Equals|EqualsIgnoreCase|Like)(?:IfExists)?$/.exec(
      operator,
    ) ?? [operator, 'unclear'];
  return not === undefined ? 'more' : not === 'Not' ? 'less' : 'unclear';
}
