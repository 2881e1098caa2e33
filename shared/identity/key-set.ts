import * as z from 'zod/mini';
import { isWritError, type Json, parseJson } from '#shared/kernel/index.ts';
import { IdentityUnavailableError } from './errors.ts';
import type { KeySet } from './ports.ts';

/** Bytes of a key set. Those of large providers have a fifth of it. */
export const KEY_SET_MAX_BYTES = 64 * 1_024;
const KEYS_MAX = 100;

const text = z.string().check(z.minLength(1), z.maxLength(2_048));
const published = z.object({ keys: z.array(z.unknown()).check(z.maxLength(KEYS_MAX)) });
/** What a function of ours adds to the keys that it passes on. */
const passedOn = z.object({ skipped: z.int().check(z.minimum(1), z.maximum(KEYS_MAX)) });
/**
 * What is needed to check a signature. Everything else that a key may carry (certificates,
 * addresses to load them from) is left aside.
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
  d: z.optional(z.never()), // of a private key: whoever publishes one has lost it
});

/**
 * Reads a key set as an issuer publishes it, or as a function of ours passes it on. Entries that
 * could never check a token here are left out, and spoil no other: those that are no object, have
 * no `kid` or a member that is not of its form, secret and private keys, kinds that are not known,
 * and what stands there twice. A member that is null counts as absent.
 *
 * @throws {@link IdentityUnavailableError} for what is no key set, or too large a one.
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
    parsed.data.keys.length - keys.size + (passedOn.safeParse(set).data?.skipped ?? 0);

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
