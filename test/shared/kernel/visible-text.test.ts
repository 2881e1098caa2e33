import { describe, expect, it } from 'vitest';
import { isVisible, textProblem } from '#shared/kernel/index.ts';

/** Every code point of which a regular expression holds. */
function codePoints(of: RegExp): string[] {
  const found: string[] = [];
  for (let code = 0; code <= 0x10_ffff; code++) {
    const character = code >= 0xd800 && code <= 0xdfff ? '' : String.fromCodePoint(code);
    if (of.test(character)) found.push(character);
  }
  return found;
}

describe('a text that a person gives', () => {
  it('is refused when none of its characters shows anything, of whatever kind they are', () => {
    const nothing = codePoints(/^[\p{Cc}\p{Cf}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]$/v);
    // most of them are assigned to nothing
    nothing.push(...codePoints(/^\p{C}$/v).filter((_, i) => i % 499 === 0));
    expect(nothing.length).toBeGreaterThan(6_000);

    const taken = nothing.filter(
      (character) =>
        isVisible(character.repeat(2)) || textProblem(character.repeat(2), 500) === undefined,
    );

    expect(taken).toEqual([]);
  });

  it.each([
    ['zero width spaces', '\u200b\u200b'],
    ['a word joiner', '\u2060'],
    ['a mark of direction', '\u200e'],
    ['a null', '\0'],
    ['an override of direction', '\u202e'],
    ['Hangul fillers', '\u3164\u115f\uffa0'],
    ['a Braille blank', '\u2800'],
    ['a variation selector', '\ufe0f'],
    ['tags', '\u{e0041}\u{e007f}'],
    ['a combining mark alone', '\u0301'],
    ['an object replacement', '\ufffc'],
    ['blank hieroglyphs', '\u{13441}\u{13442}'],
    ['a private use character', '\ue000'],
    ['blanks of every width', ' \u00a0\u3000\u1680\t\n'],
    ['nothing', ''],
    ['half of a character', '\ud83d'],
  ])('is refused when it is %s', (_, text) => {
    expect(textProblem(text, 500)).toEqual(expect.any(String));
  });

  it.each([
    'ok',
    '.',
    '7',
    '👍',
    '❤️',
    '是',
    'שלום',
    'می\u200cخواهم',
    'e\u0301',
    'two\nlines',
    ' padded ',
    '🏴\u{e0067}\u{e0062}\u{e007f}',
  ])('is taken when somebody can read it: %j', (text) => {
    expect(textProblem(text, 500)).toBeUndefined();
  });

  it('is taken with characters that control or reorder text, beside visible ones', () => {
    for (const character of ['\u202e', '\u2066', '\0', '\u001b']) {
      expect(textProblem(`as agreed${character}`, 500)).toBeUndefined();
      expect(textProblem(character, 500)).toBe('has at least one visible character, got none');
    }
  });

  it('is counted without the blanks at its ends', () => {
    expect(textProblem(` ${'x'.repeat(500)} `, 500)).toBeUndefined();
    expect(textProblem('x'.repeat(501), 500)).toBe('has 1 to 500 characters, got 501');
  });
});
