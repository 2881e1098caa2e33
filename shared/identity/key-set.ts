import * as z from 'zod/mini';
import { readObject } from '#shared/kernel/index.ts';
import { IdentityUnavailableError } from './errors.ts';
import type { KeySet } from './ports.ts';

/** Bytes of a key set. Those of large providers have a fifth of it. */
export const KEY_SET_MAX_BYTES = 64 * 1_024;
const KEYS_MAX = 100;

const text = z.string().check(z.minLength(1), z.maxLength(2_048));
const published = z.object({ keys: z.array(z.record(z.string(), z.unknown())).check(z.maxLength(KEYS_MAX)) });
/** What is needed to check a signature. Everything else that a key may carry (certificates, addresses to load them from) is left aside. */
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
 * Reads a key set as an issuer publishes it. Keys that could never check a token here are left out: those without a `kid`, secret and
 * private ones, of kinds that are not known.
 *
 * @throws {@link IdentityUnavailableError} for what is no key set, or too large a one.
 */
export function parseKeySet(bytes: Uint8Array): KeySet {
  const parsed = bytes.length > KEY_SET_MAX_BYTES ? undefined : published.safeParse(readObject(bytes));
  if (parsed?.success !== true) throw new IdentityUnavailableError('key-set');
  return {
    keys: parsed.data.keys.flatMap((key) => {
      const usable = publicKey.safeParse(key);
      return usable.success ? [usable.data] : [];
    }),
  };
}
