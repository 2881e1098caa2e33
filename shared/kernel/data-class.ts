/**
 * Data classes, from the least to the most sensitive. The class of a field decides how every sink
 * treats it.
 */
export const DATA_CLASSES = [
  'public',
  'internal',
  'personal',
  'financial',
  'health',
  'confidential',
] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** Classes whose values are stored only in sealed form. */
export const SEALED_CLASSES = ['personal', 'financial', 'health', 'confidential'] as const;
export type SealedClass = (typeof SEALED_CLASSES)[number];

/** Classes whose values may appear in entries, messages and rule facts. */
export const CLEAR_CLASSES = ['public', 'internal'] as const;
export type ClearClass = Exclude<DataClass, SealedClass>;

export function isSealedClass(dataClass: DataClass): dataClass is SealedClass {
  return (SEALED_CLASSES as readonly string[]).includes(dataClass);
}
