import { InvalidInputError } from 'writ';
import { decimalText, parseDecimal } from './decimal.ts';
import type { InvoiceAmount, InvoiceLine, InvoiceTax } from './invoice-input.ts';
import { parseAmount, sumAmounts } from './money.ts';
import type { UblErrorCode } from './ubl-error-codes.ts';
import {
  all,
  identifier,
  maybeText,
  missing,
  need,
  needText,
  one,
  textOf,
  type UblNode,
} from './ubl-path.ts';

const MAX_LINES = 2_000;
const MAX_ALLOWANCES = 500;
const MAX_TAXES = 200;
/**
 * Maximum number of tax totals: one in the document currency, one in the accounting currency, and a
 * margin.
 */
const MAX_TAX_TOTALS = 8;

/** Totals of the invoice; see {@link InvoiceInput} for each field. */
interface Totals {
  readonly lineTotal: number;
  readonly allowanceTotal: number;
  readonly chargeTotal: number;
  readonly taxExclusive: number;
  readonly taxInclusive: number;
  readonly prepaid: number;
  readonly rounding: number;
  readonly payable: number;
}

/**
 * Reads the amount at an element path, which must be in the document currency.
 *
 * @throws {@link InvalidInputError} `ubl.missing`, `ubl.currency-mixed`, and the codes of
 *   `parseAmount`.
 */
function amountAt(at: UblNode, names: string, currency: string): number {
  const spot = need(at, names);
  checkCurrency(spot, currency);
  return parseAmount(textOf(spot) || missing(spot.path), currency, spot.path);
}

function amountOrZero(at: UblNode, names: string, currency: string): number {
  return maybeText(at, names) === undefined ? 0 : amountAt(at, names, currency);
}

function checkCurrency({ element, path }: UblNode, currency: string): void {
  const named = element.attributes.get('currencyID') ?? missing(`${path}/@currencyID`);
  if (named === currency) return;

  const shown = /^[A-Z]{3}$/.test(named) ? named : 'another currency';

  throw new InvalidInputError<UblErrorCode>(
    'ubl.currency-mixed',
    `${path} is in ${shown}; expected ${currency}, the currency of the invoice`,
    {
      path,
    },
  );
}

/**
 * Reads the decimal number at an element path, with at most 20 digits, in canonical form.
 *
 * @throws {@link InvalidInputError} `ubl.missing` or `ubl.amount-invalid`.
 */
function decimalAt(at: UblNode, names: string, absent?: string): string {
  const text = absent === undefined ? needText(at, names) : (maybeText(at, names) ?? absent);
  const decimal = parseDecimal(text);
  if (decimal !== undefined) return decimalText(decimal);

  const path = `${at.path}/${names}`;

  throw new InvalidInputError<UblErrorCode>(
    'ubl.amount-invalid',
    `${path} is not a decimal number of at most 20 digits`,
    { path },
  );
}

/**
 * Reads the totals of the invoice.
 *
 * @throws {@link InvalidInputError} `ubl.negative-total` for a negative total, and the codes of
 *   {@link amountAt}.
 * @see EN 16931-1:2017, BG-22
 */
export function readTotals(root: UblNode, currency: string): Totals {
  const at = need(root, 'cac:LegalMonetaryTotal');

  const positive = (names: string) => {
    const amount = amountAt(at, names, currency);
    if (amount >= 0) return amount;

    const path = `${at.path}/${names}`;

    throw new InvalidInputError<UblErrorCode>(
      'ubl.negative-total',
      `${path} is negative; it must be zero or more`,
      { path },
    );
  };

  return {
    lineTotal: positive('cbc:LineExtensionAmount'),
    taxExclusive: positive('cbc:TaxExclusiveAmount'),
    taxInclusive: positive('cbc:TaxInclusiveAmount'),
    payable: positive('cbc:PayableAmount'),
    allowanceTotal: amountOrZero(at, 'cbc:AllowanceTotalAmount', currency),
    chargeTotal: amountOrZero(at, 'cbc:ChargeTotalAmount', currency),
    // A negative prepaid amount would make the payable amount exceed the invoice.
    prepaid: maybeText(at, 'cbc:PrepaidAmount') === undefined ? 0 : positive('cbc:PrepaidAmount'),
    rounding: amountOrZero(at, 'cbc:PayableRoundingAmount', currency),
  };
}

/**
 * Returns the allowances and the charges directly inside `at`.
 *
 * @throws {@link InvalidInputError} `ubl.indicator-invalid` if an entry is neither an allowance nor
 *   a charge.
 */
