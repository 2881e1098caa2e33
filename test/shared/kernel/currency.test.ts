import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMoney, minorDigitsOf } from '#shared/kernel/index.ts';

describe('an amount of money for people', () => {
  it.each<[number, string, string]>([
    [1_250_000, 'EUR', 'EUR 12,500.00'],
    [5, 'EUR', 'EUR 0.05'],
    [0, 'EUR', 'EUR 0.00'],
    [-123_456_789, 'USD', 'USD -1,234,567.89'],
    [1_000, 'JPY', 'JPY 1,000'],
    [7, 'JPY', 'JPY 7'],
    [1_234_567, 'KWD', 'KWD 1,234.567'],
    [5, 'BHD', 'BHD 0.005'],
    [100, '', '1.00'],
    [100, 'ZZZ', 'ZZZ 1.00'],
  ])('%i %s is "%s"', (minor, currency, said) => {
    expect(formatMoney(minor, currency)).toBe(said);
  });

  it('loses no digit', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('EUR', 'JPY', 'KWD'), (minor, currency) => {
        const digits = formatMoney(minor, currency).slice(4).replace(/[,.]/g, '');
        expect(Number(digits)).toBe(minor);
      }),
    );
  });
});

describe('the digits after the point', () => {
  it('are those of ISO 4217', () => {
    expect(['EUR', 'JPY', 'KWD', 'CLP', 'ISK'].map(minorDigitsOf)).toEqual([2, 0, 3, 0, 0]);
  });

  it('are not known of a code that is none', () => {
    expect(['', 'eur', 'XXX', 'toString'].map(minorDigitsOf)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
