/**
 * Invisible characters, as a class of a regular expression: white space, controls, unassigned and
 * private-use code points, default-ignorable code points, and five that are blank by design
 * (Braille blank, object replacement, null notehead, two blank hieroglyphs, Khitan filler).
 *
 * Source: Unicode 16.0, properties General_Category, White_Space and Default_Ignorable_Code_Point
 * (UAX 44).
 */
const INVISIBLE = String.raw`[\p{C}\p{Z}\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800\ufffc\u{1d159}\u{13441}\u{13442}\u{16fe4}]`;
const ALL_INVISIBLE = new RegExp(INVISIBLE, 'gv');
/**
 * A visible character: a letter, digit, punctuation mark or symbol. A combining mark by itself is
 * not visible.
 */
const VISIBLE = new RegExp(String.raw`[[\p{L}\p{N}\p{P}\p{S}]--${INVISIBLE}]`, 'v');

/** Returns true when a text has at least one visible character. */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}

/**
 * Returns the text without its invisible characters. Keeps combining marks, which are visible on
 * the preceding letter.
 *
 * @example
 * ```ts
 * import { stripInvisible } from 'writ';
 *
 * stripInvisible('INV\u200b-1'); // 'INV-1'
 * ```
 */
export function stripInvisible(text: string): string {
  return text.replace(ALL_INVISIBLE, '');
}

/**
 * Validates a text that a person wrote, such as a reason or a name. Control and bidirectional
 * characters are accepted if the text also has visible characters. Every display of the text
 * escapes them.
 *
 * @param max - Maximum length in UTF-16 units, without leading and trailing blanks.
 * @returns the problem, worded to follow the name of the text; undefined for a valid text. Never
 *   repeats the text.
 */
export function textProblem(text: string, max: number): string | undefined {
  const { length } = text.trim();
  if (length < 1 || length > max) return `has 1 to ${max} characters, got ${length}`;
  if (!text.isWellFormed()) return 'is well-formed text, got half of a character';
  if (!isVisible(text)) return 'has at least one visible character, got none';
  return undefined;
}
