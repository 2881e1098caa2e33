/**
 * Returns the object without the members that are `undefined`, for readers that distinguish an
 * absent member from an undefined one: JSON schemas, comparisons by member and authors' steps.
 *
 * @example
 * ```ts
 * import { omitUndefined } from 'writ';
 *
 * omitUndefined({ id: 'INV-1', orderId: undefined }); // { id: 'INV-1' }
 * ```
 */
export function omitUndefined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
