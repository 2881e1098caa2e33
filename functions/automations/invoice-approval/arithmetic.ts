import { DefectError } from 'writ';
import { type Decimal, divideHalfUp, parseDecimal, tenTo } from './decimal.ts';
import type { InvoiceAmount, InvoiceLine, InvoiceTax, InvoiceTotals } from './invoice-input.ts';
import { amountText, minorDigits } from './money.ts';

/**
 * Result of checking the sums of an invoice. Each problem is a short sentence that gives the
 * figures and the rule.
 */
export interface TotalsCheck {
  readonly agrees: boolean;
  /** At most 20 problems, followed by one that gives the number of omitted problems. */
  readonly problems: readonly string[];
}

interface StatedAmount {
  readonly stated: number;
  readonly expected: bigint;
  /** @default 0n */
  readonly tolerance?: bigint;
}

/** Tolerance for rounded amounts, in minor units. */
const ROUNDING = 1n;
const MAX_PROBLEMS = 20;
/** Highest accepted tax rate, in percent. The highest rate in the European Union is 27 %. */
const MAX_PERCENT = 30n;
/**
 * UNCL 5305 categories with zero tax: zero rated, exempt, reverse charge, intra-Union, export, out
 * of scope.
 */
const UNTAXED: readonly string[] = ['Z', 'E', 'AE', 'K', 'G', 'O'];

/**
 * Checks the sums of an invoice exactly. Only products (the amount of a line or of a tax) may
 * differ by one minor unit. Tax and rounding, which no order limits, must stay within real tax
 * rates and coins.
 *
 * @throws {@link DefectError} for input that `readInvoice` never returns.
 * @see EN 16931-1:2017, section 6.4.2: BR-CO-10 to BR-CO-17; BR-S-08 and related rules for taxable
 *   sums; Peppol BIS Billing 3.0, PEPPOL-EN16931-R120, for the product of a line
 */
export function checkTotals(input: InvoiceTotals): TotalsCheck {
  const problems: string[] = [];

  /** Reports an amount that differs from the sum of its parts by more than `tolerance`. */
  const check = (
    rule: string,
    name: string,
    { stated, expected, tolerance = 0n }: StatedAmount,
  ) => {
    const difference = BigInt(stated) - expected;
    if (difference <= tolerance && -difference <= tolerance) return;
    problems.push(
      `${name} is ${amountText(stated, input.currency)}, but its parts give ${amountText(expected, input.currency)} (${rule})`,
    );
  };

  const big = (amount: number) => BigInt(amount);

  check('BR-CO-10', 'the total of the lines', {
    stated: input.lineTotal,
    expected: sum(input.lines.map(({ net }) => net)),
  });

  check('BR-CO-11', 'the total of the allowances', {
    stated: input.allowanceTotal,
    expected: amounts(input.allowances),
  });
  check('BR-CO-12', 'the total of the charges', {
    stated: input.chargeTotal,
    expected: amounts(input.charges),
  });

  const exclusive = big(input.lineTotal) - big(input.allowanceTotal) + big(input.chargeTotal);

  check('BR-CO-13', 'the total without tax', { stated: input.taxExclusive, expected: exclusive });
  check('BR-CO-14', 'the total of the tax', {
    stated: input.taxTotal,
    expected: sum(input.taxes.map(({ tax }) => tax)),
  });

  check('BR-CO-15', 'the total with tax', {
    stated: input.taxInclusive,
    expected: big(input.taxExclusive) + big(input.taxTotal),
  });

  check('BR-CO-16', 'the amount to pay', {
    stated: input.payable,
    expected: big(input.taxInclusive) - big(input.prepaid) + big(input.rounding),
  });

  check('BR-S-08', 'the total without tax', {
    stated: input.taxExclusive,
    expected: sum(input.taxes.map(({ taxable }) => taxable)),
  });

  const digits = minorDigits(input.currency);

  for (const [i, tax] of input.taxes.entries()) {
    check('BR-CO-17', `tax ${i + 1}`, {
      stated: tax.tax,
      expected: taxOf(tax),
      tolerance: ROUNDING,
    });

    if (UNTAXED.includes(tax.category))
      check(`BR-${tax.category}-09`, `tax ${i + 1} of the category ${tax.category}`, {
        stated: tax.tax,
        expected: 0n,
      });

    const { units, scale } = exact(tax.percent);
    if (units < 0n || units > MAX_PERCENT * tenTo(scale))
      problems.push(
        `tax ${i + 1} is at ${tax.percent} %; rates are 0 to ${MAX_PERCENT} % (BT-119)`,
      );
  }

  problems.push(...boundsOf(input, digits));

  for (const [i, line] of input.lines.entries())
    check('R120', `line ${i + 1}`, {
      stated: line.net,
      expected: netOf(line, digits),
      tolerance: ROUNDING,
    });

  const agrees = problems.length === 0;
  const more = problems.length - MAX_PROBLEMS;

  if (more > 0) problems.splice(MAX_PROBLEMS, more, `and ${more} more`);

  return { agrees, problems };
}

