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
  /** `oidc`: a token of the environment's issuer. `embedded`: the sign-in of one machine. */
  readonly auth: 'oidc' | 'embedded';
  /** Coarse origin of the request: a country or `local`. */
  readonly origin?: string;
}

/**
 * Looks up the person of a login: two consistent reads, three for custom roles. Caches nothing, so
 * a person who was removed, or whose sessions were ended, is out at the next request, with any
 * token.
 *
 * @throws `identity.unknown` (refuse): not in the directory, not active, or the token is older than
 *   the session epoch.
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
 * Returns the person as an actor: `auth` is `oidc`, or `oidc-mfa-pwd` when the issuer states the
 * methods of the sign-in.
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

/** Before the first enrolment there is no key to look up a login with. */
function noDirectory(error: unknown): undefined {
  if (!isWritError(error, 'keys.missing')) throw error;
}

/** Reads custom roles. A name without a document grants nothing. */
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
