/**
 * Whether two names are of one company: the same letters and digits in the same order. Case, blanks, punctuation and
 * compatibility forms do not matter; a letter of another script does, so that a name that only looks the same is another.
 */
export function isSameName(one: string, other: string): boolean {
  return lettersOf(one) === lettersOf(other);
}

function lettersOf(name: string): string {
  const letters = name
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]/gu, '')
    .normalize('NFC');
  return letters === '' ? name : letters;
}
