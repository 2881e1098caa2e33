import { invoice } from './declaration.ts';
import { isIban } from './iban.ts';

/** Checks that we know the supplier and its account, and that no other run has the same invoice. */
export const checkSupplier = invoice.step('check-supplier', {
  reads: ['supplierId', 'iban', 'invoiceNumber'],
  writes: ['supplierKnown', 'bankAccountKnown', 'ibanValid', 'duplicateOf'],
  lookups: ['supplier'],
  registers: ['invoice'],
  effect: 'internal',
  async run({ fields, record, run }) {
    const { supplierId, iban, invoiceNumber } = fields;
    const supplier = await record('supplier').find(supplierId);
    // whichever run registers the number first is the original
    const holder = await record('invoice').claim(`${supplierId}/${invoiceNumber.toUpperCase()}`);
    return {
      supplierKnown: supplier !== undefined,
      bankAccountKnown: supplier?.iban === iban,
      ibanValid: isIban(iban),
      ...(holder === run ? {} : { duplicateOf: holder }),
    };
  },
});