/**
 * Checks the amounts that no order limits: the total tax must be within real rates, and the
 * rounding within coins. An order limits only the total before tax.
 */
function boundsOf(
  { taxes, taxTotal, taxExclusive, taxInclusive, rounding, currency, lines }: InvoiceTotals,
  digits: number,
): string[] {
  const problems: string[] = [];
  const text = (amount: number | bigint) => amountText(amount, currency);

  const highest = divideHalfUp(BigInt(taxExclusive) * MAX_PERCENT, 100n) + ROUNDING;

  if (BigInt(taxTotal) > highest)
    problems.push(
      `the total of the tax is ${text(taxTotal)}, more than ${MAX_PERCENT} % of ${text(taxExclusive)} (BT-110)`,
    );

  const rates = taxes.map(({ category, percent }) => `${category} ${percent}`);
  const twice = rates.find((rate, i) => rates.indexOf(rate) < i);

  if (twice !== undefined) problems.push(`the tax of ${twice} % is there more than once (BG-23)`);

  // Allows rounding to the largest coin (one unit) if the amount is at least twice the rounding.
  const most = tenTo(digits) > 5n ? tenTo(digits) / 2n : 5n;
  const size = rounding < 0 ? -BigInt(rounding) : BigInt(rounding);

  if (size > most || 2n * size > BigInt(taxInclusive))
    problems.push(
      `the rounding is ${text(rounding)}, more than ${text(most)} or half of ${text(taxInclusive)} (BT-114)`,
    );

  const negative = lines.findIndex(({ price }) => exact(price).units < 0n);

  if (negative !== -1) problems.push(`the price of line ${negative + 1} is below zero (BR-27)`);

  return problems;
}

function taxOf({ taxable, percent }: InvoiceTax): bigint {
  const { units, scale } = exact(percent);
  return divideHalfUp(BigInt(taxable) * units, tenTo(scale + 2));
}

function netOf(line: InvoiceLine, digits: number): bigint {
  const [quantity, price, base] = [
    exact(line.quantity),
    exact(line.price),
    exact(line.baseQuantity ?? '1'),
  ];
  if (base.units <= 0n) throw new DefectError('an invoice holds a price for zero units or fewer');

  const dividend = quantity.units * price.units * tenTo(digits + base.scale);
  const product = divideHalfUp(dividend, base.units * tenTo(quantity.scale + price.scale));

  return product - BigInt(line.allowances) + BigInt(line.charges);
}

/** Parses a decimal of {@link InvoiceTotals} in the form that `readInvoice` writes. */
function exact(text: string): Decimal {
  const decimal = parseDecimal(text);
  if (decimal === undefined)
    throw new DefectError('an invoice holds a decimal that cannot be read');
  return decimal;
}

function sum(values: readonly number[]): bigint {
  return values.reduce((total, value) => total + BigInt(value), 0n);
}

function amounts(entries: readonly InvoiceAmount[]): bigint {
  return sum(entries.map(({ amount }) => amount));
}
