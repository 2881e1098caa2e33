import { parseJson } from './json.ts';

const STRING = /"(?:[^"\\]|\\.)*"/gs;

/**
 * Reads a JSON object in which no member is named twice: of two readers of such a text each may see
 * another value.
 *
 * @returns undefined for anything else.
 */
export function readObject(text: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }

  if (!isObject(value)) return undefined;

  // outside of strings a colon stands once for each member, and a member that was named twice was
  // read once
  const written = Buffer.from(text).toString('utf8').replace(STRING, '').split(':').length - 1;

  return written === members(value) ? value : undefined;
}

/**
 * Members of a value and of everything in it. Without recursion: how deep it goes was decided by
 * whoever wrote it.
 */
function members(value: object): number {
  let count = 0;
  const left: unknown[] = [value];

  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    if (typeof one !== 'object' || one === null) continue;
    const inside = Object.values(one);
    if (!Array.isArray(one)) count += inside.length;
    for (const item of inside) left.push(item);
  }

  return count;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
