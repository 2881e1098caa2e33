import { WritError } from '#shared/kernel/index.ts';

/** A derived resource exceeds an AWS limit. */
export class ResourceLimitError extends WritError {
  override readonly name = 'ResourceLimitError';
  readonly code = 'resource.limit';
  readonly fate = 'refuse';
}
