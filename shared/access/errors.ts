import { type Fate, WritError } from '#shared/kernel/index.ts';

/**
 * The policies cannot be read, or are not valid. Nothing can be decided without them, so nothing
 * starts.
 */
export class PoliciesInvalidError extends WritError {
  override readonly name = 'PoliciesInvalidError';
  readonly code = 'access.policies';
  readonly fate: Fate = 'stop';
}
