import type { AuthorityLock } from './lock.ts';

/**
 * The lock as it is committed: a member of a statement on a line of its own where it fits, so that
 * a review sees what changed. The formatter of the repository writes it the same.
 */
export function lockText(lock: AuthorityLock): string {
  return `${write(lock, '', 0)}\n`;
}

const WIDTH = 100;

/** @param taken - Characters that stand on the line before the value. */
function write(value: unknown, indent: string, taken: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const line = onOneLine(value);
  if (line !== undefined && taken + line.length < WIDTH) return line; // and a comma

  const inner = `${indent}  `;

  const members = Array.isArray(value)
    ? value.map((item) => write(item, inner, inner.length))
    : Object.entries(value).map(([key, member]) => {
        const name = `${JSON.stringify(key)}: `;
        return name + write(member, inner, inner.length + name.length);
      });

  const [open, close] = Array.isArray(value) ? '[]' : '{}';

  return `${open}\n${members.map((member) => inner + member).join(',\n')}\n${indent}${close}`;
}

/** Lists of texts and numbers, objects with one such list, and what is empty. */
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
