import lookAlikes from 'unhomoglyph/data.json' with { type: 'json' };
import { stripInvisible } from './visible-text.ts';

/** From a character to the one it is mistaken for: Unicode's confusables.txt, version 13. */
const LOOK_ALIKES: Readonly<Record<string, string>> = lookAlikes;

/**
 * All that is a dash by its property, and other horizontal lines: the stroke that the table maps
 * the longest ones to, those above the letters (the table maps them to U+02C9), short strokes of
 * other scripts, and lines of technical drawings and boxes.
 */
const DASHES =
  /[\p{Dash}\u30fc\u02c9\u203e\u1428\u23af\u23ba-\u23bd\u23e4\u2504\u2505\u2508\u2509\u254c\u254d\u2574\u2576\u2578\u257a\u257c\u257e\u25ac\u268a\u{10110}]/gu;

/**
 * Reduces a text to what a reader can tell apart, to find texts that look alike: compatibility
 * forms, upper and lower case, dashes of all kinds and letters of other scripts become one; blanks
 * and invisible characters are dropped.
 *
 * Texts whose forms differ can still mean the same, and texts with one form can be meant to differ
 * (`O` and `0`, `I` and `1`). So use it to ask a person, never to act: a record that is looked up
 * and acted on is found by its own id. The form is no text for people; keep the original for them.
 *
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection, of which this is the skeleton
 *   with case folded
 */
export function confusableSkeleton(text: string): string {
  let form = text;
  // What one round gives can change again in the next; the last of two or three rounds only finds
  // that nothing does.
  for (let round = 0; round < 8; round++) {
    const before = form;
    form = stripInvisible(skeleton(form).normalize('NFKC')).replace(DASHES, '-');
    form = skeleton(skeleton(form).toUpperCase()).toLowerCase();
    if (form === before) break;
  }

  return form;
}

function skeleton(text: string): string {
  const seen = [...text.normalize('NFD')].map((character) => LOOK_ALIKES[character] ?? character);
  return seen.join('').normalize('NFD');
}
