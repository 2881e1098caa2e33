import { automation, sensitive } from 'writ';
import * as z from 'zod/mini';

const text = z.string().check(z.minLength(1), z.maxLength(256));
const decimal = z.string().check(z.maxLength(64));
const amount = z.int();
const day = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/));
const currency = z.string().check(z.regex(/^[A-Z]{3}$/));
const account = z.string().check(z.regex(/^[A-Z0-9]{4,34}$/));

const line = z.strictObject({
  id: z.string().check(z.maxLength(256)),
  net: amount,
  quantity: decimal,
  orderLine: z.optional(z.string().check(z.maxLength(256))),
  price: decimal,
  baseQuantity: z.optional(decimal),
  allowances: amount,
  charges: amount,
});
const tax = z.strictObject({
  category: z.string().check(z.maxLength(256)),
  percent: decimal,
  taxable: amount,
  tax: amount,
});
const sums = z.array(z.strictObject({ amount }));

/**
 * Data of invoice approval. The input consists of the fields that no step writes; `ubl.ts` reads
 * them from the invoice. Amounts are integers in minor units of `currency`.
 */
export const invoice = automation({
  name: 'invoice-approval',
  version: 2,
  purpose: 'pay suppliers what was ordered and delivered, and nothing else',
  subjects: { supplier: 'supplierId', contact: 'contactKey' },
  fields: {
    invoiceType: text,
    invoiceNumber: text,
    lookAlike: z.string().check(z.minLength(1), z.maxLength(8_192)),
    lookAlikeLower: z.string().check(z.minLength(1), z.maxLength(8_192)),
    issueDate: day,
    dueDate: z.optional(day),
    currency,
    orderId: z.optional(text),
    supplierId: text,
    supplierName: text,
    tradingName: z.optional(text),
    buyerName: z.optional(text),
    earlierInvoice: z.optional(text),
    otherOrder: z.optional(text),
    otherClaim: z.optional(text),
    lines: z.array(line),
    taxes: z.array(tax),
    lineTotal: amount,
    allowanceTotal: amount,
    chargeTotal: amount,
    taxExclusive: amount,
    taxTotal: amount,
    taxInclusive: amount,
    prepaid: amount,
    rounding: amount,
    payable: amount,
    allowances: sums,
    charges: sums,
    otherWayToPay: z.optional(z.string().check(z.minLength(1), z.maxLength(1_000))),
    payeeName: z.optional(text),
    accountName: z.optional(text),
    remittance: z.optional(text),
    discount: z.optional(text),
    iban: sensitive(account, { class: 'financial', of: 'supplier' }),
    otherAccounts: sensitive(z.optional(z.array(account)), { class: 'financial', of: 'supplier' }),
    contactKey: sensitive(text, { class: 'personal', of: 'contact' }),
    contactName: sensitive(z.optional(text), { class: 'personal', of: 'contact' }),
    contactEmail: sensitive(z.optional(text), { class: 'personal', of: 'contact' }),
    contactPhone: sensitive(z.optional(text), { class: 'personal', of: 'contact' }),

    arithmeticAgrees: z.boolean(),
    arithmeticProblem: z.string(),
    orderFound: z.boolean(),
    orderTotal: z.optional(amount),
    orderLeft: z.optional(z.int()),
    orderCovers: z.boolean(),
    orderExceededPerMille: z.optional(z.int()),
    orderLinesProblem: z.optional(z.string()),
    supplierKnown: z.boolean(),
    knownName: z.optional(text),
    nameKnown: z.boolean(),
    bankAccountKnown: z.boolean(),
    accountsGiven: z.int(),
    ibanValid: z.boolean(),
    duplicateOf: z.optional(z.string()),
    duplicateNumber: z.optional(text),
    payTo: sensitive(account, { class: 'financial', of: 'supplier' }),
    paymentId: z.string().check(z.minLength(1), z.maxLength(64)),
    notice: z.string().check(z.maxLength(2_000)),
    noticeTo: sensitive(text, { class: 'personal', of: 'contact' }),
  },
  records: {
    /**
     * Purchase orders, by number. Invoices draw down the total before tax. An order with `byLine`
     * is invoiced line by line: each invoice line names an order line.
     */
    order: {
      fields: { supplierId: text, currency, total: amount, byLine: z.optional(z.boolean()) },
      balances: { total: { tolerancePerMille: 20 } },
    },
    /**
     * Lines of orders with `byLine`, by order and line number: `PO-7/1`. Quantities are in
     * thousandths of a unit.
     */
    'order-line': { fields: { quantity: amount }, balances: { quantity: {} } },
    /** Registered suppliers, by the id on their invoices. */
    supplier: {
      of: 'supplier',
      fields: { name: text, iban: sensitive(account, { class: 'financial', of: 'supplier' }) },
    },
    /**
     * Invoices received, by supplier and number and by the look-alike forms of both. Each has the
     * number as written on the invoice.
     */
    invoice: { fields: { number: z.optional(text) } },
  },
});
