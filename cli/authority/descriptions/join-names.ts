/** Joins names in a sentence: `a`, `a or b`, `a, b or c`. */
export function joinNames(names: readonly string[], conjunction: 'and' | 'or'): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)]
    .filter((text) => text !== '')
    .join(` ${conjunction} `);
}
