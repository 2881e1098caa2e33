import type { KeyService } from '#shared/crypto/index.ts';
import { createWorkspace } from '#shared/engine/index.ts';
import { isWritError, newId } from '#shared/kernel/index.ts';
import { serviceActor } from '#shared/ledger/index.ts';
import {
  type AuthContext,
  actorOf,
  authenticatedPerson,
  personOf,
} from './authenticated-person.ts';
import { type DirectoryPorts, enrolment } from './directory.ts';
import { FirstAdminError, PersonTakenError } from './errors.ts';
import { directoryTarget, firstAdminKind, PEOPLE, type PersonBody } from './person.ts';
import type { Login } from './ports.ts';

export interface FirstAdminPorts extends DirectoryPorts {
  readonly keyService: KeyService;
}

export interface FirstAdminClaim {
  readonly person: PersonBody;
  /**
   * False if the same person claimed the role before. Nothing was changed, and no entry was
   * written.
   */
  readonly first: boolean;
}

/**
 * Enrols the person that the deployment configures as the first admin, with the role Admin and
 * access to every workspace. Creates the directory if necessary. Succeeds only once, because the
 * same commit inserts a marker document, which blocks later claims.
 *
 * @param named - Subject at the environment's issuer; undefined if the deployment does not
 *   configure one.
 * @param how - Authentication context; `trace` is the request's id.
 * @throws `identity.not-first-admin` (refuse): the login is not the named one. Writes no entry: the
 *   caller is not in the directory, and is counted like other unauthenticated senders.
 * @throws `identity.first-admin-taken` (refuse): another person claimed the role.
 *   `identity.unknown`: the same person claimed the role, and is no longer active.
 * @throws `person.taken` (refuse): the login belongs to a person who is not the first admin.
 */
export async function claimFirstAdmin(
  ports: FirstAdminPorts,
  login: Login,
  named: string | undefined,
  how: AuthContext & { readonly trace?: string },
): Promise<FirstAdminClaim> {
  if (named === undefined || login.subject !== named)
    throw new FirstAdminError('identity.not-first-admin');

  const before = await earlierClaim(ports, login, how);
  if (before !== undefined) return before;

  await createWorkspace(ports, {
    keyService: ports.keyService,
    workspace: PEOPLE,
    actor: serviceActor(ports.ledger),
    reserved: true,
  });

  const id = newId(ports.random);

  const { body, changes, entry } = await enrolment(
    ports,
    { id, login, roles: ['Admin'], workspaces: '*' },
    {
      actor: actorOf(id, login, how),
      action: 'person.first-admin',
      trace: how.trace,
    },
  );

  const marker = firstAdminKind.insert(directoryTarget.firstAdmin, { v: 'setup/1', person: id });

  try {
    await ports.ledger.commit({ changes: [marker, ...changes], entries: [entry] });
    return { person: body, first: true };
  } catch (error) {
    if (!isWritError(error, 'ledger.conflict')) throw error;
    const meanwhile = await earlierClaim(ports, login, how);
    if (meanwhile !== undefined) return meanwhile;
    const taken = await personOf(ports, login);
    throw taken === undefined ? error : new PersonTakenError(taken.id);
  }
}

/** Returns the earlier claim of the same person; undefined before the first claim. */
async function earlierClaim(
  ports: FirstAdminPorts,
  login: Login,
  how: AuthContext,
): Promise<FirstAdminClaim | undefined> {
  const [marker] = await ports.ledger.read([directoryTarget.firstAdmin]);
  if (marker === undefined) return undefined;
  const first = firstAdminKind.find(marker)?.person;
  if ((await personOf(ports, login))?.id !== first)
    throw new FirstAdminError('identity.first-admin-taken');

  return { person: (await authenticatedPerson(ports, login, how)).person, first: false };
}
