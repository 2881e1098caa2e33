import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkTotals } from '#functions/automations/invoice-approval/arithmetic.ts';
import {
  decimalText,
  divideHalfUp,
  parseDecimal,
} from '#functions/automations/invoice-approval/decimal.ts';
import { ibanCheckDigits, isIban } from '#functions/automations/invoice-approval/iban.ts';
import type { InvoiceInput } from '#functions/automations/invoice-approval/invoice-input.ts';
import { amountText, parseAmount } from '#functions/automations/invoice-approval/money.ts';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { GOOD, utf8 } from './good-invoice.ts';

const good = readInvoice(utf8(GOOD));
const [line1, line2] = good.lines as [InvoiceInput['lines'][0], InvoiceInput['lines'][0]];
const [tax1, tax2] = good.taxes as [InvoiceInput['taxes'][0], InvoiceInput['taxes'][0]];
const rules = (change: Partial<InvoiceInput>) =>
  checkTotals({ ...good, ...change }).problems.map((each) => each.match(/\((.*)\)/)?.[1]);

describe('checking the sums of an invoice', () => {
  it('agrees with an invoice that adds up', () => {
    expect(checkTotals(good)).toEqual({ agrees: true, problems: [] });
  });

  it.each<[string, Partial<InvoiceInput>]>([
    ['BR-CO-10', { lineTotal: good.lineTotal + 1, taxExclusive: good.taxExclusive + 1 }],
    ['BR-CO-11', { allowances: [{ amount: 499 }] }],
    ['BR-CO-11', { allowances: [] }],
    ['BR-CO-12', { charges: [{ amount: 500 }, { amount: 501 }] }],
    ['BR-CO-13', { taxExclusive: good.taxExclusive + 1 }],
    ['BR-CO-14', { taxTotal: good.taxTotal - 1 }],
    ['BR-CO-15', { taxInclusive: good.taxInclusive + 1 }],
    ['BR-CO-16', { payable: good.payable + 1 }],
    ['BR-CO-16', { prepaid: 0 }],
    ['BR-CO-16', { rounding: 1 }],
    ['BR-CO-17', { taxes: [{ ...tax1, tax: tax1.tax + 2 }, tax2] }],
    ['BR-CO-17', { taxes: [{ ...tax1, percent: '20.9' }, tax2] }],
    ['BR-S-08', { taxes: [{ ...tax1, taxable: tax1.taxable + 1 }, tax2] }],
    ['R120', { lines: [{ ...line1, net: line1.net + 2 }, line2] }],
    ['R120', { lines: [line1, { ...line2, quantity: '301' }] }],
    ['R120', { lines: [line1, { ...line2, baseQuantity: '10' }] }],
    ['R120', { lines: [{ ...line1, allowances: 0 }, line2] }],
  ])('finds a breach of %s', (rule, change) => {
    expect(checkTotals({ ...good, ...change }).agrees).toBe(false);
    expect(rules(change)).toContain(rule);
  });

  it('says the figures in one sentence', () => {
    expect(checkTotals({ ...good, payable: 13_999 }).problems).toEqual([
      'the amount to pay is 139.99 EUR, but its parts give 140.00 EUR (BR-CO-16)',
    ]);
  });

  it('lets a product be off by one minor unit, and a sum by none', () => {
    expect(
      rules({
        taxes: [
          { ...tax1, tax: tax1.tax + 1 },
          { ...tax2, tax: tax2.tax - 1 },
        ],
      }),
    ).toEqual([]);

    expect(
      rules({
        lines: [
          { ...line1, net: line1.net + 1 },
          { ...line2, net: line2.net - 1 },
        ],
      }),
    ).toEqual([]);

    expect(rules({ prepaid: good.prepaid + 1 })).toEqual(['BR-CO-16']);
  });

  it('takes a returned line for what it is', () => {
    const returned = {
      id: '3',
      net: -396,
      quantity: '-1',
      price: '3.96',
      allowances: 0,
      charges: 0,
    };

    expect(rules({ lines: [...good.lines, returned] })).toEqual(['BR-CO-10']);
  });

  it('stays exact where floating point is not', () => {
    const line = {
      ...line1,
      quantity: '99999999.9',
      price: '99999.99999',
      net: 999_999_998_900,
      allowances: 0,
      charges: 0,
    };

    expect(rules({ lines: [line] })).toContain('R120');
    expect(rules({ lines: [{ ...line, net: 999_999_998_890 }] })).toContain('R120');
    expect(rules({ lines: [{ ...line, net: 999_999_998_900_000 }] })).not.toContain('R120');
  });

  it('names at most twenty problems', () => {
    const lines = Array.from({ length: 100 }, () => ({ ...line1, net: 1 }));
    const { problems } = checkTotals({ ...good, lines });
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe('and 81 more');
  });

  it('lets nobody ask for much more than the total without tax, which an order bounds, however its parts are made up', () => {
    const percent = fc.constantFrom('0', '7', '19', '21', '30');
    const part = fc.record({
      category: fc.constantFrom('S', 'Z', 'E'),
      percent,
      taxable: fc.integer({ min: -500_000, max: 500_000 }),
    });

    let agreed = 0;

    fc.assert(
      fc.property(
        fc.uniqueArray(part, {
          minLength: 1,
          maxLength: 6,
          selector: ({ category, percent }) => category + percent,
        }),
        fc.integer({ min: -200, max: 200 }),
        (parts, rounding) => {
          const taxes = parts.map((each) => ({
            ...each,
            tax:
              each.category === 'S'
                ? Math.round((each.taxable * Number(each.percent)) / 100) + 1
                : 0,
          }));

          const taxExclusive = taxes.reduce((sum, { taxable }) => sum + taxable, 0);

          fc.pre(taxExclusive >= 0);

          const taxTotal = taxes.reduce((sum, { tax }) => sum + tax, 0);

          const line = {
            id: '1',
            net: taxExclusive,
            quantity: '1',
            price: String(taxExclusive / 100),
            allowances: 0,
            charges: 0,
          };

          const totals = {
            lineTotal: taxExclusive,
            allowanceTotal: 0,
            chargeTotal: 0,
            taxExclusive,
            taxTotal,
            prepaid: 0,
            rounding,
          };

          const taxInclusive = taxExclusive + taxTotal;
          const payable = taxInclusive + rounding;

          const input = {
            currency: 'EUR',
            lines: [line],
            taxes,
            ...totals,
            taxInclusive,
            payable,
            allowances: [],
            charges: [],
          };
          if (!checkTotals(input).agrees) return;

          agreed++;
          expect(payable).toBeLessThanOrEqual((taxExclusive * 1.3 + 1) * 1.5 + 1);
          expect(payable - taxExclusive * 1.3).toBeLessThanOrEqual(52);
        },
      ),
      { numRuns: 500, seed: 7 },
    );

    expect(agreed).toBeGreaterThan(10);
  });

  it('finds any single amount that is changed by more than a rounding', () => {
    const keys = [
      'lineTotal',
      'allowanceTotal',
      'chargeTotal',
      'taxExclusive',
      'taxTotal',
      'taxInclusive',
      'prepaid',
      'rounding',
      'payable',
    ] as const;

    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.integer({ min: 1, max: 1e13 }),
        fc.boolean(),
        (key, by, up) => {
          expect(checkTotals({ ...good, [key]: good[key] + (up ? by : -by) }).agrees).toBe(false);
        },
      ),
    );
  });
});

