import * as z from 'zod/mini';
import { CLEAR_CLASSES, type ClearClass } from '#shared/kernel/index.ts';
import { attributeValueSchema, nameSchema } from './attributes.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';

/**
 * A custom role: a document of the directory (`role#platform#people#<name>`). It grants, and never
 * forbids; the wall between workspaces and everything that is forbidden holds for those who have it
 * as for anybody.
 */
export type RoleBody = {
  readonly v: 'role/1';
  readonly name: string;
  /** A sentence for whoever hands it out. */
  readonly says: string;
  readonly grants: readonly RoleGrant[];
};

/** Some permissions, under conditions that all have to hold. */
export type RoleGrant = {
  readonly permissions: readonly Permission[];
  /** Only for these automations. */
  readonly automations?: readonly string[];
  /** Only while the run is in one of these stages. */
  readonly stages?: readonly string[];
  /** With `field.read`, which it needs: only fields of these classes. */
  readonly classes?: readonly ClearClass[];
  /** Only where the workspace's attribute is one of these values, or the person's own. */
  readonly where?: Readonly<Record<string, 'own' | readonly string[]>>;
};

const some = <T extends z.core.$ZodType>(of: T) =>
  z.array(of).check(z.minLength(1), z.maxLength(64));

/** The most characters of what a role says. */
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
