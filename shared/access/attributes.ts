import * as z from 'zod/mini';
import { canonicalJson, InvalidInputError, type Json, NAME } from '#shared/kernel/index.ts';

/**
 * Small facts that permissions may depend on, such as a person's department or a client's tier. The
 * allowed names and values are those of `checkAttributes`.
 */
export type Attributes = Readonly<Record<string, string>>;

/**
 * Schema of names of roles, automations, stages and attributes: a lower-case letter followed by up
 * to 31 letters, digits or hyphens.
 */
export const nameSchema = z.string().check(
  z.regex(NAME),
  z.refine((name) => !(name in Object.prototype)),
);

/**
 * Schema of the value of an attribute: a letter or digit followed by up to 63 letters, digits,
 * spaces, dots, hyphens or underscores.
 */
export const attributeValueSchema = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/));

const ATTRIBUTES_MAX = 16;
const attributesSchema = z
  .record(nameSchema, attributeValueSchema)
  .check(z.refine((given) => Object.keys(given).length <= ATTRIBUTES_MAX));

/**
 * Checks the attributes of a person or a workspace: at most 16, with names and values in the forms
 * above.
 *
 * @throws `attributes.invalid` (refuse). The message does not repeat the attributes.
 */
export function checkAttributes(attributes: unknown): Attributes {
  const { success, data } = attributesSchema.safeParse(attributes);
  if (success && isPlainJson(attributes)) return data;
  throw new InvalidInputError(
    'attributes.invalid',
    `the attributes have another form; allowed are up to ${ATTRIBUTES_MAX}, ` +
      'each name a lower-case letter followed by up to 31 letters, digits or hyphens, each value ' +
      'a letter or digit followed by up to 63 letters, digits, spaces, dots, hyphens or underscores',
  );
}

/**
 * Returns true if a value is plain JSON. Schemas skip a member named `__proto__`, and would
 * therefore ignore a restriction in that member.
 */
export function isPlainJson(value: unknown): boolean {
  try {
    canonicalJson(value as Json);
    return true;
  } catch {
    return false;
  }
}
