import { invoice } from './declaration.ts';

/** Finds the purchase order the invoice names, and how far its total is from the order's. */
export const matchOrder = invoice.step('match-order', {
  reads: ['orderId', 'supplierId', 'currency', 'taxExclusive'],
  writes: ['orderFound', 'orderTotal', 'orderDifferencePerMille'],
  lookups: ['order'],
  effect: 'none',
  async run({ fields, record }) {
    const { orderId } = fields;
    const order = orderId === undefined ? undefined : await record('order').find(orderId);
    // an order of somebody else, or in other money, is no order for this invoice
    if (order === undefined || order.supplierId !== fields.supplierId || order.currency !== fields.currency) return { orderFound: false };
    return { orderFound: true, orderTotal: order.total, orderDifferencePerMille: differencePerMille(fields.taxExclusive, order.total) };
  },
});

/** How far `actual` is from `expected`, in thousandths of `expected`, rounded away from zero so that no difference vanishes. */
function differencePerMille(actual: number, expected: number): number {
  if (actual === expected) return 0;
  if (expected === 0) return 1_000;
  return Math.min(Math.ceil((Math.abs(actual - expected) * 1_000) / Math.abs(expected)), 1_000_000);
}
