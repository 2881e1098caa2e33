import type { RoleBody } from '#shared/access/index.ts';
import type { Actor } from '#shared/audit/index.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import { createWorkspace, type EnginePorts } from '#shared/engine/index.ts';
import { customRoles, enrol, type NewPerson, PEOPLE, seedRole } from '#shared/identity/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { serviceActor } from '#shared/ledger/index.ts';

/**
 * What can be done with people and roles to try Writ out on one machine. A ledger in the cloud
 * refuses every entry of these, and with it the change.
 */
export interface PeopleOperations {
  /**
   * Puts sample people into the directory, which is begun where there is none. Those who are there
   * are left as they are. @returns how many are new.
   */
  seed(people: readonly (NewPerson & { readonly id: string })[], actor: Actor): Promise<number>;
  /** Puts custom roles in place. @throws `role.invalid` (refuse). */
  seedRoles(roles: readonly RoleBody[], actor: Actor): Promise<void>;
  /** The custom roles of these names, as they stand; those that there are. */
  customRoles(names: readonly string[]): Promise<readonly RoleBody[]>;
}

export function connect(
  ports: Pick<EnginePorts, 'ledger' | 'keys' | 'random'>,
  service: KeyService,
): PeopleOperations {
  const begin = () =>
    createWorkspace(ports, service, PEOPLE, serviceActor(ports.ledger), { reserved: true });
  return {
    async seed(people, actor) {
      await begin();
      let fresh = 0;
      for (const person of people)
        if (await isNew(() => enrol(ports, person, { actor, action: 'person.seed' }))) fresh++;
      return fresh;
    },
    async seedRoles(roles, actor) {
      await begin();
      for (const role of roles) await seedRole(ports, role, actor);
    },
    customRoles: (names) => customRoles(ports.ledger, names),
  };
}

async function isNew(enrolled: () => Promise<unknown>): Promise<boolean> {
  try {
    await enrolled();
    return true;
  } catch (error) {
    if (isWritError(error, 'person.taken')) return false;
    throw error;
  }
}
