import { isWritError, parseJson, readObject, whyNotCanonical } from '#shared/kernel/index.ts';
import { RequestRefusedError } from './problem.ts';

/** The most a JSON body may have: bytes, and objects and arrays inside each other. */
export const JSON_MAX_BYTES = 64 * 1_024;
export const JSON_MAX_DEPTH = 16;

/**
 * Reads the body of a request as a JSON object in which every reader sees the same: no member
 * twice, and only what Writ stores as JSON.
 *
 * @throws {@link RequestRefusedError} `request.body`.
 */
export function readJsonBody(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const depth = depthOf(bytes);
  if (depth > JSON_MAX_DEPTH) throw refused(`JSON of more than ${JSON_MAX_DEPTH} levels`);
  const value = readObject(bytes);
  if (value === undefined)
    throw refused(faultOf(bytes) ?? 'no JSON object in UTF-8 in which each member is named once');

  // no member by which code is tricked, no half of a character, no number that readers round in
  // ways of their own
  const why = whyNotCanonical(value);
  if (why !== undefined) throw refused(`not JSON that can be stored: it holds ${why}`);

  return value;
}

/** Where a body stops being JSON; undefined when it is JSON. */
function faultOf(bytes: Uint8Array): string | undefined {
  try {
    parseJson(bytes);
    return undefined;
  } catch (error) {
    if (!isWritError(error, 'json.malformed')) throw error;
    return error.message.replace('the text is ', '');
  }
}

const refused = (what: string) => new RequestRefusedError('request.body', `the body is ${what}`);

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPENS, CLOSES] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])];

/** How deep brackets go, of any text: known before a parser goes down into it. */
function depthOf(bytes: Uint8Array): number {
  let [depth, most, isText] = [0, 0, false];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (isText && byte === BACKSLASH) i++;
    else if (byte === QUOTE) isText = !isText;
    else if (!isText && OPENS.has(byte)) most = Math.max(most, ++depth);
    else if (!isText && CLOSES.has(byte)) depth--;
  }

  return most;
}
