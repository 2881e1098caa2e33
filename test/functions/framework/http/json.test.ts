import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSON_MAX_DEPTH, readJsonBody } from '#functions/framework/http/json.ts';

const read = (text: string) => readJsonBody(Buffer.from(text));
const nested = (levels: number, inner = '') =>
  `{"a":${'['.repeat(levels - 1)}${inner}${']'.repeat(levels - 1)}}`;

describe('a JSON body', () => {
  it('may go down as deep as the limit, and no deeper', () => {
    expect(read(nested(JSON_MAX_DEPTH))).toHaveProperty('a');
    expect(() => read(nested(JSON_MAX_DEPTH + 1))).toThrow('more than 16 levels');
    expect(() => read(`{"a":${'{"a":'.repeat(16)}1${'}'.repeat(16)}}`)).toThrow(
      'more than 16 levels',
    );
  });

  it('is not deep for brackets in its texts', () => {
    const text = `\\"${'[{'.repeat(100)}\\\\`;
    expect(read(`{"a":"${text}"}`)).toEqual({ a: JSON.parse(`"${text}"`) });
  });

  it('is read as it was written, whatever it is', () => {
    const values = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((name) => name !== '__proto__'),
          tie('value'),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).value;

    const bodies = fc.dictionary(
      fc.string().filter((name) => name !== '__proto__'),
      values,
      { maxKeys: 5, noNullPrototype: true },
    );

    fc.assert(
      fc.property(bodies, fc.constantFrom(undefined, 1, '\t'), (body, indent) => {
        expect(read(JSON.stringify(body, undefined, indent))).toEqual(
          JSON.parse(JSON.stringify(body)),
        );
      }),
      { numRuns: 150 },
    );
  });

  it.each([
    ['nothing', ''],
    ['a text', '"a"'],
    ['an array', '[1]'],
    ['null', 'null'],
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, further down', '{"a":[{"b":1,"b":2}]}'],
    ['a member twice, written differently', '{"a":1,"\\u0061":2}'],
    ['__proto__', '{"__proto__":{"a":1}}'],
    ['__proto__ further down', '{"a":{"__proto__":1}}'],
    ['a number that is rounded', '{"a":9007199254740993}'],
    ['a fraction', '{"a":0.1}'],
    ['half a character', '{"a":"\\ud800"}'],
    ['half a character in a name', '{"\\ud800":1}'],
    ['more brackets closed than opened', '{}}'],
    ['a byte order mark', '\uFEFF{}'],
    ['two bodies', '{}{}'],
  ])('is refused when it is, or has, %s', (_what, text) => {
    expect(() => read(text)).toThrow(/the body is /);
  });

  it('is refused when it is no UTF-8', () => {
    expect(() => readJsonBody(Buffer.from('{"a":"\xff"}', 'latin1'))).toThrow('UTF-8');
  });
});
