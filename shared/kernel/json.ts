import { InvalidInputError } from './errors.ts';
import { findJsonError } from './json-error.ts';

/**
 * JSON as Writ stores it: integers only, so that every parser in every language reads the same
 * number.
 */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * Serializes a value canonically: RFC 8785 (JSON Canonicalization Scheme), restricted to integers.
 *
 * Keys are sorted by UTF-16 code units. White space and `undefined` members are omitted.
 *
 * @throws {@link InvalidInputError} `json.not-canonical` for a number that is not a safe integer, a
 *   lone surrogate, `undefined` in an array, or any value that is not JSON. The message names the
 *   path, never the value.
 * @see https://www.rfc-editor.org/rfc/rfc8785, section 3.2
 */
export function canonicalJson(value: Json): string {
  try {
    return write(value);
  } catch (error) {
    if (error instanceof NotCanonical) throw refused(pathTo(value) ?? '$', error.what);
    throw error;
  }
}

/**
 * Thrown at the invalid value, without its path, because tracking the path would cost more than the
 * rest of the serialization.
 */
class NotCanonical extends Error {
  readonly what: string;
  constructor(what: string) {
    super(what);
    this.what = what;
  }
}

function write(value: Json | undefined): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isSafeInteger(value))
        throw new NotCanonical('a number that is not a safe integer');
      return Object.is(value, -0) ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? writeArray(value) : writeObject(value as Record<string, Json>);
    default:
      throw new NotCanonical(`a ${typeof value}`);
  }
}

function writeArray(items: readonly Json[]): string {
  let text = '[';
  for (let i = 0; i < items.length; i++) text += i === 0 ? write(items[i]) : `,${write(items[i])}`;
  return `${text}]`;
}

function writeObject(object: Record<string, Json>): string {
  const prototype = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null)
    throw new NotCanonical('an object of a class');

  let text = '{';
  for (const key of sortKeys(Object.keys(object))) {
    const member = object[key];
    if (member === undefined) continue;
    // validators ignore this name
    if (key === '__proto__') throw new NotCanonical('a member named __proto__');
    text += `${text.length === 1 ? '' : ','}${quote(key)}:${write(member)}`;
  }

  return `${text}}`;
}

/**
 * Sorts in place by UTF-16 code units. For the few members of a typical object, this is several
 * times faster than a general sort.
 */
function sortKeys(keys: string[]): string[] {
  if (keys.length > 32) return keys.sort();

  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let at = i;
    for (; at > 0 && (keys[at - 1] as string) > key; at--) keys[at] = keys[at - 1] as string;
    keys[at] = key;
  }

  return keys;
}

/**
 * Text that JSON does not escape: printable ASCII without quote and backslash. Most stored strings
 * are of this kind.
 */
const PLAIN = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new NotCanonical('a string with a lone surrogate');
  return JSON.stringify(text);
}

/**
 * Returns the path of the value that cannot be serialized; undefined if every value can be
 * serialized.
 */
function pathTo(value: Json | undefined, path = '$'): string | undefined {
  if (typeof value === 'object' && value !== null && (Array.isArray(value) || isPlain(value))) {
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined && !Array.isArray(value)) continue;

      const found = pathTo(
        member as Json,
        Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`,
      );
      if (found !== undefined) return found;
    }
  }

  try {
    write(value);
    return undefined;
  } catch {
    return path;
  }
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Returns the reason that {@link canonicalJson} refuses a value, in words; undefined for a value
 * that it accepts. Contains no part of the value.
 */
export function nonCanonicalReason(value: unknown): string | undefined {
  try {
    write(value as Json);
    return undefined;
  } catch (error) {
    return error instanceof NotCanonical ? error.what : 'something that cannot be read';
  }
}

function refused(path: string, what: string): InvalidInputError {
  const shown = path.isWellFormed() ? path.slice(0, 200).toWellFormed() : '$';
  return new InvalidInputError(
    'json.not-canonical',
    `${shown} holds ${what}; allowed are strings, safe integers, booleans, null, arrays and plain objects`,
    { path: shown },
  );
}

/** Returns the UTF-8 bytes of {@link canonicalJson}. */
export function canonicalBytes(value: Json): Uint8Array {
  return Buffer.from(canonicalJson(value), 'utf8');
}

const BYTE_ORDER_MARK = '\ufeff';
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses JSON. Unlike the error of the JavaScript engine, this one never repeats the text.
 *
 * @throws {@link InvalidInputError} `json.malformed`, with the line and column.
 *
 * @example
 * ```ts
 * import { parseJson } from 'writ';
 *
 * parseJson('{ "amount": 5000 }'); // { amount: 5000 }
 * ```
 */
export function parseJson(text: string | Uint8Array): Json {
  const decoded = typeof text === 'string' ? text : decode(text);
  try {
    return JSON.parse(decoded);
  } catch {
    throw malformed(decoded);
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new InvalidInputError(
      'json.malformed',
      'the text is not valid JSON in UTF-8: its bytes are not UTF-8',
    );
  }
}

function malformed(text: string): InvalidInputError {
  if (text.startsWith(BYTE_ORDER_MARK))
    return new InvalidInputError(
      'json.malformed',
      'the text is not valid JSON in UTF-8: it begins with a byte order mark; leave it out',
    );

  const { line, column, what } = findJsonError(text) ?? {
    line: 1,
    column: 1,
    what: 'a value is expected',
  };

  return new InvalidInputError(
    'json.malformed',
    `the text is not valid JSON: line ${line}, column ${column}: ${what}`,
    { line, column },
  );
}