describe('numbers', () => {
  it('reads decimals exactly and writes each in one way', () => {
    const texts = ['0', '-0', '-0.00', '00012.340', '.5', '5.', '-1.25', '12345678901234567890'];

    expect(
      texts.map((text) => decimalText(parseDecimal(text) ?? { units: -1n, scale: 0 })),
    ).toEqual([...['0', '0', '0', '12.34', '0.5', '5', '-1.25', '12345678901234567890']]);

    for (const text of [
      '',
      '-',
      '.',
      '-.',
      '+1',
      '1e2',
      '0x1',
      '1,5',
      '1 5',
      '1.2.3',
      '123456789012345678901',
    ]) {
      expect(parseDecimal(text), text).toBeUndefined();
    }
  });

  it('reads back every amount it writes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1e13, max: 1e13 }),
        fc.constantFrom('EUR', 'JPY', 'TND'),
        (minor, currency) => {
          expect(parseAmount(amountText(minor, currency).split(' ')[0] ?? '', currency, 'x')).toBe(
            minor === 0 ? 0 : minor,
          );
        },
      ),
    );
  });

  it('rounds halves away from zero', () => {
    const cases = [
      [5n, 2n, 3n],
      [-5n, 2n, -3n],
      [4n, 3n, 1n],
      [-4n, 3n, -1n],
      [0n, 7n, 0n],
    ] as const;

    for (const [dividend, divisor, expected] of cases)
      expect(divideHalfUp(dividend, divisor)).toBe(expected);
  });
});

describe('account numbers', () => {
  const published = [
    'GB82WEST12345698765432',
    'DE89370400440532013000',
    'NL91ABNA0417164300',
    'BE68539007547034',
    'FR1420041010050500013M02606',
    'NO9386011117947',
  ];

  it('takes the examples of the registry', () => {
    for (const iban of published) expect(isIban(iban), iban).toBe(true);
  });

  it('finds every single wrong digit', () => {
    for (const iban of published) {
      for (let i = 2; i < iban.length; i++) {
        const wrong = iban[i] === '7' ? '8' : '7';
        expect(isIban(iban.slice(0, i) + wrong + iban.slice(i + 1))).toBe(false);
      }
    }
  });

  it('refuses other forms, lengths, countries and check digits that are never issued', () => {
    const account = '0000000000000099';
    const twin = ['00', '01', '99'].map((digits) => `XX${digits}${account}`);

    for (const text of [
      '',
      'NL',
      'nl91abna0417164300',
      'NL91 ABNA 0417 1643 00',
      'NL91ABNA04171643000',
      'IBAN32423940',
      ...twin,
    ]) {
      expect(isIban(text), text).toBe(false);
    }

    expect(ibanCheckDigits('NL', 'ABNA0417164300')).toBe('91');
  });
});
