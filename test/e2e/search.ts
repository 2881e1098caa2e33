/**
 * How a value could turn up: as it is, without spaces, and encoded in the ways that are used
 * somewhere on its way.
 */
function spellings(value: string): string[] {
  return [
    value,
    value.replaceAll(' ', ''),
    value.toLowerCase(),
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('hex'),
    ...[0, 1, 2].map((offset) => insideBase64(value, offset)),
  ];
}

/**
 * What base64 makes of a value that begins `offset` bytes after a multiple of three, without what
 * depends on its neighbours.
 */
function insideBase64(value: string, offset: number): string {
  const text = Buffer.from(`${'\0'.repeat(offset)}${value}`)
    .toString('base64')
    .replace(/=+$/, '');
  return text.slice(offset === 0 ? 0 : offset + 1, -1);
}

/** Which of the values turn up in the texts, in any spelling. */
export function marksIn(texts: readonly string[], values: readonly string[]): string[] {
  const all = texts.join('\n');
  return values.filter((value) => spellings(value).some((spelling) => all.includes(spelling)));
}

/**
 * Every string of a request of DynamoDB, names included; binary values also as the bytes they are.
 */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === 'B' && typeof each === 'string'
      ? [each, Buffer.from(each, 'base64').toString('latin1')]
      : [name, ...textsOf(each)],
  );
}
