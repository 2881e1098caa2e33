import type { IssuerKeys, KeySet } from '#shared/identity/index.ts';

/**
 * Connects the function that fetches the keys of the environment's issuer for functions without
 * internet access. It has no input, so its caller cannot influence the request, and it has no other
 * permission.
 *
 * @returns a handler that throws `identity.unavailable` (retry) when the keys cannot be fetched.
 */
export function connect({ keys }: { readonly keys: IssuerKeys }): () => Promise<KeySet> {
  return () => keys.read();
}
