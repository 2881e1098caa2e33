import type { Attributes } from '#shared/access/index.ts';
import type { SealedBody } from '#shared/engine/index.ts';

/** The reserved workspace under whose keys names of people are sealed and logins are found. No run, record or client is in it. */
export const PEOPLE = 'people';

/** A person of the directory. Names are personal data and stand sealed; the id says nothing about who it is. */
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
