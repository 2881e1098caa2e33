import { createCipheriv, createDecipheriv, createSecretKey, KeyObject } from 'node:crypto';
import type { Random } from '#shared/kernel/index.ts';

export const KEY_BYTES = 32;
export const IV_BYTES = 12;
export const TAG_BYTES = 16;

/**
 * A key as bytes, or as a key object when it is used more than once: Node prepares a key from bytes
 * again at every use.
 */
export type SecretKey = Uint8Array | KeyObject;

export function toKeyObject(key: SecretKey): KeyObject {
  return key instanceof KeyObject ? key : createSecretKey(key);
}

export interface EncryptOptions {
  /** Additional authenticated data. */
  readonly aad: Uint8Array;
  /** Source of the IV. */
  readonly random: Random;
  /** Bytes to prepend, outside the authenticated data. */
  readonly head?: Uint8Array;
}

/**
 * Encrypts with AES-256-GCM and a fresh 96-bit IV. Returns `iv ‖ ciphertext ‖ tag`, with a 128-bit
 * tag, after `head` if given.
 *
 * With random IVs, one key can seal at most 2^32 values before the probability of a repeated IV
 * exceeds 2^-32.
 *
 * @see NIST SP 800-38D, sections 5.2 and 8.3
 */
export function encrypt(
  key: SecretKey,
  plaintext: Uint8Array,
  { aad, random, head = NO_HEAD }: EncryptOptions,
): Buffer {
  const iv = random.bytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', toKeyObject(key), iv);

  cipher.setAAD(aad);

  const body = cipher.update(plaintext);

  cipher.final(); // has no output in GCM, but computes the tag

  const start = head.length + IV_BYTES;
  const sealed = Buffer.allocUnsafe(start + body.length + TAG_BYTES);

  sealed.set(head, 0);
  sealed.set(iv, head.length);
  sealed.set(body, start);
  sealed.set(cipher.getAuthTag(), start + body.length);

  return sealed;
}

const NO_HEAD = new Uint8Array(0);

/** Decrypts the output of {@link encrypt}. Returns `undefined` if the key, AAD or bytes differ. */
export function decrypt(key: SecretKey, sealed: Uint8Array, aad: Uint8Array): Buffer | undefined {
  if (sealed.length < IV_BYTES + TAG_BYTES) return undefined;

  const end = sealed.length - TAG_BYTES;
  // no `authTagLength` option, which costs as much as the decryption: the code above already takes
  // exactly 16 bytes as the tag
  const decipher = createDecipheriv('aes-256-gcm', toKeyObject(key), sealed.subarray(0, IV_BYTES));

  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));

  const plaintext = decipher.update(sealed.subarray(IV_BYTES, end));
  try {
    decipher.final();
    return plaintext;
  } catch {
    return undefined;
  }
}

/** Appends one part to `prefix`, encoded as in {@link frame}. */
export function appendFrame(prefix: Buffer, part: string): Buffer {
  const out = Buffer.allocUnsafe(prefix.length + 2 + Buffer.byteLength(part));
  out.set(prefix, 0);
  out.writeUInt16BE(out.write(part, prefix.length + 2, 'utf8'), prefix.length);
  return out;
}

/**
 * Encodes each part as its 16-bit length and its UTF-8 bytes. The encoding is unambiguous:
 * different lists of parts never give the same bytes.
 */
export function frame(label: string, ...parts: readonly string[]): Buffer {
  let length = Buffer.byteLength(label);
  for (const part of parts) length += 2 + Buffer.byteLength(part);

  const out = Buffer.allocUnsafe(length);
  let at = out.write(label, 0, 'utf8');

  for (const part of parts) {
    const written = out.write(part, at + 2, 'utf8');
    out.writeUInt16BE(written, at);
    at += 2 + written;
  }

  return out;
}

export const toBase64Url = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url');
export const fromBase64Url = (text: string): Buffer => Buffer.from(text, 'base64url');
