import { WritError } from '#shared/kernel/index.ts';

/** What was derived from a declaration is more than AWS takes. */
export class ResourceLimitError extends WritError {
  override readonly name = 'ResourceLimitError';
  readonly code = 'resource.limit';
  readonly fate = 'refuse';
}
