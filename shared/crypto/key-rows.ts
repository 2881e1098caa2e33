import { createHmac, hash } from 'node:crypto';
import type { Json, Random, SealedClass } from '#shared/kernel/index.ts';
import {
  decrypt,
  encrypt,
  frame,
  fromBase64Url,
  KEY_BYTES,
  type SecretKey,
  toBase64Url,
} from './aes-gcm.ts';
import { KeyRefusedError, SubjectErasedError } from './errors.ts';
import type { KeyContext, KeyService } from './ports.ts';

/**
 * Document of the key table. This module creates key rows. The ledger commits them with their
 * entry, like any other document.
 * - `key#<class or purpose>#<workspace>`: a workspace's key, wrapped by the key service.
 * - `key#<class>#<workspace>#<subjectRef>`: a subject's data key, wrapped by the workspace's key.
 * - `token#<workspace>#<kind>.<token>`: a directory row, from the keyed token of a subject's
 *   identifier to its reference.
 *
 * A shredded key row becomes a tombstone: the key bytes are gone and the name can never be used
 * again. A shredded directory row is removed, because even its name would reveal that the subject
 * existed. The trail does not contain the key of a directory row, so the row itself contains its
 * hash.
 */
export interface KeyRow {
  readonly target: string;
  readonly body: Json;
}

type Row = {
  readonly kind: string;
  readonly wrapped?: string;
  readonly token?: string;
  readonly subject?: string;
  readonly key?: string;
};

export function workspaceKeyTarget(context: KeyContext): string {
  return `key#${'class' in context ? context.class : context.purpose}#${context.workspace}`;
}

export function subjectKeyTarget(
  workspace: string,
  dataClass: SealedClass,
  subjectRef: string,
): string {
  return `key#${dataClass}#${workspace}#${subjectRef}`;
}

/**
 * Creates a workspace's key for one class or purpose. Called only by the function that creates
 * workspaces.
 */
export async function mintWorkspaceKey(service: KeyService, context: KeyContext): Promise<KeyRow> {
  const { wrapped } = await service.generate(context);
  return {
    target: workspaceKeyTarget(context),
    body: { v: 'key/1', kind: 'workspace', wrapped: toBase64Url(wrapped) },
  };
}

/**
 * Unwraps a workspace's key row.
 *
 * @throws {@link KeyRefusedError} when the row does not match the context.
 */
export async function unwrapWorkspaceKey(
  service: KeyService,
  context: KeyContext,
  body: Json,
): Promise<Uint8Array> {
  const row = body as Row;
  if (row.kind !== 'workspace' || row.wrapped === undefined) throw new KeyRefusedError();
  return service.unwrap(fromBase64Url(row.wrapped), context);
}

/** Owner of a data key. */
export interface KeyOwner {
  readonly workspace: string;
  readonly class: SealedClass;
  readonly subjectRef: string;
}

const wrapAad = (owner: KeyOwner) =>
  frame('writ key/1', owner.workspace, owner.class, owner.subjectRef);

/**
 * Creates a subject's data key for one class.
 *
 * @param token - Directory row of the subject, stored with the key so that shredding can find the
 *   row.
 */
export function mintSubjectKey(
  owner: KeyOwner,
  workspaceKey: SecretKey,
  token: string,
  random: Random,
): { row: KeyRow; key: Uint8Array } {
  const key = random.bytes(KEY_BYTES);
  const wrapped = toBase64Url(encrypt(workspaceKey, key, { aad: wrapAad(owner), random }));
  const target = subjectKeyTarget(owner.workspace, owner.class, owner.subjectRef);
  return { row: { target, body: { v: 'key/1', kind: 'subject', token, wrapped } }, key };
}

/**
 * Unwraps a subject's data key.
 *
 * @throws {@link SubjectErasedError} for a tombstone, {@link KeyRefusedError} when the row cannot
 *   be opened.
 */
export function unwrapSubjectKey(owner: KeyOwner, workspaceKey: SecretKey, body: Json): Uint8Array {
  const row = body as Row;
  if (row.kind === 'tombstone') throw new SubjectErasedError(owner.subjectRef);

  const key =
    row.wrapped === undefined
      ? undefined
      : decrypt(workspaceKey, fromBase64Url(row.wrapped), wrapAad(owner));
  if (key === undefined) throw new KeyRefusedError();

  return key;
}

/** Returns the directory row that a subject's key row names; undefined for a tombstone. */
export function tokenOfKeyRow(body: Json): string | undefined {
  return (body as Row).token;
}

/**
 * Returns the key of a subject's directory row: the HMAC-SHA256 of the kind and the identifier
 * under the workspace's token key. It appears only in the key table, where erasure can remove it,
 * and never in an entry or a state document.
 */
export function tokenTarget(
  tokenKey: SecretKey,
  workspace: string,
  kind: string,
  knownBy: string,
): string {
  const token = createHmac('sha256', tokenKey)
    .update(frame('writ token/1', kind, knownBy))
    .digest('base64url');
  return `token#${workspace}#${kind}.${token}`;
}

/**
 * Creates a directory row. It contains the hash of its own key, so that a row stored under another
 * key is detected. The salt protects the commitment, which stays in the trail: without it, a holder
 * of the token key could test guesses about an erased subject.
 *
 * @param more - Additional references in the row.
 */
export function tokenRow(
  target: string,
  subjectRef: string,
  random: Random,
  more: Readonly<Record<string, string>> = {},
): KeyRow {
  const salt = toBase64Url(random.bytes(SALT_BYTES));
  return {
    target,
    body: {
      ...more,
      v: 'token/1',
      kind: 'token',
      subject: subjectRef,
      key: hashOfKey(target),
      salt,
    },
  };
}

const SALT_BYTES = 16;
const hashOfKey = (target: string): string => hash('sha256', target, 'base64url');

/** Returns true for the directory row that was created for this key. */
export function isTokenRowOf(target: string, body: Json): boolean {
  return (body as Row | null)?.key === hashOfKey(target);
}

/**
 * Returns the subject of a directory row.
 *
 * @throws {@link KeyRefusedError} for a row that was created for another key.
 */
export function subjectOfToken(target: string, body: Json): string {
  const { subject } = body as Row;
  if (subject === undefined || !isTokenRowOf(target, body)) throw new KeyRefusedError();
  return subject;
}

/**
 * Creates the tombstone that replaces a shredded key row. If no key exists, the tombstone is
 * inserted, so that a step that is still running cannot create the key.
 */
export function tombstone(target: string, at: number): KeyRow {
  return { target, body: { v: 'key/1', kind: 'tombstone', at } };
}
