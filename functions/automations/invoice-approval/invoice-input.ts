/**
 * Content of an uploaded invoice as plain JSON. Amounts are integers in minor units of `currency`,
 * at most 10^13. Decimal numbers are text without leading or trailing zeros. Absent values are left
 * out. These are type aliases, because interfaces cannot be assigned to a JSON type.
 */
export type InvoiceInput = {
  /** UNTDID 1001 code of a type that can be paid on its own. */
  readonly invoiceType: string;
  /** 1 to 64 characters, normalized so that look-alike spellings are equal. Case is significant. */
  readonly invoiceNumber: string;
  /**
   * Look-alike form of supplier id and invoice number. Equal for spellings that look the same to a
   * reader.
   */
  readonly lookAlike: string;
  /** Look-alike form of the number in lower case. */
  readonly lookAlikeLower: string;
  /** Calendar date, `YYYY-MM-DD`. */
  readonly issueDate: string;
  readonly dueDate?: string;
  /** Code of ISO 4217. */
  readonly currency: string;
  readonly orderId?: string;
  /** 1 to 64 characters, upper case, without white space. */
  readonly supplierId: string;
  /** Maximum length 256 characters, as for the contact fields. */
  readonly supplierName: string;
  /** Trading name of the supplier. */
  readonly tradingName?: string;
  /** Addressee of the invoice. */
  readonly buyerName?: string;
  /** First earlier document that this invoice follows, such as an invoice that it corrects. */
  readonly earlierInvoice?: string;
  /** Order that a line names, if it differs from `orderId`. */
  readonly otherOrder?: string;
  /** Reason why the amount owed is less than the totals. */
  readonly otherClaim?: string;
  /** 1 to 2,000 lines. */
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
  /** Allowances of the whole invoice. Allowances of a line are part of the line. */
  readonly allowances: readonly InvoiceAmount[];
  readonly charges: readonly InvoiceAmount[];
  /**
   * Account to pay to: 4 to 34 upper-case letters and digits. Not necessarily an IBAN; see
   * `isIban`.
   */
  readonly iban: string;
  /** Other accounts on the invoice. */
  readonly otherAccounts?: readonly string[];
  /** Account holder, if different from the supplier and the payee. */
  readonly accountName?: string;
  /** Payee, if its name or any given identifier differs from the supplier's. */
  readonly payeeName?: string;
  /** Payment means with their UNTDID 4461 codes, if some are not transfers. */
  readonly otherWayToPay?: string;
  /** Remittance text of at most 140 characters; the invoice number if absent. */
  readonly remittance?: string;
  /** Discounts for early payment, if the payment terms state them in machine-readable form. */
  readonly discount?: string;
  readonly contactName?: string;
  readonly contactEmail?: string;
  readonly contactPhone?: string;
  /**
   * Identifier of the contact: the e-mail address in lower case or, if absent, the phone number,
   * the name or the supplier id.
   */
  readonly contactKey: string;
};

export type InvoiceLine = {
  readonly id: string;
  readonly net: number;
  readonly quantity: string;
  /** Invoiced line of the order. */
  readonly orderLine?: string;
  /** Price of `baseQuantity` units before tax. It can have more decimals than the currency. */
  readonly price: string;
  /** Number of units that the price is for; 1 if absent. */
  readonly baseQuantity?: string;
  /** Sum of the line's allowances. */
  readonly allowances: number;
  readonly charges: number;
};

/** Tax at one rate. */
export type InvoiceTax = {
  /** Code of UNCL 5305, such as `S` for the standard rate. */
  readonly category: string;
  readonly percent: string;
  readonly taxable: number;
  readonly tax: number;
};

export type InvoiceAmount = { readonly amount: number };

/** Parts of an invoice that must add up. */
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
