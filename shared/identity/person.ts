import type { Attributes, RoleBody } from '#shared/access/index.ts';
import type { SealedBody } from '#shared/engine/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import type { IndexKeys } from '#shared/ledger/index.ts';

/**
 * The reserved workspace under whose keys names of people are sealed and logins are found. No run,
 * record or client is in it.
 */
export const PEOPLE = 'people';

/**
 * A person of the directory. Names are personal data and stand sealed; the id says nothing about
 * who it is.
 */
export interface PersonBody {
  readonly v: 'person/1';
  readonly id: string;
  /** Names of roles, built-in or custom. */
  readonly roles: readonly string[];
  /** The workspaces they are let into; `*`: every one. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes: Attributes;
  /** False: nobody can act as this person any more, whatever token they hold. */
  readonly active: boolean;
  /** Session epoch, in milliseconds since the epoch: tokens issued before it count no more. */
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
  /** There once somebody was the first admin. Inserted once, so nobody is it twice. */
  firstAdmin: `setup#platform#${PEOPLE}#first-admin`,
} as const;

/** Names of lists in which documents can be found. */
export const directoryList = { people: 'people', roles: 'roles' } as const;

/** What documents of the directory are found by besides their key, by kind. */
export const indexKeys = {
  person: ({ id }: PersonBody): IndexKeys => ({ list: { name: directoryList.people, sort: id } }),
  role: ({ name }: RoleBody): IndexKeys => ({ list: { name: directoryList.roles, sort: name } }),
};

/**
 * What a document of the directory is found by, for whoever checks a store. Nothing for a document
 * of any other kind.
 */
export function directoryIndexKeys(target: string, body: Json): IndexKeys {
  if (target.startsWith('person#')) return indexKeys.person(body as unknown as PersonBody);
  if (target.startsWith('role#')) return indexKeys.role(body as unknown as RoleBody);
  return {};
}
