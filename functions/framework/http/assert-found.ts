import { DefectError } from '#shared/kernel/index.ts';

/**
 * What somebody was let see, which is then there: `see` ends the request of who asks for what is
 * not.
 */
export function assertFound<Found>(found: Found | undefined): Found {
  if (found === undefined) throw new DefectError('something that is not there was seen');
  return found;
}
