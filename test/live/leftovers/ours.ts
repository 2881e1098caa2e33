import type { Whose } from '../cleanup.ts';
import { PREFIX, TAG } from '../run.ts';

/** The form of a run's id: eight of the letters and digits that ids are made of. */
export const ID = /^[a-z0-9]{8}$/;

/** What names begin with that may be taken away. */
export const prefixOf = (whose: Whose): string =>
  whose === 'every run' ? PREFIX : `${PREFIX}${whose.id}`;

/**
 * Whether something is of the run, or of any: its tag says so, and where it has a name that says
 * the same.
 *
 * @param value - Of the tag {@link TAG}, if it has one.
 */
export function isOurs(whose: Whose, value: string | undefined, name?: string): boolean {
  if (value === undefined || !ID.test(value)) return false;
  if (whose !== 'every run' && whose.id !== value) return false;
  return name === undefined || name.startsWith(`${PREFIX}${value}`);
}

/** The value of our tag in a list of tags, in whichever of the forms that AWS gives them. */
export function tagOf(
  tags: readonly { Key?: string; Value?: string; TagKey?: string; TagValue?: string }[] = [],
): string | undefined {
  const ours = tags.find(({ Key, TagKey }) => (Key ?? TagKey) === TAG);
  return ours?.Value ?? ours?.TagValue;
}
