import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalBytes,
  canonicalJson,
  type InvalidInputError,
  type Json,
  parseJson,
} from '#shared/kernel/index.ts';

const text = fc.string({ unit: 'binary' });
const integer = fc.maxSafeInteger();

/** Any JSON whose numbers are safe integers. */
/**
 * What a member may be called: anything but the one name that is refused, which fast-check likes to
 * try.
 */
const name = text.filter((key) => key !== '__proto__');
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    integer,
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof(
        text.filter((key) => key !== '__proto__'),
        fc.constantFrom('constructor', 'toString', '10', '9', '\u20ac', '\ufb33', '😀'),
      ),
      tie('json'),
      {
        maxKeys: 6,
      },
    ),
  ),
}));

// a member named __proto__ is refused: validators pass over it
const refused = { code: 'json.not-canonical', fate: 'refuse' };
const notJson = (value: unknown) => () => canonicalJson(value as Json);

describe('canonical JSON', () => {
  it('refuses a member named __proto__, which validators pass over', () => {
    expect(notJson(JSON.parse('{"__proto__":{"iban":"x"}}'))).toThrow(
      expect.objectContaining(refused),
    );
    expect(notJson(JSON.parse('[{"a":{"__proto__":1}}]'))).toThrow(
      expect.objectContaining({ facts: { path: '$[0].a' } }),
    );
  });

  it('is what another implementation of RFC 8785 writes', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 500 },
    );
  });

  it('reads back as the same value, and is then written as the same text', () => {
    fc.assert(
      fc.property(json, (value) => {
        const written = canonicalJson(value);
        expect(canonicalJson(parseJson(written))).toBe(written);
        expect(canonicalJson(parseJson(canonicalBytes(value)))).toBe(written);
      }),
    );
  });

  it('does not depend on the order in which members were set', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, integer), { selector: ([key]) => key }),
        fc.nat(),
        (members, seed) => {
          const turned = members.map(
            (_, i) => members[(i + seed) % members.length] as [string, number],
          );
          expect(canonicalJson(Object.fromEntries(turned))).toBe(
            canonicalJson(Object.fromEntries(members)),
          );
        },
      ),
    );
  });

  it('sorts keys by UTF-16 code units, as the example of RFC 8785 does', () => {
    const example = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\ud83d\ude00': 5,
      '\u0080': 6,
      '\u00f6': 7,
    };

    expect(Object.values(JSON.parse(canonicalJson(example)))).toHaveLength(7);
    expect(canonicalJson(example)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    );
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalJson({ b: undefined, a: 1, c: { d: undefined } })).toBe('{"a":1,"c":{}}');
  });

  it('writes minus zero as zero', () => {
    expect(canonicalJson([-0, 0])).toBe('[0,0]');
  });

  it.each<[string, unknown]>([
    ['a fraction', 0.5],
    ['an integer beyond the safe ones', 2 ** 53],
    ['NaN', Number.NaN],
    ['infinity', Number.NEGATIVE_INFINITY],
    ['a bigint', 1n],
    ['undefined', undefined],
    ['undefined in an array', [1, undefined]],
    ['a hole in an array', new Array(2)],
    ['a function', { act: () => 1 }],
    ['a symbol', Symbol('x')],
    ['a date', { at: new Date(0) }],
    ['a map', new Map()],
    ['bytes', new Uint8Array(3)],
    ['an object of a class', new (class Point {})()],
    ['a lone surrogate', 'a\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
  ])('refuses %s', (_, value) => {
    expect(notJson({ in: value === undefined ? [value] : value })).toThrow(
      expect.objectContaining(refused),
    );
  });

  it('accepts an object without a prototype, such as parsers make', () => {
    expect(canonicalJson(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });

  it('names the path of what it refuses, never the value', () => {
    const value = { customers: [{ iban: 'DE89370400440532013000\ud800' }] };
    expect(notJson(value)).toThrow(
      /^\$\.customers\[0\]\.iban holds a string with a lone surrogate/,
    );
    expect(notJson(value)).not.toThrow(/DE89/);
    expect(notJson({ salary: 4_250.75 })).not.toThrow(/4250/);
  });
});

describe('reading JSON', () => {
  it.each([
    '{"iban":"DE89370400440532013000"',
    'DE89370400440532013000',
    '{"a":1}DE89',
    '',
    '[1,]',
    'undefined',
  ])('repeats nothing of a malformed text in its error: %j', (malformed) => {
    let thrown: unknown;
    try {
      parseJson(malformed);
    } catch (error) {
      thrown = error;
    }

    const facts = { line: 1, column: expect.any(Number) };
    const message = expect.stringMatching(
      /^the text is not valid JSON: line 1, column \d+: [ a-z",}\]]+ expected$/,
    );

    expect(thrown).toMatchObject({ code: 'json.malformed', fate: 'refuse', message });
    expect((thrown as InvalidInputError).facts).toEqual(facts);
    expect((thrown as Error).cause).toBeUndefined();
    expect((thrown as Error).stack).not.toContain('DE89');
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => parseJson(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toThrow(
      expect.objectContaining({ code: 'json.malformed' }),
    );
  });

  it('refuses a byte order mark', () => {
    expect(() => parseJson(Buffer.from('\ufeff{}'))).toThrow(
      expect.objectContaining({ code: 'json.malformed' }),
    );
  });

  it('is not put off by what it refused before', () => {
    for (const broken of [[0x22, 0xc3], [0xff], [0x22, 0xf0, 0x9f]]) {
      expect(() => parseJson(Uint8Array.from(broken))).toThrow();
      expect(parseJson(Buffer.from('{"a":"ü"}'))).toEqual({ a: 'ü' });
    }
  });
});
