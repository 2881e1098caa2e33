import { invoice } from './declaration.ts';
import { isIban } from './iban.ts';
import { isSameName } from './same-name.ts';

/**
 * Checks that we know the supplier, its name and its account, and that no other run has the same
 * invoice.
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
    // records before accounts: an id that repeats a sensitive value which the step has read is
    // refused
    const supplier = await record('supplier').find(supplierId);
    const duplicate = await findEarlier();

    const names = [
      fields.supplierName,
      ...(fields.tradingName === undefined ? [] : [fields.tradingName]),
    ];

    const accounts = [fields.iban, ...(fields.otherAccounts ?? [])];
    // of several accounts the register decides which is paid, not the invoice; but who is paid
    // instead of the supplier has one of their own
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
     * The run that has the invoice already, by its number or by what looks like it. Whichever run
     * is first has it.
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
