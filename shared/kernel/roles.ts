import { CLEAR_CLASSES, type ClearClass } from './data-class.ts';
import { NAME } from './ids.ts';

/** Names of the built-in roles. The policies of `shared/access` define what each allows. */
export const BUILT_IN_ROLES = [
  'Admin',
  'Compliance Officer',
  'Team Member',
  'Client',
  'Vendor',
  'Operator',
  'Auditor',
] as const;
export type BuiltInRole = (typeof BUILT_IN_ROLES)[number];

/**
 * Built-in roles that can decide at a gate, with the classes of fields that each can read. The
 * policies are authoritative; declarations are checked against this copy, where no policy can be
 * evaluated, and a test compares the two.
 */
export const DECIDING_ROLES: Readonly<Partial<Record<BuiltInRole, readonly ClearClass[]>>> = {
  'Compliance Officer': CLEAR_CLASSES,
  'Team Member': CLEAR_CLASSES,
  Client: ['public'],
};

/**
 * Normalizes a role name, so that names that read the same compare equal: `team-member`, `Team
 * Member`.
 */
const normalizedName = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Returns the built-in role that a name reads like; undefined when there is none. */
export function builtInRoleLike(name: string): BuiltInRole | undefined {
  return BUILT_IN_ROLES.find((role) => normalizedName(role) === normalizedName(name));
}

/** Returns true for a name that a custom role can have. */
export function isCustomRoleName(name: string): boolean {
  return NAME.test(name) && !(name in Object.prototype) && builtInRoleLike(name) === undefined;
}
