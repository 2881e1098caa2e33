import { formatMoney } from 'writ';
import { invoice } from './declaration.ts';
import { addressee } from './notice.ts';

/**
 * Writes the notice that the invoice was handled. Its text names the invoice and the amount,
 * nothing sensitive.
 */
export const tellSupplier = invoice.step('tell-supplier', {
  reads: [
    'invoiceNumber',
    'payable',
    'currency',
    'payeeName',
    'contactKey',
    'contactName',
    'contactEmail',
    'contactPhone',
  ],
  writes: ['notice', 'noticeTo'],
  effect: 'internal',
  run({ fields }) {
    const { invoiceNumber, payable, currency, payeeName } = fields;
    const to = payeeName === undefined ? 'to your account' : `to ${payeeName}`;
    const what =
      payable > 0
        ? `was accepted; ${formatMoney(payable, currency)} was ordered ${to}`
        : 'was accepted; nothing was left to pay';
    return { notice: `Your invoice ${invoiceNumber} ${what}.`, noticeTo: addressee({ ...fields }) };
  },
});
