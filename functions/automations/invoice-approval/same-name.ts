/**
 * The longest name that is reduced, in UTF-16 units; one character can become eighteen. A longer
 * one is the same only as it is.
 */
const MAX_REDUCED = 512;

/**
 * Whether two names are of one company: the same letters and digits in the same order. Case,
 * blanks, punctuation and compatibility forms do not matter; a letter of another script does, so
 * that a name that only looks the same is another.
 *
 * To compare many names, compare their {@link nameForm}: it costs more than the comparison.
 */
export function isSameName(one: string, other: string): boolean {
  return nameForm(one) === nameForm(other);
}

/** What is equal for two names of one company, see {@link isSameName}. It is no text for people. */
export function nameForm(name: string): string {
  if (name.length > MAX_REDUCED) return name;

  const letters = name
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
    .normalize('NFC');

  return letters === '' ? name : letters;
}
