import * as z from 'zod/mini';
import { canonicalJson, InvalidInputError, type Json, NAME } from '#shared/kernel/index.ts';

/**
 * Small facts that permissions may depend on: a person's department, a client's tier. Names and
 * values as `checkAttributes` has them.
 */
export type Attributes = Readonly<Record<string, string>>;

/**
 * Names of roles, automations, stages and attributes: a lower-case letter, then at most 31 letters,
 * digits or hyphens.
 */
export const nameSchema = z.string().check(
  z.regex(NAME),
  z.refine((name) => !(name in Object.prototype)),
);

/**
 * A value of an attribute: a letter or digit, then at most 63 letters, digits, spaces, dots,
 * hyphens or underscores.
 */
export const attributeValueSchema = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/));

const MOST = 16;
const attributesSchema = z
  .record(nameSchema, attributeValueSchema)
  .check(z.refine((given) => Object.keys(given).length <= MOST));

/**
 * Checks attributes of a person or a workspace: at most 16, plain names, short plain values.
 *
 * @throws `attributes.invalid` (refuse). The message does not repeat what was given.
 */
export function checkAttributes(attributes: unknown): Attributes {
  const { success, data } = attributesSchema.safeParse(attributes);
  if (success && isPlainJson(attributes)) return data;
  throw new InvalidInputError(
    'attributes.invalid',
    `the attributes are not of the allowed form: at most ${MOST}; a name is a lower-case letter and at most 31 letters, digits or hyphens; ` +
      'a value is a letter or digit and at most 63 letters, digits, spaces, dots, hyphens or underscores',
  );
}

/**
 * Whether this is JSON and nothing beside it: schemas pass over a member named `__proto__`, with
 * what it would have restricted.
 */
export function isPlainJson(value: unknown): boolean {
  try {
    canonicalJson(value as Json);
    return true;
  } catch {
    return false;
  }
}
