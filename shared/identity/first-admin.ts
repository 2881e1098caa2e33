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
import { directoryTarget, PEOPLE, type PersonBody } from './person.ts';
import type { Login } from './ports.ts';

export interface FirstAdminPorts extends DirectoryPorts {
  readonly keyService: KeyService;
}

export interface FirstAdminClaim {
  readonly person: PersonBody;
  /**
   * False: it was done before, by the same person. Nothing was changed, and no entry was written.
   */
  readonly first: boolean;
}

/**
 * Makes the person whom the deployment names the first admin: begins the directory, if it is not
 * there, and enrols them with the role Admin, let into every workspace. Once: a document that is
 * inserted in the same commit stands in the way of any other.
 *
 * @param named - Subject at the environment's issuer; undefined: the deployment names nobody.
 * @param how - With `trace`, the request's id.
 * @throws `identity.not-first-admin` (refuse): the login is not the one that is named. Nothing is
 *   written of it here: who asks is in no directory, and is counted like other strangers.
 * @throws `identity.first-admin-taken` (refuse): somebody else was it. `identity.unknown`: they
 *   were it themselves, and are not active.
 * @throws `person.taken` (refuse): the login is of a person already, who is no first admin.
 */
export async function claimFirstAdmin(
  ports: FirstAdminPorts,
  login: Login,
  named: string | undefined,
  how: AuthContext & { readonly trace?: string },
): Promise<FirstAdminClaim> {
  if (named === undefined || login.subject !== named)
    throw new FirstAdminError('identity.not-first-admin');

  const before = await doneBefore(ports, login, how);
  if (before !== undefined) return before;

  await createWorkspace(ports, ports.keyService, PEOPLE, serviceActor(ports.ledger), {
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

  const marker = {
    op: 'insert',
    target: directoryTarget.firstAdmin,
    body: { v: 'setup/1', person: id },
  } as const;

  try {
    await ports.ledger.commit({ changes: [marker, ...changes], entries: [entry] });
    return { person: body, first: true };
  } catch (error) {
    if (!isWritError(error, 'ledger.conflict')) throw error;
    const meanwhile = await doneBefore(ports, login, how);
    if (meanwhile !== undefined) return meanwhile;
    const taken = await personOf(ports, login);
    throw taken === undefined ? error : new PersonTakenError(taken.id);
  }
}

/** What was claimed before, when it was by the same person; undefined when nobody has. */
async function doneBefore(
  ports: FirstAdminPorts,
  login: Login,
  how: AuthContext,
): Promise<FirstAdminClaim | undefined> {
  const [marker] = await ports.ledger.read([directoryTarget.firstAdmin]);
  if (marker === undefined) return undefined;
  const first = (marker.body as { readonly person?: string }).person;
  if ((await personOf(ports, login))?.id !== first)
    throw new FirstAdminError('identity.first-admin-taken');

  return { person: (await authenticatedPerson(ports, login, how)).person, first: false };
}