export function readAllowances(
  at: UblNode,
  currency: string,
): { allowances: InvoiceAmount[]; charges: InvoiceAmount[] } {
  const found = { allowances: [] as InvoiceAmount[], charges: [] as InvoiceAmount[] };
  for (const entry of all(at, 'cac:AllowanceCharge', MAX_ALLOWANCES)) {
    const indicator = needText(entry, 'cbc:ChargeIndicator');
    const amount = amountAt(entry, 'cbc:Amount', currency);

    if (indicator === 'true' || indicator === '1') found.charges.push({ amount });
    else if (indicator === 'false' || indicator === '0') found.allowances.push({ amount });
    else {
      const path = `${entry.path}/cbc:ChargeIndicator`;

      throw new InvalidInputError<UblErrorCode>(
        'ubl.indicator-invalid',
        `${path} must be true (a charge) or false (an allowance)`,
        { path },
      );
    }
  }

  return found;
}

/**
 * Reads the tax total in the document currency. Ignores a tax total in another currency, which is
 * for tax accounting.
 *
 * @throws {@link InvalidInputError} `ubl.missing` without a tax total; `ubl.currency-mixed` when
 *   all are in other currencies; `ubl.too-many` for two in the document currency, which could
 *   differ.
 * @see EN 16931-1:2017, BT-110, BT-111 and BG-23
 */
export function readTaxes(
  root: UblNode,
  currency: string,
): { taxTotal: number; taxes: InvoiceTax[] } {
  const totals = all(root, 'cac:TaxTotal', MAX_TAX_TOTALS);
  const named = (total: UblNode) =>
    need(total, 'cbc:TaxAmount').element.attributes.get('currencyID');
  const [total = totals[0] ?? missing('cac:TaxTotal'), other] = totals.filter(
    (each) => named(each) === currency,
  );
  if (other !== undefined) {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.too-many',
      `cac:TaxTotal in ${currency} occurs more than once`,
      {
        path: other.path,
      },
    );
  }

  const taxTotal = amountAt(total, 'cbc:TaxAmount', currency);

  const taxes = all(total, 'cac:TaxSubtotal', MAX_TAXES).map((each) => ({
    category: identifier(
      needText(each, 'cac:TaxCategory/cbc:ID'),
      `${each.path}/cac:TaxCategory/cbc:ID`,
      16,
    ),
    percent: decimalAt(each, 'cac:TaxCategory/cbc:Percent', '0'),
    taxable: amountAt(each, 'cbc:TaxableAmount', currency),
    tax: amountAt(each, 'cbc:TaxAmount', currency),
  }));

  return { taxTotal, taxes };
}

/**
 * Reads the lines in document order.
 *
 * @throws {@link InvalidInputError} `ubl.missing` without a line or a required element;
 *   `ubl.too-many` above 2,000 lines; `ubl.amount-invalid` for a price per zero or fewer units.
 * @see EN 16931-1:2017, BG-25
 */
export function readLines(root: UblNode, currency: string): InvoiceLine[] {
  const lines = all(root, 'cac:InvoiceLine', MAX_LINES);
  return lines.length === 0
    ? missing('cac:InvoiceLine')
    : lines.map((line) => readLine(line, currency));
}

function readLine(line: UblNode, currency: string): InvoiceLine {
  const price = need(line, 'cac:Price/cbc:PriceAmount');

  checkCurrency(price, currency);

  const { allowances, charges } = readAllowances(line, currency);
  const base = one(line, 'cac:Price/cbc:BaseQuantity');
  const baseQuantity =
    base && textOf(base) !== '' ? decimalAt(line, 'cac:Price/cbc:BaseQuantity') : undefined;
  if (baseQuantity === '0' || baseQuantity?.startsWith('-')) {
    const path = `${line.path}/cac:Price/cbc:BaseQuantity`;

    throw new InvalidInputError<UblErrorCode>('ubl.amount-invalid', `${path} must be above zero`, {
      path,
    });
  }

  const orderLine = maybeText(line, 'cac:OrderLineReference/cbc:LineID');

  return {
    id: identifier(needText(line, 'cbc:ID'), `${line.path}/cbc:ID`),
    net: amountAt(line, 'cbc:LineExtensionAmount', currency),
    quantity: decimalAt(line, 'cbc:InvoicedQuantity'),
    orderLine:
      orderLine === undefined
        ? undefined
        : identifier(orderLine, `${line.path}/cac:OrderLineReference/cbc:LineID`),
    price: decimalAt(line, 'cac:Price/cbc:PriceAmount'),
    baseQuantity,
    allowances: sumOf(allowances, line),
    charges: sumOf(charges, line),
  };
}

function sumOf(entries: readonly InvoiceAmount[], line: UblNode): number {
  return sumAmounts(
    entries.map(({ amount }) => amount),
    `${line.path}/cac:AllowanceCharge`,
  );
}
