import { CLEAR_CLASSES, type ClearClass } from './data-class.ts';
import { NAME } from './ids.ts';

/** Names of the built-in roles. What each allows is in the policies of `shared/access`. */
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
 * The built-in roles that decide where a gate asks for them, and the classes of fields that each
 * reads. The policies rule; this repeats them for declarations, which are checked where no policy
 * can be asked, and a test compares the two.
 */
export const DECIDING_ROLES: Readonly<Partial<Record<BuiltInRole, readonly ClearClass[]>>> = {
  'Compliance Officer': CLEAR_CLASSES,
  'Team Member': CLEAR_CLASSES,
  Client: ['public'],
};

/**
 * Spelled so that names a reader would take for the same are the same: `team-member`, `Team
 * Member`.
 */
const spelled = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** The built-in role that a name reads like; undefined when it reads like none. */
export function builtInRoleLike(name: string): BuiltInRole | undefined {
  return BUILT_IN_ROLES.find((role) => spelled(role) === spelled(name));
}

/** Whether a custom role of the directory can have this name. */
export function isCustomRoleName(name: string): boolean {
  return NAME.test(name) && !(name in Object.prototype) && builtInRoleLike(name) === undefined;
}
