import { PolicyError } from './errors.ts';

/** A stretch of a policy's text. In a literal one `*` and `?` stand for themselves. */
interface Piece {
  readonly text: string;
  readonly literal: boolean;
}

/**
 * A text of a policy with its variables put in. What a variable brings in is literal: nobody widens
 * a pattern by their name.
 */
export type Text = readonly Piece[];

const VARIABLE =
  /\$\{(?:(?<special>[*?$])|(?<key>[\w.-]+:[^,'{}]+?)\s*(?:,\s*'(?<otherwise>[^']*)')?)\}/g;

export const written = (text: string): Text => [{ text, literal: false }];

export const plain = (text: Text): string => text.map((piece) => piece.text).join('');

/** @throws {@link PolicyError} when `${` begins anything but a variable. */
export function checkVariables(text: string): void {
  if (text.replaceAll(VARIABLE, '').includes('${'))
    throw new PolicyError(`"${text}" holds an unreadable variable`);
}

/**
 * Puts values in for `${key}` and `${key, 'default'}`, and the characters themselves for `${*}`,
 * `${?}` and `${$}`.
 *
 * Source: IAM user guide, "Variables and tags".
 *
 * @param find - Gives the value of a key; `undefined` where the request has none.
 * @returns `undefined` when a variable without a default has no value. Nothing equals such a
 *   text.
 */
export function fillIn(text: string, find: (key: string) => string | undefined): Text | undefined {
  const pieces: Piece[] = [];
  let end = 0;

  for (const { 0: whole, index, groups } of text.matchAll(VARIABLE)) {
    const value = groups?.special ?? find(groups?.key ?? '') ?? groups?.otherwise;
    if (value === undefined) return undefined;
    pieces.push({ text: text.slice(end, index), literal: false }, { text: value, literal: true });
    end = index + whole.length;
  }

  return [...pieces, { text: text.slice(end), literal: false }];
}
