import { isWritError, nonCanonicalReason, parseJson, readObject } from '#shared/kernel/index.ts';
import { RequestRefusedError } from './problem.ts';

/** Maximum size of a JSON body in bytes, and maximum nesting depth of its objects and arrays. */
export const JSON_MAX_BYTES = 64 * 1_024;
export const JSON_MAX_DEPTH = 16;

/**
 * Reads a request body as a JSON object that every parser interprets alike: it has no repeated
 * members and only values that Writ can store as JSON.
 *
 * @throws {@link RequestRefusedError} `request.body`.
 */
export function readJsonBody(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const depth = depthOf(bytes);
  if (depth > JSON_MAX_DEPTH) throw refused(`is nested more than ${JSON_MAX_DEPTH} levels deep`);
  const value = readObject(bytes);
  if (value === undefined)
    throw refused(faultOf(bytes) ?? 'is not a JSON object in UTF-8 without repeated members');

  // Refuses member names that can attack code, lone surrogates, and numbers that parsers round
  // differently.
  const why = nonCanonicalReason(value);
  if (why !== undefined) throw refused(`is not JSON that can be stored: it holds ${why}`);

  return value;
}

/**
 * Returns the reason that a body is not valid JSON, with the line and column of a syntax error;
 * undefined for valid JSON.
 */
function faultOf(bytes: Uint8Array): string | undefined {
  try {
    parseJson(bytes);
    return undefined;
  } catch (error) {
    if (!isWritError(error, 'json.malformed')) throw error;
    return error.message.replace(/^the text /, '');
  }
}

const refused = (fault: string) => new RequestRefusedError('request.body', `the body ${fault}`);

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPENS, CLOSES] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])];

/** Returns the nesting depth of any text. Runs before a recursive parser sees the text. */
function depthOf(bytes: Uint8Array): number {
  let [depth, deepest, isText] = [0, 0, false];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (isText && byte === BACKSLASH) i++;
    else if (byte === QUOTE) isText = !isText;
    else if (!isText && OPENS.has(byte)) deepest = Math.max(deepest, ++depth);
    else if (!isText && CLOSES.has(byte)) depth--;
  }

  return deepest;
}
