import { parseJson } from './json.ts';

const STRING = /"(?:[^"\\]|\\.)*"/gs;

/**
 * Parses a JSON object without duplicate member names. If names were duplicated, two parsers could
 * read different values from the same text.
 *
 * @returns undefined for any other text.
 */
export function readObject(text: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }

  if (!isObject(value)) return undefined;

  // outside strings, each member has one colon; the parser keeps only one of the members with the
  // same name
  const colons = Buffer.from(text).toString('utf8').replace(STRING, '').split(':').length - 1;

  return colons === countMembers(value) ? value : undefined;
}

/**
 * Counts the members of a value and of everything nested in it. Iterative, because the sender
 * chooses the depth.
 */
function countMembers(value: object): number {
  let count = 0;
  const pending: unknown[] = [value];

  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== 'object' || next === null) continue;
    const items = Object.values(next);
    if (!Array.isArray(next)) count += items.length;
    for (const item of items) pending.push(item);
  }

  return count;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
