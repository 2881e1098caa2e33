import fc from 'fast-check';
import lookAlikes from 'unhomoglyph/data.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { confusableSkeleton, isVisible } from '#shared/kernel/index.ts';

const TABLE = Object.entries(lookAlikes as Readonly<Record<string, string>>);
/**
 * Characters by what each is mistaken for, without those that are written as a letter and a mark:
 * those are read as two.
 */
const SUBSTITUTES = new Map<string, string[]>();
for (const [character, seen] of TABLE) {
  if (character.normalize('NFD') !== character) continue;
  SUBSTITUTES.set(seen, [...(SUBSTITUTES.get(seen) ?? []), character]);
}
const MARKS_UNSEEN = [
  '\u00AD',
  '\u200B',
  '\u200D',
  '\u2060',
  '\uFEFF',
  '\u034F',
  ' ',
  '\u00A0',
  '\u2009',
  '\t',
];

describe('the form in which texts are compared', () => {
  it.each([
    ['a non-breaking hyphen', 'ALIKE\u20117'],
    ['an en dash', 'ALIKE\u20137'],
    ['an em dash', 'ALIKE\u20147'],
    ['a minus sign', 'ALIKE\u22127'],
    ['a full-width hyphen', 'ALIKE\uFF0D7'],
    ['a Cyrillic letter', '\u0410LIKE-7'],
    ['a Greek letter', 'AL\u0399KE-7'],
    ['a digit for a letter', 'AL1KE-7'],
    ['mathematical letters', '\u{1D400}\u{1D40B}IKE-7'],
    ['full-width letters', '\uFF21\uFF2C\uFF29\uFF2B\uFF25-7'],
    ['lower case', 'alike-7'],
    ['blanks inside', 'AL IKE\u00A0- 7'],
    ['an invisible character', 'ALIKE\u200B-7'],
    ['a Braille blank', 'ALIKE-7\u2800'],
    ['an object replacement', 'ALIKE\uFFFC-7'],
    ['a null notehead', 'ALIKE-\u{1D159}7'],
    ['a blank hieroglyph', 'ALIKE-7\u{13441}'],
    ['a Khitan filler', 'ALIKE-7\u{16FE4}'],
    ['a private character', 'ALIKE-\uE0017'],
    ['an unassigned character', 'ALIKE-\u03787'],
  ])('is one for a number and the same with %s', (_, other) => {
    expect(other).not.toBe('ALIKE-7');
    expect(confusableSkeleton(other)).toBe(confusableSkeleton('ALIKE-7'));
  });

  it('is one for a number and the same with any character that shows nothing, wherever it is', () => {
    const form = confusableSkeleton('B-7');
    let count = 0;
    const apart: string[] = [];

    for (let code = 0; code <= 0x10_ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const character = String.fromCodePoint(code);
      // a mark shows beside a letter
      if (
        isVisible(character) ||
        /^[\p{M}--[\p{Default_Ignorable_Code_Point}\u{16fe4}]]$/v.test(character)
      )
        continue;

      // most are private or not assigned, and treated alike
      if (
        /^[\p{Co}\p{Cn}]$/v.test(character) &&
        code % 997 !== 0 &&
        ![0xe001, 0x378].includes(code)
      )
        continue;

      count++;

      for (const other of [`B-7${character}`, `B${character}-7`, `${character}B-${character}7`])
        if (confusableSkeleton(other) !== form) apart.push(code.toString(16));
    }

    expect(apart).toEqual([]);
    expect(count).toBeGreaterThan(1_000);
  });

  it.each([
    ...'\u00af\u02c9\u203e\u1428\u23af\u23ba\u23bd\u23e4\u2500\u2504\u254c\u2574\u257e\u25ac\u268a\ufe49\uffe3\u{10110}',
  ])('is one for a hyphen and a line like it: %s', (line) => {
    expect(confusableSkeleton(`B${line}7`)).toBe(confusableSkeleton('B-7'));
  });

  it('is one for composed and decomposed letters, and another without their marks', () => {
    expect(confusableSkeleton('Caf\u00E9')).toBe(confusableSkeleton('Cafe\u0301'));
    expect(confusableSkeleton('Caf\u00E9')).not.toBe(confusableSkeleton('Cafe'));
  });

  it('is one for every character of Unicode’s table and what it is mistaken for', () => {
    const apart = TABLE.filter(
      ([character, seen]) =>
        confusableSkeleton(`A${character}7`) !== confusableSkeleton(`A${seen}7`),
    );
    // the rest is composed: the standard takes a letter and its mark apart before it looks either
    // up
    expect(apart.filter(([character]) => character.normalize('NFD') === character)).toEqual([]);
    expect(TABLE.length).toBeGreaterThan(6_000);
  });

  it('finds a look-alike made by random substitution', () => {
    const number = fc.stringMatching(/^[A-Z0-9]{1,6}[-/.]?[A-Z0-9]{1,10}$/);
    const dice = fc.array(fc.nat(1_000), { minLength: 40, maxLength: 40 });

    fc.assert(
      fc.property(number, dice, (original, throws) => {
        const forged = [...original].map((character, i) => {
          const [turn = 0, which = 0] = [throws[2 * i], throws[2 * i + 1]];
          const others = SUBSTITUTES.get(character) ?? [];
          if (turn % 4 === 0 && others.length > 0) return others[which % others.length];
          if (turn % 4 === 1) return character.toLowerCase();
          if (turn % 4 === 2) return character + MARKS_UNSEEN[which % MARKS_UNSEEN.length];
          return character;
        });

        expect(confusableSkeleton(forged.join(''))).toBe(confusableSkeleton(original));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps apart plain numbers that differ, but for letters that digits are mistaken for', () => {
    // without I, L, M and O, which read as 1, RN and 0 do
    const plain = fc.stringMatching(/^[ABCDEFGHJKNPQSTUVWXYZ0-9]{1,8}[-/._]?[0-9]{1,8}$/);

    fc.assert(
      fc.property(plain, plain, (one, other) => {
        fc.pre(one !== other);
        expect(confusableSkeleton(one)).not.toBe(confusableSkeleton(other));
      }),
      { numRuns: 500 },
    );

    const serial = Array.from({ length: 2_000 }, (_, i) => `2026-${String(i).padStart(4, '0')}`);
    expect(new Set(serial.map(confusableSkeleton)).size).toBe(serial.length);
    expect(confusableSkeleton('007')).not.toBe(confusableSkeleton('7')); // leading zeros are seen
    expect(confusableSkeleton('1-11')).not.toBe(confusableSkeleton('11-1'));
  });

  it('is its own form, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const form = confusableSkeleton(text);
        expect(confusableSkeleton(form)).toBe(form);
        expect(form).not.toMatch(/\s/);
      }),
      { numRuns: 100 },
    );
  });
});
