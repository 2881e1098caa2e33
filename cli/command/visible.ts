/**
 * Characters that can move, hide or recolour other text: control characters, bidirectional and
 * zero-width format characters, line separators and lone surrogates.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Escapes untrusted text for a terminal: each hidden character becomes its code point, such as
 * `\u{1b}`.
 */
export const visible = (text: string): string =>
  text.replaceAll(HIDDEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);

/** Formats a value as JSON with hidden characters escaped. The text parses to the same value. */
export function jsonText(value: unknown, { onOneLine = false } = {}): string {
  // JSON.stringify escapes newlines in strings, so all other newlines are its line breaks
  return JSON.stringify(value, undefined, onOneLine ? 0 : 2).replaceAll(HIDDEN, (hidden) =>
    hidden === '\n' ? hidden : escaped(hidden),
  );
}

/** Escapes a character by its UTF-16 code units, as JSON does. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
