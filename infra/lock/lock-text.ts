import type { AuthorityLock } from './lock.ts';

/**
 * Formats the lock for a commit. Each member of a statement is on one line if it fits, so that
 * diffs are easy to read. Biome formats the lock identically.
 */
export function lockText(lock: AuthorityLock): string {
  return `${write(lock, '', { taken: 0, comma: 0 })}\n`;
}

const WIDTH = 100;

/**
 * Number of other characters on a value's line: those before the value, and the comma after every
 * value except the last.
 */
interface LineUse {
  readonly taken: number;
  readonly comma: 0 | 1;
}

/** Formats one value. */
function write(value: unknown, indent: string, { taken, comma }: LineUse): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const line = onOneLine(value);
  if (line !== undefined && taken + line.length + comma <= WIDTH) return line;

  const inner = `${indent}  `;

  const members = Array.isArray(value)
    ? value.map((item, i) =>
        write(item, inner, { taken: inner.length, comma: i + 1 < value.length ? 1 : 0 }),
      )
    : Object.entries(value).map(([key, member], i, all) => {
        const name = `${JSON.stringify(key)}: `;
        const comma = i + 1 < all.length ? 1 : 0;
        return name + write(member, inner, { taken: inner.length + name.length, comma });
      });

  const [open, close] = Array.isArray(value) ? '[]' : '{}';

  return `${open}\n${members.map((member) => inner + member).join(',\n')}\n${indent}${close}`;
}

/**
 * Formats lists of strings and numbers, objects with one such list, and empty values on one line.
 * Returns undefined for all others.
 */
function onOneLine(value: object): string | undefined {
  if (Array.isArray(value))
    return value.every(isPlain)
      ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
      : undefined;

  const [first, second] = Object.entries(value);
  if (first === undefined) return '{}';

  const line = Array.isArray(first[1]) && second === undefined ? onOneLine(first[1]) : undefined;

  return line === undefined ? undefined : `{ ${JSON.stringify(first[0])}: ${line} }`;
}

const isPlain = (value: unknown) => typeof value !== 'object';
