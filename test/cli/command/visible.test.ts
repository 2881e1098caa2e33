import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { table } from '#cli/command/table.ts';
import { jsonText, visible } from '#cli/command/visible.ts';

const hostile = fc.string({ unit: 'binary', maxLength: 40 });

describe('text from elsewhere', () => {
  it('shows what would act on a terminal as its number', () => {
    expect(visible('a\u001b[2Jb\r\nc\u202ed\u009be')).toBe(
      'a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{202e}d\\u{9b}e',
    );
    expect(visible('Müller & Söhne, 東京, 100 €')).toBe('Müller & Söhne, 東京, 100 €');
  });

  it('holds nothing that acts on a terminal, whatever it was', () => {
    fc.assert(
      fc.property(hostile, (text) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(visible(text))),
    );
  });

  it('is the same value to whoever parses it as JSON, and harmless to whoever looks at it', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), fc.boolean(), (value, onOneLine) => {
        const text = jsonText(value, { onOneLine });
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(onOneLine ? text : text.replaceAll('\n', '')).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u,
        );
      }),
    );
  });
});

describe('a table', () => {
  it('has its cells under one another, and no spaces at the ends of lines', () => {
    expect(
      table([
        ['RUN', 'BY'],
        ['k3f9x2ab', 'sample-clerk'],
        ['k3', ''],
      ]),
    ).toEqual(['RUN       BY', 'k3f9x2ab  sample-clerk', 'k3']);
  });
});
