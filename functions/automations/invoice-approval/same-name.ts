/**
 * Maximum length of a name that is normalized, in UTF-16 code units. One character can expand to
 * eighteen. A longer name equals only itself.
 */
const MAX_REDUCED = 512;

/**
 * Returns true if both names belong to the same company: the same letters and digits in the same
 * order. Case, spaces, punctuation and compatibility forms do not matter. The script does, so two
 * names that only look alike differ.
 *
 * To compare many names, compare the results of {@link nameForm}, which is the expensive part.
 */
export function isSameName(one: string, other: string): boolean {
  return nameForm(one) === nameForm(other);
}

/** Returns the normalized form of a name, for comparison only; see {@link isSameName}. */
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
