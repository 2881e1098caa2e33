import { DefectError } from '#shared/kernel/index.ts';

/**
 * Returns a resource to which access was granted. For a missing resource, `requireVisible` has
 * already ended the request.
 */
export function assertFound<Found>(found: Found | undefined): Found {
  if (found === undefined)
    throw new DefectError('access was granted to a resource that does not exist');
  return found;
}
