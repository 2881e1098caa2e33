import { joinNames } from '../descriptions/join-names.ts';
import { difference } from './change.ts';

/**
 * Describes a change of the roles that may decide: `may now be decided by A, no longer by B`.
 * Returns undefined if nothing changed.
 */
export function describeDeciderChange(
  before: readonly string[],
  after: readonly string[],
): string | undefined {
  const [gained, lost] = [
    joinNames(difference(after, before), 'or'),
    joinNames(difference(before, after), 'or'),
  ];
  if (gained !== '' && lost !== '') return `may now be decided by ${gained}, no longer by ${lost}`;
  if (gained !== '') return `may now ${before.length === 0 ? '' : 'also '}be decided by ${gained}`;
  return lost === '' ? undefined : `may no longer be decided by ${lost}`;
}
