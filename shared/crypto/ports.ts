import type { SealedClass } from '#shared/kernel/index.ts';

/**
 * What a workspace key is for; authenticated with every use of it, and on AWS the thing IAM
 * conditions look at. A function that may not name a class cannot unwrap that class's key.
 */
export type KeyContext = { readonly workspace: string } & (
  | { readonly class: SealedClass }
  | { readonly purpose: KeyPurpose }
);

/**
 * Keys that seal no field: `token` for the subject directory, `run-id` for naming runs, `vault` for
 * the embedded secret file.
 */
export type KeyPurpose = 'token' | 'run-id' | 'vault';

/**
 * Makes and unwraps the keys of workspaces. AWS: KMS. Embedded: a key file.
 *
 * Trusted: whoever can unwrap can read everything that is sealed under that context.
 */
export interface KeyService {
  /**
   * A fresh 256-bit key and its wrapped form. Nothing is stored: the caller commits the wrapped
   * form.
   *
   * @throws `keys.refused` (refuse) when this caller may not, or the service gives no whole key.
   * @throws `keys.unavailable` (retry) when the service cannot be reached, or cannot serve now.
   */
  generate(
    context: KeyContext,
  ): Promise<{ readonly key: Uint8Array; readonly wrapped: Uint8Array }>;
  /**
   * The key inside `wrapped`, when it was wrapped under exactly this context.
   *
   * @throws `keys.refused` (refuse) for another context, altered bytes or a key this caller may
   *   not use: deliberately one error.
   * @throws `keys.unavailable` (retry) when the service cannot be reached, or cannot serve now.
   */
  unwrap(wrapped: Uint8Array, context: KeyContext): Promise<Uint8Array>;
}

/**
 * Gives out secrets by name. AWS: Secrets Manager. Embedded: a sealed file.
 *
 * A value may be up to 5 minutes old, so a rotated secret is picked up without a deployment. Never
 * log what it returns.
 */
export interface SecretVault {
  /**
   * The value of a secret: the current one, or one that was current at most 5 minutes ago. A
   * version that is still being rotated in is never given out.
   *
   * @param options - With `fresh` the value is read now, past whatever is remembered, and
   *   remembered for later gets. For a caller whose value was turned down: it may have been rotated
   *   since.
   * @throws `secret.missing` (refuse) when there is none of that name, or this caller may not
   *   read it: deliberately one error.
   * @throws `secret.unavailable` (retry) when the vault cannot be reached, or cannot serve now.
   */
  get(name: string, options?: { readonly fresh?: boolean }): Promise<string>;
}
