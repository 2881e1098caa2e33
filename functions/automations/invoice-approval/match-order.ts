import { invoice } from './declaration.ts';
import { quantitiesByOrderLine, quantityText } from './order-lines.ts';

/**
 * Finds the purchase order named on the invoice and reserves the invoiced part of it: the total
 * before tax and, for orders invoiced line by line, the quantities. The reservation prevents two
 * invoices from claiming the same part. An invoice for less than the remainder is a partial
 * delivery.
 */
export const matchOrder = invoice.step('match-order', {
  reads: ['orderId', 'supplierId', 'currency', 'taxExclusive', 'lines', 'duplicateOf'],
  writes: [
    'orderFound',
    'orderTotal',
    'orderLeft',
    'orderCovers',
    'orderExceededPerMille',
    'orderLinesProblem',
  ],
  lookups: ['order'],
  reserves: ['order', 'order-line'],
  effect: 'internal',
  async run({ fields, record }) {
    const { orderId, taxExclusive } = fields;
    const order = orderId === undefined ? undefined : await record('order').find(orderId);
    // Ignores orders from other suppliers or in other currencies.
    if (
      orderId === undefined ||
      order?.supplierId !== fields.supplierId ||
      order.currency !== fields.currency
    ) {
      return { orderFound: false, orderCovers: false };
    }

    // A duplicate must not reserve the part that the original is about to reserve.
    const hold = fields.duplicateOf === undefined;
    const reserved = await record('order').reserve(orderId, { total: taxExclusive }, { hold });
    const problem = order.byLine ? await reserveLines(orderId, hold) : undefined;

    return {
      orderFound: true,
      orderTotal: order.total,
      // The remainder is negative when a person approved an overdraft.
      orderLeft: Math.max(0, reserved?.left.total ?? 0),
      orderCovers: reserved?.fits ?? false,
      orderExceededPerMille: exceededPerMille(taxExclusive, order.total),
      orderLinesProblem: problem,
    };

    /**
     * Reserves the quantities of the order's lines.
     *
     * @returns the problem of the first line that does not fit; undefined if all lines fit.
     */
    async function reserveLines(number: string, holdLines: boolean): Promise<string | undefined> {
      const named = quantitiesByOrderLine(fields.lines);
      if (named.quantities === undefined) return named.problem;

      let firstProblem: string | undefined;
      for (const [line, quantity] of named.quantities) {
        const taken = await record('order-line').reserve(
          `${number}/${line}`,
          { quantity },
          { hold: holdLines },
        );

        if (taken === undefined) firstProblem ??= `the order has no line ${line}`;
        else if (!taken.fits) {
          const left = quantityText(taken.left.quantity ?? 0);
          firstProblem ??= `of line ${line}, ${left} is not invoiced yet, and the invoice asks for ${quantityText(quantity)}`;
        }
      }

      return firstProblem;
    }
  },
});

/**
 * Returns the excess of `actual` over `allowed`, in thousandths of `allowed`. Rounds up, so that no
 * excess becomes 0.
 */
function exceededPerMille(actual: number, allowed: number): number {
  if (actual <= allowed) return 0;
  if (allowed <= 0) return 1_000;
  return Math.min(Math.ceil(((actual - allowed) * 1_000) / allowed), 1_000_000);
}
