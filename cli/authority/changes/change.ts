/** Effect of a change on authority. A change whose effect is unclear counts as wider. */
export const DIRECTIONS = ['wider', 'narrower', 'same'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Subjects of changes, in descending order of importance for a review. */
export const WEIGHTS = [
  'claim',
  'decision',
  'function',
  'class',
  'field',
  'vendor',
  'secret',
  'statement',
  'condition',
  'refusal',
  'rest',
] as const;
export type Weight = (typeof WEIGHTS)[number];

/** Description of one change of authority. */
export interface Change {
  readonly direction: Direction;
  readonly weight: Weight;
  /** Name of the function, automation, role or resource: the start of the sentence. */
  readonly about: string;
  /** Rest of the sentence, after the name. */
  readonly says: string;
}

/** Formats a change as a sentence. */
export const toSentence = ({ about, says }: Pick<Change, 'about' | 'says'>): string => about + says;

/**
 * Formats changes as sentences, in the given order. Changes that differ only in `about` become one
 * sentence.
 */
export function toSentences(changes: readonly Change[]): string[] {
  const groups = Map.groupBy(
    changes,
    ({ about, says, direction }) => direction + (says.startsWith(':') ? says : about + says),
  );
  return [...groups.values()].map((alike) =>
    toSentence({ about: alike.map(({ about }) => about).join(', '), says: alike[0]?.says ?? '' }),
  );
}

/** Change without its `about`, which the caller adds. */
export type ChangeDetail = Omit<Change, 'about'>;

export const detail = (direction: Direction, weight: Weight, says: string): ChangeDetail => ({
  direction,
  weight,
  says,
});

/**
 * Pairs the values of two locks by name. A value is undefined if its lock does not have the name.
 */
export function pairByName<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): { readonly name: string; readonly was: T | undefined; readonly is: T | undefined }[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].map((name) => ({
    name,
    was: before[name],
    is: after[name],
  }));
}

/** Returns the values of the first list that are not in the second. */
export const difference = (
  values: readonly string[] = [],
  others: readonly string[] = [],
): string[] => values.filter((value) => !others.includes(value));
