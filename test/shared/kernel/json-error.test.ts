import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '#shared/kernel/index.ts';
import { findJsonError } from '#shared/kernel/json-error.ts';

/**
 * JSON texts with a character put in, taken out or exchanged: most of them are malformed, some are
 * not.
 */
const nearlyJson = fc
  .tuple(
    fc.json(),
    fc.nat(),
    fc.nat(2),
    fc.oneof(
      fc.constantFrom(...'{}[],:"\\ \n\r\t0123456789.eE+-truefalsn\u0000\u0085\u00a0\ufeff'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    ),
    fc.constantFrom(undefined, 2),
  )
  .map(([json, place, taken, put, indent]) => {
    const text = indent === undefined ? json : JSON.stringify(JSON.parse(json), undefined, indent);
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + taken);
  });

/** Where the engine's parser says that it is, for the errors in which it does. */
function placeByEngine(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const [, position] =
      /in JSON at position (\d+) \(line \d+ column \d+\)$/.exec((error as Error).message) ?? [];
    return position === undefined ? undefined : Number(position);
  }
}

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

function offsetOf(
  text: string,
  { line, column }: { readonly line: number; readonly column: number },
): number {
  const ends = [...text.matchAll(/\r\n|\n|\r/g)].map(({ index, 0: end }) => index + end.length);
  return (line === 1 ? 0 : (ends[line - 2] ?? Number.NaN)) + column - 1;
}

describe('the fault of a text', () => {
  it('is there exactly when the text is no JSON', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        expect(findJsonError(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is where the parser finds it, or where the part begins in which it does', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        const [place, fault] = [placeByEngine(text), findJsonError(text)];
        if (place === undefined || fault === undefined) return;
        const offset = offsetOf(text, fault);
        expect(offset).toBeLessThanOrEqual(place);
        // between the two are only parts of one number, word or escape
        expect(text.slice(offset, place)).toMatch(/^(?:[-+.\w]*|\\u?[0-9a-fA-F]*)$/);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is said without anything of the text', () => {
    fc.assert(
      fc.property(nearlyJson, (text) => {
        const fault = findJsonError(text.replaceAll(/\w/g, 'Ω'));
        expect(fault?.what ?? '').not.toContain('Ω');
      }),
    );
  });

  it.each([
    [
      '{"customerId": "C-204",\n  "amount": 25000\n  "currency": "EUR"}',
      3,
      3,
      '"," or "}" is expected',
    ],
    ['{"amount": 12,\r\n "currency": }', 2, 14, 'a value is expected'],
    ["{'amount': 1}", 1, 2, 'a name in double quotes is expected'],
    ['{"amount" 1}', 1, 11, '":" is expected'],
    ['{"amount": 1,}', 1, 14, 'a name in double quotes is expected'],
    ['{"amount": 01}', 1, 13, 'a number that is not written as JSON has them'],
    ['{"name": "a', 1, 12, 'the text ends where a closing quote is expected'],
    ['{"name": "a\tb"}', 1, 12, 'a control character that is not escaped'],
    ['{"name": "\\x"}', 1, 11, 'an escape that JSON does not have'],
    ['{} {}', 1, 4, 'the end of the text is expected'],
    ['', 1, 1, 'the text ends where a value is expected'],
  ])('of %j is at line %i, column %i', (text, line, column, what) => {
    expect(findJsonError(text)).toEqual({ line, column, what });
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({
        code: 'json.malformed',
        message: `the text is not valid JSON: line ${line}, column ${column}: ${what}`,
        facts: { line, column },
      }),
    );
  });

  it('is found in texts of any depth and length', () => {
    expect(findJsonError('['.repeat(100_000))?.what).toContain('more than 1000 levels');
    expect(findJsonError(`"${'é'.repeat(4_000_000)}`)).toMatchObject({
      line: 1,
      column: 4_000_002,
    });
  });
});
