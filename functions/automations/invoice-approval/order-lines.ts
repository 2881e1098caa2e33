import { RESERVATIONS_MAX } from 'writ';
import { parseDecimal, tenTo } from './decimal.ts';
import type { InvoiceLine } from './invoice-input.ts';

/**
 * Invoiced quantity by order line, in thousandths of a unit, or the reason why the quantities
 * cannot be determined.
 */
export type OrderLines =
  | { readonly quantities: ReadonlyMap<string, number>; readonly problem?: undefined }
  | { readonly quantities?: undefined; readonly problem: string };

/** Maximum number of order lines on one invoice. One reservation is needed for the order itself. */
const MAX_ORDER_LINES = RESERVATIONS_MAX - 1;

/** Sums the quantities of an invoice by order line. */
export function quantitiesByOrderLine(lines: readonly InvoiceLine[]): OrderLines {
  const quantities = new Map<string, number>();

  for (const [i, { orderLine, quantity }] of lines.entries()) {
    if (orderLine === undefined)
      return { problem: `line ${i + 1} of the invoice names no line of the order` };
    // The record id joins the order and the line with a slash.
    if (orderLine.includes('/'))
      return { problem: `line ${i + 1} of the invoice names a line of the order with a slash` };
    // A person decides on negative quantities, which would free up delivered quantities.
    if (!(thousandths(quantity) > 0))
      return { problem: `line ${i + 1} of the invoice is not of a quantity above zero` };

    const sum = (quantities.get(orderLine) ?? 0) + thousandths(quantity);
    if (!Number.isSafeInteger(sum))
      return { problem: `the quantity of line ${i + 1} of the invoice cannot be counted` };

    quantities.set(orderLine, sum);
  }

  return quantities.size > MAX_ORDER_LINES
    ? {
        problem: `the invoice names ${quantities.size} lines of the order; up to ${MAX_ORDER_LINES} are counted`,
      }
    : { quantities };
}

/**
 * Converts a quantity to thousandths, rounded away from zero so that every quantity counts. Returns
 * `NaN` for malformed text.
 */
function thousandths(text: string): number {
  const decimal = parseDecimal(text);
  if (decimal === undefined) return Number.NaN;
  const { units, scale } = decimal;
  if (scale <= 3) return Number(units * tenTo(3 - scale));

  const divisor = tenTo(scale - 3);
  const rest = units % divisor;

  return Number(units / divisor + (rest === 0n ? 0n : rest > 0n ? 1n : -1n));
}

/** Formats a quantity in thousandths. */
export function quantityText(quantity: number): string {
  return String(quantity / 1_000);
}
