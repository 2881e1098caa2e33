import type { SealedClass } from '#shared/kernel/index.ts';

/**
 * Purpose of a workspace key. Authenticated with every use of the key, and on AWS also checked by
 * IAM conditions. A function without permission for a class cannot unwrap that class's key.
 */
export type KeyContext = { readonly workspace: string } & (
  | { readonly class: SealedClass }
  | { readonly purpose: KeyPurpose }
);

/**
 * Purposes of keys that do not seal fields: `token` for the subject directory, `run-id` for ids of
 * runs, `vault` for the embedded secret file.
 */
export type KeyPurpose = 'token' | 'run-id' | 'vault';

/**
 * Generates and unwraps the keys of workspaces. AWS: KMS. Embedded: a key file.
 *
 * Trusted: a caller that can unwrap can read all values that are sealed under that context.
 */
export interface KeyService {
  /**
   * Generates a 256-bit key and its wrapped form. Stores nothing; the caller commits the wrapped
   * form.
   *
   * @throws `keys.refused` (refuse) when this caller has no permission, or the service returns an
   *   incomplete key.
   * @throws `keys.unavailable` (retry) when the service cannot be reached, or cannot serve now.
   */
  generate(
    context: KeyContext,
  ): Promise<{ readonly key: Uint8Array; readonly wrapped: Uint8Array }>;
  /**
   * Unwraps a key that was wrapped under exactly this context.
   *
   * @throws `keys.refused` (refuse) for another context, altered bytes, or a key that this caller
   *   may not use. Deliberately the same error for all.
   * @throws `keys.unavailable` (retry) when the service cannot be reached, or cannot serve now.
   */
  unwrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array>;
}

/**
 * Reads secrets by name. AWS: Secrets Manager. Embedded: a sealed file.
 *
 * A value may be up to 5 minutes old, so a rotated secret is picked up without a deployment. Never
 * log the result.
 */
export interface SecretVault {
  /**
   * Returns the current value of a secret, or the value that was current at most 5 minutes ago.
   * Never returns a version whose rotation is not finished.
   *
   * @param options - `fresh` bypasses and updates the cache. Use it after a value was rejected,
   *   because the secret may have been rotated.
   * @throws `secret.missing` (refuse) when the secret does not exist, or this caller may not read
   *   it. Deliberately the same error for both.
   * @throws `secret.unavailable` (retry) when the vault cannot be reached, or cannot serve now.
   */
  get(name: string, options?: { readonly fresh?: boolean }): Promise<string>;
}
