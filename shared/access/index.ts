/**
 * Access control of people: permissions, roles, and the port that decides. The policies are in
 * `policies/`, in Cedar.
 */
export { type Attributes, checkAttributes } from './attributes.ts';
export { cachedPolicies } from './cached.ts';
export { checkRole } from './check-role.ts';
export { PoliciesInvalidError } from './errors.ts';
export { type GateRequirements, missingToDecide } from './missing-to-decide.ts';
export { PERMISSIONS, type Permission, type ResourceType } from './permissions.ts';
export { POLICY_FILES, type PolicyFile } from './policy-files.ts';
export type {
  AccessRequest,
  Authorization,
  PolicyEngine,
  Principal,
  Resource,
} from './ports.ts';
export { type RoleBody, type RoleGrant, roleSchema } from './role.ts';
export { BUILT_IN_ROLES } from './roles.ts';
