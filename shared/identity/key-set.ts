import * as z from 'zod/mini';
import { isWritError, type Json, parseJson } from '#shared/kernel/index.ts';
import { IdentityUnavailableError } from './errors.ts';
import type { KeySet } from './ports.ts';

/**
 * Maximum size of a key set, in bytes. The key sets of large providers have a fifth of this size.
 */
export const KEY_SET_MAX_BYTES = 64 * 1_024;
const MAX_KEYS = 100;

const text = z.string().check(z.minLength(1), z.maxLength(2_048));
const published = z.object({ keys: z.array(z.unknown()).check(z.maxLength(MAX_KEYS)) });
/** Member that the function `issuer` adds to the keys it forwards. */
const forwarded = z.object({ skipped: z.int().check(z.minimum(1), z.maximum(MAX_KEYS)) });
/**
 * Members of a public key that are used to verify a signature. All others are ignored, such as
 * certificates and their URLs.
 */
const publicKey = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: z.string().check(z.minLength(1), z.maxLength(256)),
  alg: z.optional(text),
  use: z.optional(text),
  key_ops: z.optional(z.array(text).check(z.maxLength(8))),
  crv: z.optional(text),
  x: z.optional(text),
  y: z.optional(text),
  n: z.optional(text),
  e: z.optional(text),
  d: z.optional(z.never()), // a published private key is compromised
});

/**
 * Parses a key set that an issuer published or the function `issuer` forwarded. Skips entries that
 * can never verify a token here: values that are not objects, keys without `kid` or with a
 * malformed member, secret and private keys, keys of unknown kinds, and duplicates. A member that
 * is null counts as absent.
 *
 * @throws {@link IdentityUnavailableError} for input that is not a key set, or that is too large.
 */
export function parseKeySet(bytes: Uint8Array): KeySet {
  const set = bytes.length > KEY_SET_MAX_BYTES ? undefined : jsonOf(bytes);
  const parsed = published.safeParse(set);
  if (!parsed.success) throw new IdentityUnavailableError('key-set');

  const keys = new Map<string, KeySet['keys'][number]>();
  for (const entry of parsed.data.keys) {
    const usable = publicKey.safeParse(withoutNulls(entry));
    if (usable.success) keys.set(JSON.stringify(usable.data), usable.data);
  }

  const skipped =
    parsed.data.keys.length - keys.size + (forwarded.safeParse(set).data?.skipped ?? 0);

  return { keys: [...keys.values()], skipped: skipped === 0 ? undefined : skipped };
}

function withoutNulls(entry: unknown): unknown {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return entry;
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
}

function jsonOf(bytes: Uint8Array): Json | undefined {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (isWritError(error)) return undefined;
    throw error;
  }
}
