/**
 * Longest name that is normalized, in UTF-16 units; one character can expand to eighteen. A longer
 * name equals only itself.
 */
const MAX_REDUCED = 512;

/**
 * Reports whether two names are of the same company: the same letters and digits in the same order.
 * Case, spaces, punctuation and compatibility forms do not matter; the script does, so a name that
 * only looks the same is another one.
 *
 * To compare many names, compare their {@link nameForm}, which is the expensive part.
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
