/**
 * A policy or a request that cannot be judged.
 *
 * Thrown, never answered: what is not understood must neither allow nor deny, or a test passes for
 * a wrong reason.
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
