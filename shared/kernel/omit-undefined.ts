/**
 * Returns the object without its `undefined` members, for consumers that distinguish an absent
 * member from an undefined one: JSON schemas, deep comparisons and authors' steps.
 */
export function omitUndefined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
