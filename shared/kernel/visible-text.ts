/**
 * Characters that show nothing, as a set of a regular expression: blanks, controls, what is
 * assigned to nothing or to private use, and what fonts draw as nothing. The last ones are symbols,
 * letters and a mark that are blank by design: Braille blank, object replacement, null notehead,
 * two blank hieroglyphs, Khitan filler.
 *
 * Source: Unicode 16.0, properties General_Category, White_Space and Default_Ignorable_Code_Point
 * (UAX 44).
 */
const UNSEEN = String.raw`[\p{C}\p{Z}\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}\u{13441}\u{13442}\u{16fe4}]`;
const ALL_UNSEEN = new RegExp(UNSEEN, 'gv');
/**
 * Letters, digits, punctuation and symbols that show something. A mark shows nothing without one of
 * them.
 */
const SHOWN = new RegExp(String.raw`[[\p{L}\p{N}\p{P}\p{S}]--${UNSEEN}]`, 'v');

/** Whether a text shows at least one character to whoever reads it. */
export function isVisible(text: string): boolean {
  return SHOWN.test(text);
}

/**
 * The text without its characters that show nothing. Marks stay: they show on the letter before
 * them.
 */
export function stripInvisible(text: string): string {
  return text.replace(ALL_UNSEEN, '');
}

/**
 * Finds what keeps a text that a person gave from being read: a reason, a name. Characters that
 * control or reorder text are taken beside visible ones; whoever shows the text shows them by their
 * numbers.
 *
 * @param most - The most characters (UTF-16 units) it may have, without blanks at its ends.
 * @returns in words, to follow the name of the text; undefined when there is nothing. Repeats
 *   nothing of the text.
 */
export function textProblem(text: string, most: number): string | undefined {
  const { length } = text.trim();
  if (length < 1 || length > most) return `has 1 to ${most} characters, got ${length}`;
  if (!text.isWellFormed()) return 'is well-formed text, got half of a character';
  if (!isVisible(text)) return 'has at least one visible character, got none';
  return undefined;
}
