import { invoice } from './declaration.ts';
import { addressee } from './notice.ts';

/**
 * Writes the notice that the invoice was not accepted. The notice does not give the reason, which
 * can concern a person.
 */
export const tellRejection = invoice.step('tell-rejection', {
  reads: ['invoiceNumber', 'contactKey', 'contactName', 'contactEmail', 'contactPhone'],
  writes: ['notice', 'noticeTo'],
  effect: 'internal',
  run({ fields }) {
    return {
      notice: `Your invoice ${fields.invoiceNumber} was not accepted; please ask your contact with us.`,
      noticeTo: addressee({ ...fields }),
    };
  },
});
