import { BUILT_IN_ROLES, type Principal, type RoleBody, roleSchema } from '#shared/access/index.ts';
import type { Actor } from '#shared/audit/index.ts';
import type { WorkspaceKeys } from '#shared/crypto/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { isTarget, type Ledger } from '#shared/ledger/index.ts';
import { UnknownPersonError } from './errors.ts';
import { type Account, loginOf, loginTarget } from './login.ts';
import { directoryTarget, type PersonBody } from './person.ts';
import type { Login } from './ports.ts';

/** Somebody who signed in, as the directory has them now. */
export interface AuthenticatedPerson {
  readonly person: PersonBody;
  /** The same, as access is decided about them. */
  readonly principal: Principal;
  /** The same, as entries name them. */
  readonly actor: Actor;
}

export interface AuthenticationPorts {
  readonly ledger: Ledger;
  readonly keys: WorkspaceKeys;
}

/** How somebody came: what entries say of it. */
export interface AuthContext {
  /** `oidc`: a token of the environment's issuer. `embedded`: the sign-in of one machine. */
  readonly auth: 'oidc' | 'embedded';
  /** Where the request came from, coarsely: a country or `local`. */
  readonly origin?: string;
}

/**
 * The standing of whoever signed in: two consistent reads, three for who has custom roles. Nothing
 * is kept, so who was removed, or whose sessions were ended, is out at the next request whatever
 * token they hold.
 *
 * @throws `identity.unknown` (refuse): not in the directory, not active any more, or the token is
 *   from before the session epoch.
 * @throws what the ledger and the keys throw.
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
 * A person as entries name them: `auth` is `oidc`, or `oidc-mfa-pwd` where the issuer says by which
 * means they signed in.
 */
export function actorOf(
  id: string,
  { session, methods }: Login,
  { auth, origin }: AuthContext,
): Actor {
  const by = auth === 'oidc' ? [auth, ...methods].join('-') : auth;
  return { kind: 'user', id, auth: by, session, origin };
}

/** The person of an account, whatever their standing. */
export async function personOf(
  ports: AuthenticationPorts,
  account: Account,
): Promise<PersonBody | undefined> {
  const [row] = await ports.ledger.read(
    [await loginTarget(ports, account).catch(noDirectory)].filter((one) => one !== undefined),
  );
  const found = row === undefined ? undefined : loginOf(row);
  if (found === undefined) return undefined;

  const { person: id, subject } = found;
  const [document] = await ports.ledger.read([directoryTarget.person(id)]);
  const person = document?.body as unknown as PersonBody | undefined;

  return person?.id === id && person.subject === subject ? person : undefined;
}

/** Before anybody was enrolled there is no key to find a login by. */
function noDirectory(error: unknown): undefined {
  if (!isWritError(error, 'keys.missing')) throw error;
}

/** The roles that are documents. A name that leads to none gives nothing. */
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
