import type { Attributes, RoleBody } from '#shared/access/index.ts';
import type { SealedBody } from '#shared/engine/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import type { IndexKeys } from '#shared/ledger/index.ts';

/**
 * Reserved workspace whose keys seal the names of people and look up logins. It holds no run,
 * record or client.
 */
export const PEOPLE = 'people';

/**
 * A person of the directory. Names are personal data and stored sealed; the id reveals nothing
 * about the person.
 */
export interface PersonBody {
  readonly v: 'person/1';
  readonly id: string;
  /** Names of roles, built-in or custom. */
  readonly roles: readonly string[];
  /** Workspaces that the person can access; `*`: every one. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes: Attributes;
  /** False: the account is disabled, and every token of it is refused. */
  readonly active: boolean;
  /** Session epoch, in milliseconds since the epoch: tokens issued before it are refused. */
  readonly sessionsFrom: number;
  /** Reference of the person as a subject, in {@link PEOPLE}. */
  readonly subject: string;
  /** Name and e-mail address. */
  readonly sealed: { readonly personal?: SealedBody };
}

/** Keys of the documents of the directory. */
export const directoryTarget = {
  person: (id: string) => `person#platform#${PEOPLE}#${id}`,
  role: (name: string) => `role#platform#${PEOPLE}#${name}`,
  /** Marker of the first admin. Inserted once, so that there is only one. */
  firstAdmin: `setup#platform#${PEOPLE}#first-admin`,
} as const;

/** Names of the lists of the directory. */
export const directoryList = { people: 'people', roles: 'roles' } as const;

/** Index keys of the documents of the directory, by kind. */
export const indexKeys = {
  person: ({ id }: PersonBody): IndexKeys => ({ list: { name: directoryList.people, sort: id } }),
  role: ({ name }: RoleBody): IndexKeys => ({ list: { name: directoryList.roles, sort: name } }),
};

/**
 * Returns the index keys that a document of the directory should have, for checks of a store. Empty
 * for a document of any other kind.
 */
export function directoryIndexKeys(target: string, body: Json): IndexKeys {
  if (target.startsWith('person#')) return indexKeys.person(body as unknown as PersonBody);
  if (target.startsWith('role#')) return indexKeys.role(body as unknown as RoleBody);
  return {};
}
