import lookAlikes from 'unhomoglyph/data.json' with { type: 'json' };

/** From a character to the one it is mistaken for: Unicode's confusables.txt, version 13. */
const LOOK_ALIKES: Readonly<Record<string, string>> = lookAlikes;

const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\p{White_Space}\p{Z}]/gu;
/** All that is a dash by its property, and the stroke that the table maps the longest ones to. */
const DASHES = /[\p{Dash}\u30fc]/gu;

/**
 * Reduces a text to what a reader can tell apart, to find texts that look alike: compatibility forms, upper and lower
 * case, dashes of all kinds and letters of other scripts become one; blanks and invisible characters are dropped.
 *
 * Texts whose forms differ can still mean the same, and texts with one form can be meant to differ (`O` and `0`, `I` and
 * `1`). So use it to ask a person, never to act: a record that is looked up and acted on is found by its own id. The
 * form is no text for people; keep the original for them.
 *
 * @see https://www.unicode.org/reports/tr39/#Confusable_Detection, of which this is the skeleton with case folded
 */
export function comparisonForm(text: string): string {
  let form = text;
  // What one round gives can change again in the next; the last of two or three rounds only finds that nothing does.
  for (let round = 0; round < 8; round++) {
    const before = form;
    form = skeleton(form).normalize('NFKC').replace(UNSEEN, '').replace(DASHES, '-');
    form = skeleton(skeleton(form).toUpperCase()).toLowerCase();
    if (form === before) break;
  }
  return form;
}

function skeleton(text: string): string {
  const seen = [...text.normalize('NFD')].map((character) => LOOK_ALIKES[character] ?? character);
  return seen.join('').normalize('NFD');
}
