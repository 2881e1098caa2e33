import type { ClearClass } from '#shared/kernel/index.ts';
import type { Permission } from './permissions.ts';
import type { RoleBody, RoleGrant } from './role.ts';

/** The permissions that a gate requires of the role that decides there. */
export interface GateRequirements {
  readonly automation: string;
  /** Classes of the fields that the gate shows. */
  readonly classes: readonly ClearClass[];
}

/**
 * Returns the permissions that a custom role lacks to decide at a gate, as phrases. The list is
 * empty if it can decide. Conditions on stages and attributes are ignored, because they may be met
 * for some runs.
 */
export function missingToDecide(
  { grants }: RoleBody,
  { automation, classes }: GateRequirements,
): string[] {
  const applies = ({ automations }: RoleGrant) =>
    automations === undefined || automations.includes(automation);
  const grantsOf = (permission: Permission) =>
    grants.filter((grant) => grant.permissions.includes(permission) && applies(grant));
  const permissions = (['gate.read', 'gate.decide'] as const).filter(
    (permission) => grantsOf(permission).length === 0,
  );
  const readable = grantsOf('field.read').flatMap((grant) => grant.classes ?? []);
  const unread = classes
    .filter((one) => !readable.includes(one))
    .map((one) => `field.read of ${one} fields`);

  return [...permissions, ...unread];
}
