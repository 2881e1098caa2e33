import { DefectError } from 'writ';
import { type Decimal, divideHalfUp, parseDecimal, tenTo } from './decimal.ts';
import type { InvoiceAmount, InvoiceLine, InvoiceTax, InvoiceTotals } from './invoice-input.ts';
import { amountText, minorDigits } from './money.ts';

/**
 * Whether an invoice's sums agree, and if not, why: short sentences with the figures and the rule.
 */
export interface TotalsCheck {
  readonly agrees: boolean;
  /** At most 20, and one more that says how many were left out. */
  readonly problems: readonly string[];
}

/** How far apart, in minor units, two amounts may be where one of them was rounded. */
const ROUNDING = 1n;
const MAX_PROBLEMS = 20;
/** The highest rate of tax that is looked at as one; the highest in the European Union is 27. */
const MAX_PERCENT = 30n;
/**
 * UNCL 5305: zero rated, exempt, reverse charge, within the Union, export, outside the scope. Their
 * tax is nothing.
 */
const UNTAXED: readonly string[] = ['Z', 'E', 'AE', 'K', 'G', 'O'];

/**
 * Checks the sums of an invoice exactly; only products (a line, a tax) may be off by one minor
 * unit. What no order says anything about, the tax and the rounding, stays within what taxes and
 * coins are.
 *
 * @throws {@link DefectError} for an input with members that `readInvoice` never gives.
 * @see EN 16931-1:2017, section 6.4.2: BR-CO-10 to BR-CO-17; BR-S-08 and its sisters for the sum
 *   of what is taxed; Peppol BIS Billing 3.0, PEPPOL-EN16931-R120, for the product of a line
 */
export function checkTotals(input: InvoiceTotals): TotalsCheck {
  const problems: string[] = [];

  const agree = (rule: string, what: string, stated: number, expected: bigint, tolerance = 0n) => {
    const difference = BigInt(stated) - expected;
    if (difference <= tolerance && -difference <= tolerance) return;
    problems.push(
      `${what} is ${amountText(stated, input.currency)}, but its parts give ${amountText(expected, input.currency)} (${rule})`,
    );
  };

  const big = (amount: number) => BigInt(amount);

  agree(
    'BR-CO-10',
    'the total of the lines',
    input.lineTotal,
    sum(input.lines.map(({ net }) => net)),
  );

  agree('BR-CO-11', 'the total of the allowances', input.allowanceTotal, amounts(input.allowances));
  agree('BR-CO-12', 'the total of the charges', input.chargeTotal, amounts(input.charges));

  const exclusive = big(input.lineTotal) - big(input.allowanceTotal) + big(input.chargeTotal);

  agree('BR-CO-13', 'the total without tax', input.taxExclusive, exclusive);
  agree('BR-CO-14', 'the total of the tax', input.taxTotal, sum(input.taxes.map(({ tax }) => tax)));

  agree(
    'BR-CO-15',
    'the total with tax',
    input.taxInclusive,
    big(input.taxExclusive) + big(input.taxTotal),
  );

  agree(
    'BR-CO-16',
    'the amount to pay',
    input.payable,
    big(input.taxInclusive) - big(input.prepaid) + big(input.rounding),
  );

  agree(
    'BR-S-08',
    'the total without tax',
    input.taxExclusive,
    sum(input.taxes.map(({ taxable }) => taxable)),
  );

  const digits = minorDigits(input.currency);

  for (const [i, tax] of input.taxes.entries()) {
    agree('BR-CO-17', `tax ${i + 1}`, tax.tax, taxOf(tax), ROUNDING);

    if (UNTAXED.includes(tax.category))
      agree(`BR-${tax.category}-09`, `tax ${i + 1} of the category ${tax.category}`, tax.tax, 0n);

    const { units, scale } = exact(tax.percent);
    if (units < 0n || units > MAX_PERCENT * tenTo(scale))
      problems.push(
        `tax ${i + 1} is at ${tax.percent} %; rates are 0 to ${MAX_PERCENT} % (BT-119)`,
      );
  }

  problems.push(...boundsOf(input, digits));

  for (const [i, line] of input.lines.entries())
    agree('R120', `line ${i + 1}`, line.net, netOf(line, digits), ROUNDING);

  const agrees = problems.length === 0;
  const more = problems.length - MAX_PROBLEMS;

  if (more > 0) problems.splice(MAX_PROBLEMS, more, `and ${more} more`);

  return { agrees, problems };
}

/**
 * What is asked for beyond the total without tax, which an order bounds: a tax of the whole invoice
 * within what rates are, whatever its parts are, and a rounding to coins.
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

  // to the nearest of the largest coin, which is one unit, and of an amount that is more than what
  // rounds it
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

/** A decimal of an {@link InvoiceTotals}, which is one because `readInvoice` wrote it. */
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
