import { BUILT_IN_ROLES, type Principal, type RoleBody, roleSchema } from '#shared/access/index.ts';
import type { Actor } from '#shared/audit/index.ts';
import type { WorkspaceKeys } from '#shared/crypto/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { isTarget, type Ledger } from '#shared/ledger/index.ts';
import { UnknownPersonError } from './errors.ts';
import { type Account, loginOf, loginTarget } from './login.ts';
import { directoryTarget, type PersonBody, personKind } from './person.ts';
import type { Login } from './ports.ts';

/** A signed-in person, with their current entry in the directory. */
export interface AuthenticatedPerson {
  readonly person: PersonBody;
  /** The person as a principal of access decisions. */
  readonly principal: Principal;
  /** The person as the actor of audit entries. */
  readonly actor: Actor;
}

export interface AuthenticationPorts {
  readonly ledger: Ledger;
  readonly keys: WorkspaceKeys;
}

/** Context of an authentication, for audit entries. */
export interface AuthContext {
  /** `oidc`: a token of the environment's issuer. `embedded`: the sign-in of a local platform. */
  readonly auth: 'oidc' | 'embedded';
  /** Coarse origin of the request: a country or `local`. */
  readonly origin?: string;
}

/**
 * Looks up the person of a login: two consistent reads, or three if the person has custom roles.
 * Results are not cached: after a person is removed or their sessions are ended, the next request
 * is refused with any token.
 *
 * @throws `identity.unknown` (refuse): the person is not in the directory or not active, or the
 *   token is older than the session epoch.
 * @throws the errors of the ledger and the keys.
 */
export async function authenticatedPerson(
  ports: AuthenticationPorts,
  login: Login,
  how: AuthContext,
): Promise<AuthenticatedPerson> {
  const person = await personOf(ports, login);
  if (person === undefined) throw new UnknownPersonError();
  if (person.active !== true)
    throw new UnknownPersonError({ person: person.id, because: 'person-inactive' });
  if (login.issuedAt < person.sessionsFrom)
    throw new UnknownPersonError({ person: person.id, because: 'session-ended' });

  const { id, roles, workspaces, attributes } = person;

  return {
    person,
    principal: {
      id,
      roles,
      customRoles: await customRoles(ports.ledger, roles),
      workspaces,
      attributes,
    },
    actor: actorOf(id, login, how),
  };
}

/**
 * Returns the person as an actor: `auth` is `oidc`, or `oidc-mfa-pwd` if the issuer states those
 * sign-in methods.
 */
export function actorOf(
  id: string,
  { session, methods }: Login,
  { auth, origin }: AuthContext,
): Actor {
  const by = auth === 'oidc' ? [auth, ...methods].join('-') : auth;
  return { kind: 'user', id, auth: by, session, origin };
}

/** Returns the person of an account, active or not. */
export async function personOf(
  ports: AuthenticationPorts,
  account: Account,
): Promise<PersonBody | undefined> {
  const [row] = await ports.ledger.read(
    [await loginTarget(ports, account).catch(noDirectory)].filter((one) => one !== undefined),
  );
  const login = row === undefined ? undefined : loginOf(row);
  if (login === undefined) return undefined;

  const { person: id, subject } = login;
  const [document] = await ports.ledger.read([directoryTarget.person(id)]);
  const person = personKind.find(document);

  return person?.id === id && person.subject === subject ? person : undefined;
}

/** Before the first enrolment, the key for looking up a login does not exist. */
function noDirectory(error: unknown): undefined {
  if (!isWritError(error, 'keys.missing')) throw error;
}

/** Reads custom roles. A name without a document has no effect. */
export async function customRoles(
  ledger: Pick<Ledger, 'read'>,
  names: readonly string[],
): Promise<readonly RoleBody[]> {
  const targets = names
    .filter((name) => !Object.hasOwn(BUILT_IN_ROLES, name))
    .map(directoryTarget.role);
  const readable = targets.filter(isTarget);
  const found = readable.length === 0 ? [] : await ledger.read(readable);

  return found.flatMap((document) => {
    const role = roleSchema.safeParse(document?.body);
    return role.success && directoryTarget.role(role.data.name) === document?.target
      ? [role.data]
      : [];
  });
}
