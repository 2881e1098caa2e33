import { formatMoney } from 'writ';
import { invoice } from './declaration.ts';
import { addressee } from './notice.ts';

/**
 * Writes the notice that the invoice was accepted. The notice gives the invoice and the amount, but
 * no sensitive data. It does not say that the invoice was paid, because the step cannot see whether
 * the payment was simulated in shadow.
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
        ? `was accepted; ${formatMoney(payable, currency)} is payable ${to}`
        : 'was accepted; nothing was left to pay';
    return { notice: `Your invoice ${invoiceNumber} ${what}.`, noticeTo: addressee({ ...fields }) };
  },
});
