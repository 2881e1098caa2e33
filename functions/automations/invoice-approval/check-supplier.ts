import { invoice } from './declaration.ts';
import { isIban } from './iban.ts';
import { isSameName } from './same-name.ts';

/**
 * Checks that the supplier is registered with this name and account, and that no other run has the
 * same invoice.
 */
export const checkSupplier = invoice.step('check-supplier', {
  reads: [
    'supplierId',
    'supplierName',
    'tradingName',
    'iban',
    'otherAccounts',
    'invoiceNumber',
    'lookAlike',
    'lookAlikeLower',
    'payeeName',
    'invoiceType',
  ],
  writes: [
    'supplierKnown',
    'knownName',
    'nameKnown',
    'bankAccountKnown',
    'accountsGiven',
    'payTo',
    'ibanValid',
    'duplicateOf',
    'duplicateNumber',
  ],
  lookups: ['supplier', 'invoice'],
  registers: ['invoice'],
  effect: 'internal',
  async run({ fields, record, run }) {
    const { supplierId, invoiceNumber, lookAlike, lookAlikeLower } = fields;
    // Looks up records before reading accounts: the engine refuses a record id that repeats a
    // sensitive value that the step has read.
    const supplier = await record('supplier').find(supplierId);
    const duplicate = await findEarlier();

    const names = [fields.supplierName, fields.tradingName].filter((name) => name !== undefined);

    const accounts = [fields.iban, ...(fields.otherAccounts ?? [])];
    // If there are several accounts, the register decides which one is paid, not the invoice. A
    // payee other than the supplier has a separate account.
    const isSupplierPaid = fields.payeeName === undefined && fields.invoiceType !== '393';
    const known = accounts.find((account) => account === supplier?.iban);
    const payTo = (isSupplierPaid ? known : undefined) ?? fields.iban;

    return {
      supplierKnown: supplier !== undefined,
      nameKnown: supplier !== undefined && names.some((name) => isSameName(name, supplier.name)),
      knownName: supplier === undefined ? undefined : supplier.name,
      bankAccountKnown: supplier !== undefined && payTo === supplier.iban,
      accountsGiven: accounts.length,
      payTo,
      ibanValid: isIban(payTo),
      ...duplicate,
    };

    /**
     * Returns the run that first claimed this invoice, found by its number or a look-alike form.
     */
    async function findEarlier(): Promise<{ duplicateOf?: string; duplicateNumber?: string }> {
      const looks = new Set([lookAlike, lookAlikeLower]);
      for (const id of [
        `${supplierId}/${invoiceNumber.toUpperCase()}`,
        ...[...looks].map((look) => `looks like ${look}`),
      ]) {
        const holder = await record('invoice').claim(id, { number: invoiceNumber });
        if (holder === run) continue;

        const { number } = (await record('invoice').find(id)) ?? {};

        return {
          duplicateOf: holder,
          duplicateNumber: number,
        };
      }

      return {};
    }
  },
});
