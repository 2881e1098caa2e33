/** Names in a sentence: `a`, `a or b`, `a, b or c`. */
export function listed(names: readonly string[], word: 'and' | 'or'): string {
  return [names.slice(0, -1).join(', '), ...names.slice(-1)]
    .filter((text) => text !== '')
    .join(` ${word} `);
}
