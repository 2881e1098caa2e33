import * as z from 'zod/mini';
import {
  BUILT_IN_ROLES,
  PERMISSIONS,
  type Permission,
  type RoleBody,
} from '#shared/access/index.ts';
import type { PersonalData, PersonBody } from '#shared/identity/index.ts';
import { idSchema, nameSchema } from '../schemas.ts';

/** Person in the directory. */
export const personSchema = z.strictObject({
  id: idSchema,
  name: z.optional(z.string()),
  email: z.optional(z.string()),
  roles: z.array(z.string()),
  /** Workspaces that the person can access; `*` means all workspaces. */
  workspaces: z.union([z.literal('*'), z.array(nameSchema)]),
  /** Attributes that permissions can depend on. */
  attributes: z.record(z.string(), z.string()),
  /** True if the account can be used. */
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
 * Role. Policies define the permissions of a built-in role; `grants` defines those of a custom
 * role.
 */
export const roleViewSchema = z.strictObject({
  name: z.string(),
  /** Purpose of the role, in one sentence. */
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
    grants: structuredClone(grants) as NonNullable<RoleView['grants']>,
  };
}
