import { ifNoneMatch } from './archive.ts';
import type { Fact } from './fact.ts';
import { keyClasses, secretPolicies } from './keys.ts';
import { queuePolicies, redrive } from './queues.ts';
import { attributes, exists, leadingKeys } from './steps.ts';
import { answers, forms } from './store.ts';
import { index, insertOnly, tablePolicies, writeOnce } from './tables.ts';

/** Every fact, in the order they are tried. */
export const FACTS: readonly Fact[] = [
  forms,
  answers,
  leadingKeys,
  attributes,
  exists,
  index,
  insertOnly,
  tablePolicies,
  writeOnce,
  keyClasses,
  secretPolicies,
  queuePolicies,
  redrive,
  ifNoneMatch,
];
