import { InvalidInputError, newId, type Random } from '#shared/kernel/index.ts';

/** Kinds of documents in the state table. Key rows (`key`, `token`) live in a table of their own. */
export const STATE_KINDS = [
  'run',
  'fields',
  'claim',
  'gate',
  'decision',
  'control',
  'timer',
  'record',
  'balance',
  'reservation',
  'workspace',
  'person',
  'role',
  'setup',
] as const;
export type StateKind = (typeof STATE_KINDS)[number];

const TARGET =
  /^(?:(?:run|claim|gate|decision|control|timer|reservation)#[a-z][a-z0-9-]{0,31}#[a-z][a-z0-9-]{0,31}#[A-Za-z0-9._%~-]{1,200}|fields#[a-z][a-z0-9-]{0,31}#[a-z][a-z0-9-]{0,31}#[a-z]{1,16}#[a-z0-9]{1,64}|(?:record|balance)#[a-z][a-z0-9-]{0,31}#[a-z][a-z0-9-]{0,31}#[a-z][a-z0-9-]{0,31}\.[A-Za-z0-9._%~-]{1,200}|(?:person|role|setup)#platform#people#[a-z0-9-]{1,64}|workspace#platform#[a-z][a-z0-9-]{0,31}#main|key#[a-z][a-z-]{0,15}#[a-z][a-z0-9-]{0,31}(?:#[a-z0-9]{1,64})?|token#[a-z][a-z0-9-]{0,31}#[a-z][a-z0-9-]{0,31}\.[A-Za-z0-9_-]{43})$/;

/** Whether `target` is of one of the forms a document's key may have. `#` and `*` occur in no part of one: IAM patterns rely on it. */
export function isTarget(target: string): boolean {
  return TARGET.test(target);
}

/** Whether a sweeper looks after documents of this kind, so that they can carry a mark: runs and decisions. */
export function isSweepable(target: string): boolean {
  return /^(?:run|decision)#/.test(target);
}

const DIRECTORY_NAME = /^token#[a-z][a-z0-9-]{0,31}#~[a-z0-9]{26}$/;

/** A random name for a directory row of a workspace, for entries to call it by. */
export function directoryName(workspace: string, random: Random): string {
  return `token#${workspace}#~${newId(random)}`;
}

/** Whether a document of key `target` may be called `as` in entries: directory rows by a random name, all others by their key. */
export function isTrailName(target: string, as: string | undefined): boolean {
  return target.startsWith('token#') ? as !== undefined && DIRECTORY_NAME.test(as) : as === undefined;
}

/** The automation a state document belongs to; `platform` for keys, tokens and workspaces. */
export function automationOf(target: string): string {
  const [kind, automation] = target.split('#', 2);
  return kind === 'key' || kind === 'token' || kind === 'workspace' ? 'platform' : (automation ?? 'platform');
}

/**
 * An outside id (an order number, say) as part of a key: everything but letters, digits and `-._~` is percent-encoded.
 *
 * @throws {@link InvalidInputError} `id.invalid` for an empty one or one that is longer than 200 characters encoded.
 */
export function encodeId(id: string): string {
  const encoded = id.isWellFormed()
    ? encodeURIComponent(id).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    : '';
  if (encoded.length >= 1 && encoded.length <= 200) return encoded;
  throw new InvalidInputError('id.invalid', `an id must have 1 to 200 characters when encoded, got ${encoded.length}`, {
    length: encoded.length,
  });
}
