import * as z from 'zod/mini';
import { CLEAR_CLASSES, type ClearClass } from '#shared/kernel/index.ts';
import { attributeValueSchema, nameSchema } from './attributes.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';

/**
 * A custom role: a document of the directory (`role#platform#people#<name>`). It can only grant
 * permissions: workspace isolation and all `forbid` policies still apply.
 */
export type RoleBody = {
  readonly v: 'role/1';
  readonly name: string;
  /** A sentence for the person who assigns the role. */
  readonly says: string;
  readonly grants: readonly RoleGrant[];
};

/** Permissions, with conditions that must all be met. */
export type RoleGrant = {
  readonly permissions: readonly Permission[];
  /** Restricts the grant to these automations. */
  readonly automations?: readonly string[];
  /** Restricts the grant to runs in one of these stages. */
  readonly stages?: readonly string[];
  /**
   * Classes of the fields that `field.read` allows to read. Required for `field.read`, and not
   * allowed without it.
   */
  readonly classes?: readonly ClearClass[];
  /**
   * Restricts the grant to workspaces whose attribute has one of these values or, with `own`, the
   * value of the person's attribute.
   */
  readonly where?: Readonly<Record<string, 'own' | readonly string[]>>;
};

const some = <T extends z.core.$ZodType>(of: T) =>
  z.array(of).check(z.minLength(1), z.maxLength(64));

/** Maximum length of a role's sentence, in characters. */
export const SAYS_MAX = 300;

export const roleSchema = z.strictObject({
  v: z.literal('role/1'),
  name: nameSchema,
  says: z.string().check(z.minLength(1), z.maxLength(SAYS_MAX)),
  grants: some(
    z.strictObject({
      permissions: some(z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]])),
      automations: z.optional(some(nameSchema)),
      stages: z.optional(some(nameSchema)),
      classes: z.optional(some(z.enum(CLEAR_CLASSES))),
      where: z.optional(
        z.record(nameSchema, z.union([z.literal('own'), some(attributeValueSchema)])),
      ),
    }),
  ),
});
