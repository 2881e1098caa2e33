import type { RoleBody } from '#shared/access/index.ts';
import type { Actor } from '#shared/audit/index.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import { createWorkspace, type EnginePorts } from '#shared/engine/index.ts';
import { customRoles, enrol, type NewPerson, PEOPLE, seedRole } from '#shared/identity/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { serviceActor } from '#shared/ledger/index.ts';

/**
 * Operations on people and roles for trying out Writ on one machine. A ledger in the cloud refuses
 * the entries of these operations, and thereby the changes.
 */
export interface PeopleOperations {
  /**
   * Adds sample people to the directory, and creates the directory if it does not exist. Existing
   * people are unchanged.
   *
   * @returns the number of new people.
   */
  seed(people: readonly (NewPerson & { readonly id: string })[], actor: Actor): Promise<number>;
  /**
   * Stores custom roles.
   *
   * @throws `role.invalid` (refuse).
   */
  seedRoles(roles: readonly RoleBody[], actor: Actor): Promise<void>;
  /** Returns the stored custom roles with these names. Missing roles are left out. */
  customRoles(names: readonly string[]): Promise<readonly RoleBody[]>;
}

export function connect(
  ports: Pick<EnginePorts, 'ledger' | 'keys' | 'random'>,
  service: KeyService,
): PeopleOperations {
  const createDirectory = () =>
    createWorkspace(ports, {
      keyService: service,
      workspace: PEOPLE,
      actor: serviceActor(ports.ledger),
      reserved: true,
    });
  return {
    async seed(people, actor) {
      await createDirectory();
      let added = 0;
      for (const person of people)
        if (await isNew(() => enrol(ports, person, { actor, action: 'person.seed' }))) added++;
      return added;
    },
    async seedRoles(roles, actor) {
      await createDirectory();
      for (const role of roles) await seedRole(ports, role, actor);
    },
    customRoles: (names) => customRoles(ports.ledger, names),
  };
}

async function isNew(enrolPerson: () => Promise<unknown>): Promise<boolean> {
  try {
    await enrolPerson();
    return true;
  } catch (error) {
    if (isWritError(error, 'person.taken')) return false;
    throw error;
  }
}
