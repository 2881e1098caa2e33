import { listed } from '../words/listed.ts';
import { difference } from './change.ts';

/**
 * How it has changed who decides: `may now be decided by A, no longer by B`. Nothing when it has
 * not.
 */
export function rolesInWords(
  before: readonly string[],
  after: readonly string[],
): string | undefined {
  const [gained, lost] = [
    listed(difference(after, before), 'or'),
    listed(difference(before, after), 'or'),
  ];
  if (gained !== '' && lost !== '') return `may now be decided by ${gained}, no longer by ${lost}`;
  if (gained !== '') return `may now ${before.length === 0 ? '' : 'also '}be decided by ${gained}`;
  return lost === '' ? undefined : `may no longer be decided by ${lost}`;
}
