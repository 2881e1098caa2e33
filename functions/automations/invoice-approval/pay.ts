import * as z from 'zod/mini';
import { invoice } from './declaration.ts';

const payment = z.object({ paymentId: z.string().check(z.minLength(1), z.maxLength(64)) });

/** Orders the bank to pay the invoice exactly once. */
export const pay = invoice.step('pay', {
  reads: [
    'payTo',
    'supplierName',
    'payeeName',
    'payable',
    'currency',
    'invoiceNumber',
    'remittance',
  ],
  writes: ['paymentId'],
  vendors: ['bank'],
  draws: ['order', 'order-line'],
  effect: 'external',
  pretend: () => ({ paymentId: 'not-paid-in-shadow' }),
  async run({ fields, vendor }) {
    const order = {
      creditor: fields.payeeName ?? fields.supplierName,
      iban: fields.payTo,
      amount: fields.payable,
      currency: fields.currency,
      reference: fields.remittance ?? fields.invoiceNumber,
    };

    const { paymentId } = await vendor('bank').post('/payments', order, payment);
    return { paymentId };
  },
});
