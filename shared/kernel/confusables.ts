import lookAlikes from 'unhomoglyph/data.json' with { type: 'json' };
import { stripInvisible } from './visible-text.ts';

/** Maps a character to its prototype: Unicode's confusables.txt, version 13. */
const LOOK_ALIKES: Readonly<Record<string, string>> = lookAlikes;

/**
 * Characters with the property Dash, and other horizontal lines: the stroke that the table maps the
 * longest dashes to, lines above letters (which the table maps to U+02C9), short strokes of other
 * scripts, and lines of technical drawings and boxes.
 */
const DASHES =
  /[\p{Dash}\u30fc\u02c9\u203e\u1428\u23af\u23ba-\u23bd\u23e4\u2504\u2505\u2508\u2509\u254c\u254d\u2574\u2576\u2578\u257a\u257c\u257e\u25ac\u268a\u{10110}]/gu;

/**
 * Returns the confusable skeleton of a text, to find texts that look alike. Folds compatibility
 * forms, case, dashes and look-alike letters of other scripts; drops blanks and invisible
 * characters.
 *
 * Texts with different skeletons can still mean the same, and texts with equal skeletons can be
 * different on purpose (`O` and `0`, `I` and `1`). Use a match only to ask a person, never to act
 * automatically. Look up records by their own ids. The skeleton is not for display; keep the
 * original.
 *
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection, skeleton with case folding
 *
 * @example
 * ```ts
 * import { confusableSkeleton } from 'writ';
 *
 * // a zero-width space and a Cyrillic letter do not make another invoice number
 * confusableSkeleton('INV\u200b-1\u0410') === confusableSkeleton('inv-1a'); // true
 * ```
 */
export function confusableSkeleton(text: string): string {
  let folded = text;
  // One round can produce characters that the next round changes. Two or three rounds reach a fixed
  // point; the last round only confirms it.
  for (let round = 0; round < 8; round++) {
    const before = folded;
    folded = stripInvisible(skeleton(folded).normalize('NFKC')).replace(DASHES, '-');
    folded = skeleton(skeleton(folded).toUpperCase()).toLowerCase();
    if (folded === before) break;
  }

  return folded;
}

function skeleton(text: string): string {
  const characters = [...text.normalize('NFD')].map(
    (character) => LOOK_ALIKES[character] ?? character,
  );
  return characters.join('').normalize('NFD');
}
