import * as z from 'zod/mini';
import {
  BUILT_IN_ROLES,
  PERMISSIONS,
  type Permission,
  type RoleBody,
} from '#shared/access/index.ts';
import type { PersonalData, PersonBody } from '#shared/identity/index.ts';
import { idSchema, nameSchema } from '../schemas.ts';

/** A person of the directory. */
export const personSchema = z.strictObject({
  id: idSchema,
  name: z.optional(z.string()),
  email: z.optional(z.string()),
  roles: z.array(z.string()),
  /** Those they are let into; `*`: every one. */
  workspaces: z.union([z.literal('*'), z.array(nameSchema)]),
  /** Small facts that permissions may depend on. */
  attributes: z.record(z.string(), z.string()),
  /** Whether anybody can act as this person. */
  active: z.boolean(),
});

export function personView(
  { id, roles, workspaces, attributes, active }: PersonBody,
  { name, email }: PersonalData,
): z.output<typeof personSchema> {
  return {
    id,
    name,
    email,
    roles: [...roles],
    workspaces: workspaces === '*' ? '*' : [...workspaces],
    attributes: { ...attributes },
    active,
  };
}

const permissions = z.array(z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]]));
const texts = z.array(z.string());

/**
 * A role. What a built-in one allows is in policies; what a custom one allows, under which
 * conditions, is told here.
 */
export const roleViewSchema = z.strictObject({
  name: z.string(),
  /** In a sentence, what it is for. */
  says: z.string(),
  builtIn: z.boolean(),
  grants: z.optional(
    z.array(
      z.strictObject({
        permissions,
        automations: z.optional(texts),
        stages: z.optional(texts),
        classes: z.optional(texts),
        where: z.optional(z.record(z.string(), z.union([z.literal('own'), texts]))),
      }),
    ),
  ),
});
type RoleView = z.output<typeof roleViewSchema>;

export const builtInRoles: readonly RoleView[] = Object.entries(BUILT_IN_ROLES).map(
  ([name, { says }]) => ({ name, says, builtIn: true }),
);

export function customRole({ name, says, grants }: RoleBody): RoleView {
  return {
    name,
    says,
    builtIn: false,
    grants: structuredClone(grants) as unknown as NonNullable<RoleView['grants']>,
  };
}
