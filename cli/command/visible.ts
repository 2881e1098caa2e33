/**
 * Characters that move, hide or recolour what stands around them: controls, directions of writing,
 * zero widths, halves of pairs.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text as it may be shown on a terminal, whoever wrote it: what would act on the terminal is shown
 * as its number, `\u{1b}`.
 */
export const visible = (text: string): string =>
  text.replaceAll(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** A value as JSON that does nothing to a terminal and is the same value to whoever parses it. */
export function jsonText(value: unknown, { onOneLine = false } = {}): string {
  // what JSON itself lays its lines with is no part of a text in it
  return JSON.stringify(value, undefined, onOneLine ? 0 : 2).replaceAll(HIDDEN, (hidden) =>
    hidden === '\n' ? hidden : escaped(hidden),
  );
}

/** As JSON writes it: by its units of UTF-16. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
