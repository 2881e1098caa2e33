/** What a change does to who may do what. Where that cannot be told, it counts as wider. */
export const DIRECTIONS = ['wider', 'narrower', 'same'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** What changed, what weighs most in a review first. */
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

/** One change of authority, in words. */
export interface Change {
  readonly direction: Direction;
  readonly weight: Weight;
  /** The function, the role or the resource. */
  readonly about: string;
  /** What follows its name in the sentence. */
  readonly says: string;
}

export const sentence = ({ about, says }: Pick<Change, 'about' | 'says'>): string => about + says;

/**
 * The sentences of changes in their order; what is said of several in the same words is said once.
 */
export function sentences(changes: readonly Change[]): string[] {
  const alike = Map.groupBy(
    changes,
    ({ about, says, direction }) => direction + (says.startsWith(':') ? says : about + says),
  );
  return [...alike.values()].map((of) =>
    sentence({ about: of.map(({ about }) => about).join(', '), says: of[0]?.says ?? '' }),
  );
}

/** A part of a change, before it is said what it is about. */
export type Part = Omit<Change, 'about'>;

/** What two locks call by a name, with one side missing where it came or went. */
export function pairs<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): { readonly name: string; readonly was: T | undefined; readonly is: T | undefined }[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].map((name) => ({
    name,
    was: before[name],
    is: after[name],
  }));
}

/** The values that one list has and the other has not. */
export const difference = (
  values: readonly string[] = [],
  others: readonly string[] = [],
): string[] => values.filter((value) => !others.includes(value));
