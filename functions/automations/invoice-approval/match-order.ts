import { invoice } from './declaration.ts';
import { quantitiesByOrderLine, quantityText } from './order-lines.ts';

/**
 * Finds the purchase order the invoice names and reserves what the invoice takes of it, so that no
 * two invoices use up the same part: the total before tax and, of orders that are invoiced line by
 * line, the quantities. An invoice over less than what is left is a partial delivery.
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
    // an order of another supplier, or in another currency, is no order for this invoice
    if (
      orderId === undefined ||
      order?.supplierId !== fields.supplierId ||
      order.currency !== fields.currency
    ) {
      return { orderFound: false, orderCovers: false };
    }

    // a duplicate must not take from the original what that is about to reserve
    const hold = fields.duplicateOf === undefined;
    const reserved = await record('order').reserve(orderId, { total: taxExclusive }, { hold });
    const problem = order.byLine ? await reserveLines(orderId, hold) : undefined;

    return {
      orderFound: true,
      orderTotal: order.total,
      // less than nothing is left of an order that people let be overdrawn
      orderLeft: Math.max(0, reserved?.left.total ?? 0),
      orderCovers: reserved?.fits ?? false,
      orderExceededPerMille: exceededPerMille(taxExclusive, order.total),
      orderLinesProblem: problem,
    };

    /**
     * Reserves the quantities of the order's lines. @returns what is wrong with the first that does
     * not fit, if one does not.
     */
    async function reserveLines(number: string, holdLines: boolean): Promise<string | undefined> {
      const named = quantitiesByOrderLine(fields.lines);
      if (named.quantities === undefined) return named.problem;

      let wrong: string | undefined;
      for (const [line, quantity] of named.quantities) {
        const taken = await record('order-line').reserve(
          `${number}/${line}`,
          { quantity },
          { hold: holdLines },
        );

        if (taken === undefined) wrong ??= `the order has no line ${line}`;
        else if (!taken.fits) {
          const left = quantityText(taken.left.quantity ?? 0);
          wrong ??= `of line ${line}, ${left} is not invoiced yet, and the invoice asks for ${quantityText(quantity)}`;
        }
      }

      return wrong;
    }
  },
});

/**
 * How far `actual` is over `allowed`, in thousandths of it, rounded up so that no difference
 * vanishes.
 */
function exceededPerMille(actual: number, allowed: number): number {
  if (actual <= allowed) return 0;
  if (allowed <= 0) return 1_000;
  return Math.min(Math.ceil(((actual - allowed) * 1_000) / allowed), 1_000_000);
}
