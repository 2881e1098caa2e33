import { type Fate, WritError } from '#shared/kernel/index.ts';

/**
 * The policies cannot be read or are invalid. Without them, no access decision is possible, so the
 * process does not start.
 */
export class PoliciesInvalidError extends WritError {
  override readonly name = 'PoliciesInvalidError';
  readonly code = 'access.policies';
  readonly fate: Fate = 'stop';
}
