import type { IssuerKeys, KeySet } from '#shared/identity/index.ts';

/**
 * The function that fetches the keys of the environment's issuer, for functions that cannot reach
 * the internet. It takes no input: whoever calls it decides nothing about what it fetches, and it
 * holds no other right.
 *
 * @returns a function that throws `identity.unavailable` (retry) when the keys cannot be had.
 */
export function connect({ keys }: { readonly keys: IssuerKeys }): () => Promise<KeySet> {
  return () => keys.read();
}
