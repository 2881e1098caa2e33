import type { ClearClass } from '#shared/kernel/index.ts';
import type { Permission } from './permissions.ts';
import type { RoleBody, RoleGrant } from './role.ts';

/** A gate, as far as it matters which role can decide there. */
export interface AskedGate {
  readonly automation: string;
  /** Classes of the fields that it shows. */
  readonly classes: readonly ClearClass[];
}

/**
 * Finds what a custom role lacks to decide at a gate that asks for it. Stages and attributes are
 * left out: there is a case in which their conditions hold.
 *
 * @returns the permissions, in words; none when it can decide.
 */
export function lackingToDecide(
  { grants }: RoleBody,
  { automation, classes }: AskedGate,
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
