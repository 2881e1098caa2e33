import type { Attributes, RoleBody } from '#shared/access/index.ts';
import type { SealedBody } from '#shared/engine/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import { documentKind, type IndexKeys } from '#shared/ledger/index.ts';

/**
 * Reserved workspace whose keys seal the names of people and look up logins. It contains no runs,
 * records or clients.
 */
export const PEOPLE = 'people';

/**
 * A person of the directory. Names are personal data and are stored in sealed form. The id reveals
 * nothing about the person.
 */
export type PersonBody = {
  readonly v: 'person/1';
  readonly id: string;
  /** Names of roles, built-in or custom. */
  readonly roles: readonly string[];
  /** Workspaces that the person can access, or `*` for all workspaces. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes: Attributes;
  /** False if the account is disabled. All tokens of a disabled account are refused. */
  readonly active: boolean;
  /** Session epoch, in milliseconds since the epoch: tokens issued before it are refused. */
  readonly sessionsFrom: number;
  /** Reference of the person as a subject, in {@link PEOPLE}. */
  readonly subject: string;
  /** Name and e-mail address. */
  readonly sealed: { readonly personal?: SealedBody };
};

export const personKind = documentKind<PersonBody>({
  v: 'person/1',
  members: { id: 'string', roles: 'list', subject: 'string', sealed: 'map' },
  index: ({ id }) => ({ list: { name: directoryList.people, sort: id } }),
});

export const roleKind = documentKind<RoleBody>({
  v: 'role/1',
  members: { name: 'string', grants: 'lists' },
  index: ({ name }) => ({ list: { name: directoryList.roles, sort: name } }),
});

/**
 * Marks that the deployment's first admin is enrolled. Inserted only once, so there is only one
 * first admin.
 */
export type FirstAdminBody = {
  readonly v: 'setup/1';
  readonly person: string;
};

export const firstAdminKind = documentKind<FirstAdminBody>({
  v: 'setup/1',
  members: { person: 'string' },
});

/** Keys of the documents of the directory. */
export const directoryTarget = {
  person: (id: string) => `person#platform#${PEOPLE}#${id}`,
  role: (name: string) => `role#platform#${PEOPLE}#${name}`,
  firstAdmin: `setup#platform#${PEOPLE}#first-admin`,
} as const;

/** Names of the lists that contain documents of the directory. */
export const directoryList = { people: 'people', roles: 'roles' } as const;

/**
 * Returns the index keys that a stored document of the directory must have, for code that verifies
 * a store. Empty for a document of any other kind.
 */
export function directoryIndexKeys(target: string, body: Json): IndexKeys {
  const kind = [personKind, roleKind].find(({ v }) => target.startsWith(v.replace('/1', '#')));
  return kind?.index?.((body ?? {}) as never) ?? {};
}
