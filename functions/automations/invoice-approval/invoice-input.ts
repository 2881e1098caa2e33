/**
 * What an uploaded invoice says, as plain JSON. Every amount is a whole number of minor units of
 * `currency`, at most ten to the thirteenth; every decimal number is text without leading or
 * trailing zeros. Members that the invoice does not have are left out. These are type aliases, not
 * interfaces, because only aliases can be assigned to a JSON type.
 */
export type InvoiceInput = {
  /** A code of UNTDID 1001, of those that can be paid by themselves. */
  readonly invoiceType: string;
  /**
   * 1 to 64 characters, folded so that spellings that look alike are equal; upper and lower case
   * still differ.
   */
  readonly invoiceNumber: string;
  /**
   * What the supplier's id and the invoice's number look like: equal for all that a reader takes
   * for the same.
   */
  readonly lookAlike: string;
  /** The same of its number in lower case. */
  readonly lookAlikeLower: string;
  /** A day of the calendar, `YYYY-MM-DD`. */
  readonly issueDate: string;
  readonly dueDate?: string;
  /** A code of ISO 4217. */
  readonly currency: string;
  readonly orderId?: string;
  /** 1 to 64 characters, upper case, without white space. */
  readonly supplierId: string;
  /** At most 256 characters, as are the contact's fields. */
  readonly supplierName: string;
  /** The name that the supplier trades under. */
  readonly tradingName?: string;
  /** Whom the invoice is addressed to. */
  readonly buyerName?: string;
  /**
   * The first earlier document that this one follows upon, such as the invoice that it corrects.
   */
  readonly earlierInvoice?: string;
  /** An order that a line names, other than `orderId`. */
  readonly otherOrder?: string;
  /** In words, why less is owed than the totals say. */
  readonly otherClaim?: string;
  /** 1 to 2,000. */
  readonly lines: readonly InvoiceLine[];
  readonly taxes: readonly InvoiceTax[];
  readonly lineTotal: number;
  readonly allowanceTotal: number;
  readonly chargeTotal: number;
  readonly taxExclusive: number;
  readonly taxTotal: number;
  readonly taxInclusive: number;
  readonly prepaid: number;
  readonly rounding: number;
  readonly payable: number;
  /** Those of the whole invoice; those of a line are in the line. */
  readonly allowances: readonly InvoiceAmount[];
  readonly charges: readonly InvoiceAmount[];
  /**
   * The account to pay to, 4 to 34 upper-case letters and digits. It need not be an IBAN; ask
   * `isIban`.
   */
  readonly iban: string;
  /** The other accounts that the invoice gives. */
  readonly otherAccounts?: readonly string[];
  /** In whose name the accounts are, where that is neither the supplier nor the payee. */
  readonly accountName?: string;
  /**
   * Who is to be paid, where that is not the supplier by name and by every identifier that is
   * given.
   */
  readonly payeeName?: string;
  /**
   * The ways to pay in words, with their codes of UNTDID 4461, where they are not all transfers.
   */
  readonly otherWayToPay?: string;
  /** What the payment is to say, at most 140 characters; the invoice number when left out. */
  readonly remittance?: string;
  /**
   * The discounts for early payment, in words, where the terms of payment give them in a form for
   * machines.
   */
  readonly discount?: string;
  readonly contactName?: string;
  readonly contactEmail?: string;
  readonly contactPhone?: string;
  /**
   * What the contact is recognised by: the e-mail address in lower case, else the phone number, the
   * name, the supplier.
   */
  readonly contactKey: string;
};

export type InvoiceLine = {
  readonly id: string;
  readonly net: number;
  readonly quantity: string;
  /** The line of the order that it invoices. */
  readonly orderLine?: string;
  /** For `baseQuantity` units, before tax; it may have more decimals than the currency. */
  readonly price: string;
  /** How many units the price is for; 1 when left out. */
  readonly baseQuantity?: string;
  /** The sum of the line's own. */
  readonly allowances: number;
  readonly charges: number;
};

/** One rate of tax. */
export type InvoiceTax = {
  /** A code of UNCL 5305, such as `S` for the standard rate. */
  readonly category: string;
  readonly percent: string;
  readonly taxable: number;
  readonly tax: number;
};

export type InvoiceAmount = { readonly amount: number };

/** The part of an invoice that has to add up. */
export type InvoiceTotals = Pick<
  InvoiceInput,
  | 'currency'
  | 'lines'
  | 'taxes'
  | 'lineTotal'
  | 'allowanceTotal'
  | 'chargeTotal'
  | 'taxExclusive'
  | 'taxTotal'
  | 'taxInclusive'
  | 'prepaid'
  | 'rounding'
  | 'payable'
  | 'allowances'
  | 'charges'
>;
