import { CLEAR_CLASSES, type ClearClass } from './data-class.ts';
import { NAME } from './ids.ts';

/**
 * Names of the built-in roles. The policies of `shared/access` define the permissions of each role.
 */
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
 * policies are authoritative. Declarations are checked against this copy, because policies cannot
 * be evaluated at that point; a test compares the two.
 */
export const DECIDING_ROLES: Readonly<Partial<Record<BuiltInRole, readonly ClearClass[]>>> = {
  'Compliance Officer': CLEAR_CLASSES,
  'Team Member': CLEAR_CLASSES,
  Client: ['public'],
};

/**
 * Normalizes a role name, so that similar names compare equal, such as `team-member` and
 * `Team Member`.
 */
const normalizedName = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Returns the built-in role whose name is similar to this name; undefined if no name is. */
export function builtInRoleLike(name: string): BuiltInRole | undefined {
  return BUILT_IN_ROLES.find((role) => normalizedName(role) === normalizedName(name));
}

/** Returns true for a name that a custom role can have. */
export function isCustomRoleName(name: string): boolean {
  return NAME.test(name) && !(name in Object.prototype) && builtInRoleLike(name) === undefined;
}
