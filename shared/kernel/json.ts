import { InvalidInputError } from './errors.ts';

/** JSON as Writ stores it: integers only, so that every reader in every language sees the same number. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * The one text of a value: RFC 8785 (JSON Canonicalization Scheme), restricted to integers.
 *
 * Keys are sorted by UTF-16 code units, nothing is optional white space, members that are `undefined` are left out.
 *
 * @throws {@link InvalidInputError} `json.not-canonical` for a number that is not a safe integer, a lone surrogate,
 *   `undefined` in an array, anything that is not JSON; the message names the path, never the value.
 * @see https://www.rfc-editor.org/rfc/rfc8785, section 3.2
 */
export function canonicalJson(value: Json): string {
  return write(value, '$');
}

function write(value: Json | undefined, path: string): string {
  switch (typeof value) {
    case 'string':
      return quote(value, path);
    case 'number':
      if (!Number.isSafeInteger(value)) throw refused(path, 'a number that is not a safe integer');
      return Object.is(value, -0) ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value, path) : writeObject(value as Record<string, Json>, path);
    default:
      throw refused(path, `a ${typeof value}`);
  }
}

function writeArray(items: readonly Json[], path: string): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += (i === 0 ? '' : ',') + write(items[i], `${path}[${i}]`);
  return `${text}]`;
}

function writeObject(object: Record<string, Json>, path: string): string {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, 'an object of a class');
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member === undefined) continue;
    text += `${text.length === 1 ? '' : ','}${quote(key, path)}:${write(member, `${path}.${key}`)}`;
  }
  return `${text}}`;
}

/** Text that JSON writes as it is: printable ASCII without quote and backslash. Most of what is stored is of this kind. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quote(text: string, path: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw refused(path, 'a string with a lone surrogate');
  return JSON.stringify(text);
}

function refused(path: string, what: string): InvalidInputError {
  return new InvalidInputError(
    'json.not-canonical',
    `${path} holds ${what}; allowed are strings, safe integers, booleans, null, arrays and plain objects`,
    { path },
  );
}

/** The UTF-8 bytes of {@link canonicalJson}. */
export function canonicalBytes(value: Json): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads JSON text without repeating any of it in an error, as the engine's own parser would.
 *
 * @throws {@link InvalidInputError} `json.malformed`.
 */
export function parseJson(text: string | Uint8Array): Json {
  try {
    return JSON.parse(typeof text === 'string' ? text : UTF8.decode(text));
  } catch {
    throw new InvalidInputError('json.malformed', 'the text is not valid JSON in UTF-8');
  }
}
