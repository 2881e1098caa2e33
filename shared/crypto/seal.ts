import { hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Random, SealedClass } from '#shared/kernel/index.ts';
import {
  appendFrame,
  decrypt,
  encrypt,
  frame,
  fromBase64Url,
  type SecretKey,
  toBase64Url,
  toKeyObject,
} from './aes-gcm.ts';
import { SealBrokenError } from './errors.ts';

/**
 * Location of a sealed value. Every part is authenticated, so a value copied to another place
 * cannot be opened.
 */
export interface SealContext {
  readonly workspace: string;
  /** Random reference of the subject whose key seals the value. */
  readonly subject: string;
  readonly class: SealedClass;
  /** Key of the document that contains the value. */
  readonly owner: string;
}

/** Keys of one document for one subject and class, derived from the subject's data key. */
export interface DocumentKey {
  readonly place: SealContext;
  /** Encryption key. May be revealed to an auditor, because it opens only this document. */
  readonly ek: KeyObject;
  /**
   * Commitment to `ek`, stored with the values, so that another key cannot be presented as the one
   * that sealed them.
   */
  readonly kc: Uint8Array;
  /**
   * Prefix of the authenticated data of every value, and head of every envelope. Derived once from
   * the other members.
   */
  readonly bound: Buffer;
  readonly head: Buffer;
}

const VERSION = 0x01;
const KEY_ID_BYTES = 8;
const EMPTY = new Uint8Array(0);

/**
 * Derives a document's keys: `ek = HKDF-SHA256(DEK, "writ seal/1" ‖ owner ‖ class)`, `kc =
 * HKDF-SHA256(ek, "writ commit/1")`.
 *
 * @see docs/formats/seal.md, section 3
 */
export function deriveDocumentKey(dataKey: SecretKey, place: SealContext): DocumentKey {
  const ek = toKeyObject(
    new Uint8Array(
      hkdfSync(
        'sha256',
        toKeyObject(dataKey),
        EMPTY,
        frame('writ seal/1', place.owner, place.class),
        32,
      ),
    ),
  );
  return documentKey(place, ek, commitmentOf(ek));
}

function commitmentOf(ek: KeyObject): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ek, EMPTY, 'writ commit/1', 32));
}

/** Returns the short name of a document key in an envelope: the first bytes of its commitment. */
export function keyIdOf(kc: Uint8Array): string {
  return toBase64Url(kc.subarray(0, KEY_ID_BYTES));
}

function documentKey(place: SealContext, ek: KeyObject, kc: Uint8Array): DocumentKey {
  const head = Buffer.concat([Uint8Array.of(VERSION), kc.subarray(0, KEY_ID_BYTES)]);
  return {
    place,
    ek,
    kc,
    bound: frame('', place.workspace, place.subject, place.class, place.owner),
    head,
  };
}

/**
 * Seals one value: `0x01 ‖ key id (8) ‖ iv (12) ‖ ciphertext ‖ tag (16)`, as base64url. Before
 * encoding, it is 37 bytes longer than the value.
 *
 * @param value - Canonical JSON text of the field's value.
 * @see docs/formats/seal.md, section 4
 */
export function sealValue(key: DocumentKey, field: string, value: string, random: Random): string {
  return toBase64Url(
    encrypt(key.ek, Buffer.from(value, 'utf8'), {
      aad: appendFrame(key.bound, field),
      random,
      head: key.head,
    }),
  );
}

/**
 * Opens the output of {@link sealValue}, after checking that the key is the committed one.
 *
 * @param kc - Commitment stored with the value. Checked before decryption.
 * @throws {@link SealBrokenError} when any bit of key, commitment, place, field or envelope
 *   differs.
 */
export function openValue(
  key: DocumentKey,
  kc: Uint8Array,
  field: string,
  envelope: string,
): string {
  const broken = () => new SealBrokenError(key.place.owner, field);
  const bytes = fromBase64Url(envelope);
  // canonical base64url only: other encodings of the same bytes are refused
  if (toBase64Url(bytes) !== envelope) throw broken();
  if (kc.length !== 32 || !timingSafeEqual(kc, key.kc)) throw broken();
  if (bytes.length < 1 + KEY_ID_BYTES || bytes[0] !== VERSION) throw broken();
  if (!timingSafeEqual(bytes.subarray(1, 1 + KEY_ID_BYTES), kc.subarray(0, KEY_ID_BYTES)))
    throw broken();

  const plaintext = decrypt(
    key.ek,
    bytes.subarray(1 + KEY_ID_BYTES),
    appendFrame(key.bound, field),
  );
  if (plaintext === undefined) throw broken();

  return plaintext.toString('utf8');
}

/** A stored value and its location. */
export interface StoredValue {
  /** Commitment stored with the value. */
  readonly kc: Uint8Array;
  readonly place: SealContext;
  readonly field: string;
  readonly envelope: string;
}

/** Opens a value with only a revealed `ek`, for an auditor who received the key of one document. */
export function openWithRevealedKey(
  ek: SecretKey,
  { kc, place, field, envelope }: StoredValue,
): string {
  const key = toKeyObject(ek);
  return openValue(documentKey(place, key, commitmentOf(key)), kc, field, envelope);
}
