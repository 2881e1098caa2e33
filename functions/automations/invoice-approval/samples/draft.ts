import type { Random } from '#shared/kernel/index.ts';
import { countryOf } from './countries.ts';
import { between, chance, pick } from './dice.ts';
import type { SampleSupplier } from './suppliers.ts';

/**
 * Data of an invoice before it is written. Amounts are in cents, `quantity` is in thousandths and
 * `price` in ten-thousandths.
 */
export interface Draft {
  readonly number: string;
  readonly issueDate: string;
  readonly dueDate: string;
  readonly orderId: string | undefined;
  readonly supplier: SampleSupplier;
  readonly iban: string;
  readonly lines: readonly DraftLine[];
  readonly taxes: readonly DraftTax[];
  /** Allowance of the whole invoice, at the standard rate. 0: no allowance. */
  readonly allowance: number;
  readonly charge: number;
  readonly lineTotal: number;
  readonly taxExclusive: number;
  readonly taxTotal: number;
  readonly taxInclusive: number;
  readonly prepaid: number;
  readonly rounding: number;
  readonly payable: number;
}

export interface DraftLine {
  readonly name: string;
  readonly unit: string;
  readonly quantity: number;
  readonly price: number;
  readonly base: number;
  readonly allowance: number;
  readonly charge: number;
  readonly rate: string;
  readonly net: number;
}

interface DraftTax {
  readonly rate: string;
  readonly taxable: number;
  readonly tax: number;
}

interface Product {
  readonly name: string;
  /** UN/ECE Recommendation 20 code. */
  readonly unit: string;
  /** Smallest step of a quantity, in thousandths. */
  readonly step: number;
  /** Highest price of one base quantity, in ten-thousandths. */
  readonly price: number;
  /** Smallest step of the price: 100 is a cent. */
  readonly priceStep: number;
  readonly base: number;
  readonly reduced: boolean;
}

const PRODUCTS: readonly [Product, ...Product[]] = [
  {
    name: 'Office chair "Ergo" & footrest',
    unit: 'C62',
    step: 1_000,
    price: 3_500_000,
    priceStep: 100,
    base: 1,
    reduced: false,
  },
  {
    name: 'Consultancy, senior',
    unit: 'HUR',
    step: 250,
    price: 1_450_000,
    priceStep: 100,
    base: 1,
    reduced: false,
  },
  {
    name: 'Recycled paper A4 (500 sheets)',
    unit: 'C62',
    step: 5_000,
    price: 62_000,
    priceStep: 100,
    base: 1,
    reduced: false,
  },
  {
    name: 'Electricity, daytime tariff',
    unit: 'KWH',
    step: 125,
    price: 3_400,
    priceStep: 1,
    base: 1,
    reduced: false,
  },
  {
    name: 'Screws M6 < 40 mm',
    unit: 'C62',
    step: 100_000,
    price: 98_000,
    priceStep: 100,
    base: 100,
    reduced: false,
  },
  {
    name: 'Lunch buffet, vegetarian',
    unit: 'C62',
    step: 1_000,
    price: 185_000,
    priceStep: 100,
    base: 1,
    reduced: true,
  },
  {
    name: 'Handbook of record keeping',
    unit: 'C62',
    step: 1_000,
    price: 549_500,
    priceStep: 100,
    base: 1,
    reduced: true,
  },
  {
    name: 'Floor cleaning',
    unit: 'MTK',
    step: 500,
    price: 24_500,
    priceStep: 50,
    base: 1,
    reduced: false,
  },
];

/** Requirements of a draft. */
export interface Wanted {
  /** Range of the payable amount, in cents. */
  readonly payable: readonly [number, number];
  /** Multiplier of quantities, for large invoices. */
  readonly factor: number;
}

/**
 * Generates the figures of an invoice that adds up and meets the requirements. Repeats random
 * drafts until one meets them, which takes few attempts.
 */
export function draftFigures(
  random: Random,
  supplier: SampleSupplier,
  wanted: Wanted,
): Omit<Draft, 'number' | 'issueDate' | 'dueDate' | 'orderId'> {
  for (;;) {
    const figures = throwFigures(random, supplier, wanted.factor);
    const fits = figures.payable >= wanted.payable[0] && figures.payable <= wanted.payable[1];
    if (fits && figures.taxes.every(({ taxable }) => taxable > 0)) return figures;
  }
}

function throwFigures(random: Random, supplier: SampleSupplier, factor: number) {
  const lines = Array.from({ length: between(random, 1, 6) }, () =>
    throwLine(random, supplier, factor),
  );
  const lineTotal = total(lines.map(({ net }) => net));
  const standard = countryOf(supplier.country).rates[0];
  const hasStandard = lines.some(({ rate }) => rate === standard);
  const allowance = hasStandard && chance(random, 20) ? Math.round(lineTotal / 50) : 0;
  const charge = hasStandard && chance(random, 25) ? between(random, 250, 4_500) : 0;
  const taxes = [...new Set(lines.map(({ rate }) => rate))].sort().map((rate) => {
    const nets = total(lines.filter((line) => line.rate === rate).map(({ net }) => net));
    const taxable = nets + (rate === standard ? charge - allowance : 0);
    return { rate, taxable, tax: Math.floor((taxable * Number(rate) * 10 + 500) / 1_000) };
  });

  const taxExclusive = lineTotal - allowance + charge;
  const taxTotal = total(taxes.map(({ tax }) => tax));
  const taxInclusive = taxExclusive + taxTotal;
  const prepaid = chance(random, 8) ? Math.round(taxInclusive / 4) : 0;
  const open = taxInclusive - prepaid;
  const rounding = chance(random, 8) ? Math.round(open / 100) * 100 - open : 0;
  const payable = open + rounding;
  const totals = { lineTotal, taxExclusive, taxTotal, taxInclusive, prepaid, rounding, payable };

  return { supplier, iban: supplier.iban, lines, taxes, allowance, charge, ...totals };
}

function throwLine(random: Random, supplier: SampleSupplier, factor: number): DraftLine {
  const product = pick(random, PRODUCTS);
  const quantity = product.step * between(random, 1, 40) * factor;

  const price =
    product.priceStep *
    between(
      random,
      Math.ceil(product.price / product.priceStep / 3),
      product.price / product.priceStep,
    );

  // The product of thousandths and ten-thousandths is in ten-millionths; a cent is 100,000 of them.
  const gross = Math.floor(
    (2 * quantity * price + 100_000 * product.base) / (200_000 * product.base),
  );
  const allowance = chance(random, 15) ? Math.round(gross / 20) : 0;
  const charge = chance(random, 10) ? between(random, 50, 900) : 0;
  const rate = countryOf(supplier.country).rates[product.reduced ? 1 : 0];

  return {
    name: product.name,
    unit: product.unit,
    quantity,
    price,
    base: product.base,
    allowance,
    charge,
    rate,
    net: gross - allowance + charge,
  };
}

function total(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}
