import { changed, GOOD } from './good-invoice.ts';
import { withTerm } from './ubl-tree.ts';

/** An invoice and the rules that make it wait; none for one that is paid at once. */
export interface Met {
  readonly what: string;
  readonly xml: string;
  readonly hits: readonly string[];
}

export const KNOWN_ACCOUNT = 'NL91ABNA0417164300';
const OTHER_ACCOUNT = 'DE89370400440532013000';
const MEANS = GOOD.match(/<cac:PaymentMeans>.*<\/cac:PaymentMeans>/)?.[0] ?? '';
const CODE = 'cac:PaymentMeans/cbc:PaymentMeansCode';
const PAYEE = 'cac:PayeeParty/cac:PartyName/cbc:Name';

const term = (path: string, value: string, xml = GOOD) => withTerm(xml, path, value);
/** The invoice with other ways to pay, each `code` or `code account`. */
const ways = (...each: readonly string[]) =>
  changed(
    MEANS,
    each
      .map((way) => {
        const [code = '', account] = way.split(' ');
        const paid =
          account === undefined
            ? ''
            : `<cac:PayeeFinancialAccount><cbc:ID>${account}</cbc:ID></cac:PayeeFinancialAccount>`;
        return `<cac:PaymentMeans><cbc:PaymentMeansCode>${code}</cbc:PaymentMeansCode>${paid}</cac:PaymentMeans>`;
      })
      .join(''),
  );

const LARGE = `<cac:TaxTotal>
    <cbc:TaxAmount currencyID="EUR">2100</cbc:TaxAmount>
    <cac:TaxSubtotal>
      <cbc:TaxableAmount currencyID="EUR">10000</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">2100</cbc:TaxAmount>
      <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21</cbc:Percent></cac:TaxCategory>
    </cac:TaxSubtotal>
  </cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">10000</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">10000</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">12100</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">12100</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:InvoiceLine>
    <cbc:ID>1</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">10000</cbc:LineExtensionAmount>
    <cac:Price><cbc:PriceAmount currencyID="EUR">10000</cbc:PriceAmount></cac:Price>
  </cac:InvoiceLine>`;

/** The register knows GOOD's supplier, its account and its order, of exactly its total. */
export const MET: readonly Met[] = [
  { what: 'an invoice in order', xml: GOOD, hits: [] },

  ...['30', '42', '58'].map((code) => ({
    what: `a transfer of code ${code}`,
    xml: term(CODE, code),
    hits: [],
  })),
  ...[
    '1',
    '10',
    '20',
    '31',
    '48',
    '49',
    '50',
    '54',
    '55',
    '57',
    '59',
    '68',
    '97',
    'ZZZ',
    '999',
    'cash',
  ].map((code) => ({
    what: `a way to pay of code ${code}`,
    xml: term(CODE, code),
    hits: ['not-by-transfer'],
  })),
  {
    what: 'no code',
    xml: changed('<cbc:PaymentMeansCode>30</cbc:PaymentMeansCode>', ''),
    hits: ['not-by-transfer'],
  },
  {
    what: 'a transfer and a card',
    xml: ways(`30 ${KNOWN_ACCOUNT}`, '48'),
    hits: ['not-by-transfer'],
  },
  {
    what: 'cash and a transfer',
    xml: ways('10', `58 ${KNOWN_ACCOUNT}`),
    hits: ['not-by-transfer'],
  },
  {
    what: 'two transfers to one account',
    xml: ways(`30 ${KNOWN_ACCOUNT}`, `58 ${KNOWN_ACCOUNT.toLowerCase()}`),
    hits: [],
  },
  {
    what: 'a mandate beside a transfer',
    xml: term('cac:PaymentMeans/cac:PaymentMandate/cbc:ID', 'M-1'),
    hits: ['not-by-transfer'],
  },
  {
    what: 'a card beside a transfer',
    xml: term('cac:PaymentMeans/cac:CardAccount/cbc:NetworkID', 'VISA'),
    hits: ['not-by-transfer'],
  },

  {
    what: 'the known account second',
    xml: ways(`30 ${OTHER_ACCOUNT}`, `30 ${KNOWN_ACCOUNT}`),
    hits: [],
  },
  {
    what: 'two accounts of which none is known',
    xml: ways(`30 ${OTHER_ACCOUNT}`, '30 FR7630006000011234567890189'),
    hits: ['changed-bank-account', 'several-accounts'],
  },
  { what: 'another account', xml: ways(`30 ${OTHER_ACCOUNT}`), hits: ['changed-bank-account'] },

  {
    what: 'a payee of another name',
    xml: term(PAYEE, 'Wendelring Factoring AG'),
    hits: ['other-payee'],
  },
  {
    what: 'a payee who looks like the supplier',
    xml: term(PAYEE, '\u041Enbekendia Handel'),
    hits: ['other-payee'],
  },
  {
    what: 'a payee of the supplier’s name and another number',
    xml: term(
      'cac:PayeeParty/cac:PartyLegalEntity/cbc:CompanyID',
      'HRB 990001',
      term(PAYEE, 'Onbekendia Handel'),
    ),
    hits: ['other-payee'],
  },
  {
    what: 'a payee without a name',
    xml: changed('<cac:PaymentMeans>', '<cac:PayeeParty/><cac:PaymentMeans>'),
    hits: ['other-payee'],
  },
  {
    what: 'a payee who is the supplier',
    xml: term(
      'cac:PayeeParty/cac:PartyLegalEntity/cbc:CompanyID',
      '99001 ABC',
      term(PAYEE, 'ONBEKENDIA-HANDEL'),
    ),
    hits: [],
  },
  { what: 'a factored invoice', xml: term('cbc:InvoiceTypeCode', '393'), hits: ['factored'] },
  {
    what: 'an account in another name',
    xml: term('cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:Name', 'Wendelring Factoring AG'),
    hits: ['other-account-holder'],
  },
  {
    what: 'an account in the supplier’s name',
    xml: term('cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:Name', 'Onbekendia handel.'),
    hits: [],
  },
  {
    what: 'a supplier of another name',
    xml: changed('>Onbekendia Handel<', '>Bekendia Handel<'),
    hits: ['other-name'],
  },
  {
    what: 'a supplier who trades under the name that is known',
    xml: term(
      'cac:AccountingSupplierParty/cac:Party/cac:PartyName/cbc:Name',
      'Onbekendia Handel',
      changed('>Onbekendia Handel<', '>O.H. Beheer<'),
    ),
    hits: [],
  },

  {
    what: 'a discount of XRechnung',
    xml: term('cac:PaymentTerms/cbc:Note', 'Danke! #SKONTO#TAGE=14#PROZENT=2.00#'),
    hits: ['discount-offered'],
  },
  {
    what: 'a discount with a base',
    xml: term('cac:PaymentTerms/cbc:Note', '#SKONTO#TAGE=14#PROZENT=2.00#BASISBETRAG=9.00#'),
    hits: ['discount-offered'],
  },
  {
    what: 'a discount in another form',
    xml: term('cac:PaymentTerms/cbc:Note', '#SKONTO#2 %'),
    hits: ['discount-offered'],
  },
  {
    what: 'a settlement discount',
    xml: term('cac:PaymentTerms/cbc:SettlementDiscountPercent', '2'),
    hits: ['discount-offered'],
  },
  {
    what: 'terms in words',
    xml: term('cac:PaymentTerms/cbc:Note', 'Within 30 days, please'),
    hits: [],
  },
  {
    what: 'an earlier invoice',
    xml: term('cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID', '2025-0009'),
    hits: ['follows-invoice'],
  },
  {
    what: 'a due date before the invoice',
    xml: term('cbc:DueDate', '2026-02-27'),
    hits: ['odd-due-date'],
  },
  {
    what: 'a due date on the day of the invoice',
    xml: term('cbc:DueDate', '2026-02-28'),
    hits: [],
  },
  { what: 'a due date after 180 days', xml: term('cbc:DueDate', '2026-08-27'), hits: [] },
  {
    what: 'a due date after 181 days',
    xml: term('cbc:DueDate', '2026-08-28'),
    hits: ['odd-due-date'],
  },

  {
    what: 'a rounding that is an amount of its own',
    xml: changed(
      '140.000',
      '145.00',
      changed(
        '<cbc:PayableAmount',
        '<cbc:PayableRoundingAmount currencyID="EUR">5</cbc:PayableRoundingAmount><cbc:PayableAmount',
      ),
    ),
    hits: ['arithmetic-wrong'],
  },
  {
    what: 'a rate of tax that nobody has',
    xml: [
      ['>21.00<', '>210.00<'],
      ['>22.05<', '>220.50<'],
      ['>23.85<', '>222.30<'],
      ['>148.85<', '>347.30<'],
      ['>140.000<', '>338.45<'],
    ].reduce((xml, [from = '', to = '']) => changed(from, to, xml), GOOD),
    hits: ['arithmetic-wrong'],
  },
  {
    what: 'a tax whose parts cancel each other out',
    xml: [
      ['>105.00<', '>1000.00<'],
      ['>22.05<', '>300.00<'],
      ['>21.00<', '>30<'],
      ['>20.00<', '>-875.00<'],
      ['>1.80<', '>0.00<'],
      ['<cbc:Percent>9<', '<cbc:Percent>0<'],
      ['>23.85<', '>300.00<'],
      ['>148.85<', '>425.00<'],
      ['>140.000<', '>416.15<'],
    ].reduce((xml, [from = '', to = '']) => changed(from, to, xml), GOOD),
    hits: ['arithmetic-wrong'],
  },
  {
    what: 'one rate of tax twice',
    xml: changed('<cbc:Percent>9<', '<cbc:Percent>21<'),
    hits: ['arithmetic-wrong'],
  },
  {
    what: 'a rounding beyond the nearest unit',
    xml: changed(
      '140.000',
      '140.51',
      changed(
        '<cbc:PayableAmount',
        '<cbc:PayableRoundingAmount currencyID="EUR">0.51</cbc:PayableRoundingAmount><cbc:PayableAmount',
      ),
    ),
    hits: ['arithmetic-wrong'],
  },
  {
    what: 'a price below zero',
    xml: changed('>041.0<', '>-41<', changed('>2.50<', '>-2.50<')),
    hits: ['arithmetic-wrong'],
  },
  {
    what: 'a line of another order',
    xml: term('cac:InvoiceLine/cac:OrderLineReference/cac:OrderReference/cbc:ID', 'PO-9'),
    hits: ['other-order'],
  },
  { what: 'a copy', xml: term('cbc:CopyIndicator', 'true'), hits: ['other-claim'] },
  { what: 'no copy', xml: term('cbc:CopyIndicator', 'false'), hits: [] },
  {
    what: 'a payment made before',
    xml: term('cac:PrepaidPayment/cbc:PaidAmount', '140.00'),
    hits: ['other-claim'],
  },
  {
    what: 'tax that is withheld',
    xml: term('cac:WithholdingTaxTotal/cbc:TaxAmount', '14.00'),
    hits: ['other-claim'],
  },
  {
    what: 'tax of a category without tax',
    xml: changed('<cac:TaxCategory><cbc:ID>S', '<cac:TaxCategory><cbc:ID>AE'),
    hits: ['arithmetic-wrong'],
  },
  { what: 'sums that differ', xml: changed('140.000', '139.00'), hits: ['arithmetic-wrong'] },

  { what: 'an order that nobody gave', xml: changed('PO-7', 'PO-8'), hits: ['no-order'] },
  {
    what: 'an order that only looks like one',
    xml: changed('PO-7', 'PO\u20137'),
    hits: ['no-order'],
  },
  { what: 'an order of a lower total', xml: changed('PO-7', 'PO-70'), hits: ['price-mismatch'] },
  { what: 'an order of a higher total', xml: changed('PO-7', 'PO-71'), hits: [] },
  // the order of the first of these invoices, which was paid
  { what: 'an order that is used up', xml: changed('PO-7', 'PO-7-0'), hits: ['order-used-up'] },
  {
    what: 'an order by lines that the invoice does not name',
    xml: changed('PO-7', 'PO-72'),
    hits: ['order-lines-differ'],
  },
  { what: 'a partial invoice', xml: term('cbc:InvoiceTypeCode', '326'), hits: [] },
  {
    what: 'a supplier whom nobody knows',
    xml: changed('99 001 abc', '99 001 abd'),
    hits: ['no-order', 'new-supplier'],
  },
  {
    what: 'an account that is no IBAN',
    xml: ways('30 NL92ABNA0417164300'),
    hits: ['changed-bank-account', 'invalid-iban'],
  },
  { what: 'a large invoice', xml: large(), hits: ['over-limit'] },
  { what: 'the number of an invoice that came before', xml: GOOD, hits: ['possible-duplicate'] },
];

/** An invoice of one line and 12,100.00 to pay, for the order PO-71. */
function large(): string {
  const one = changed(
    /<cac:AllowanceCharge><cbc:ChargeIndicator>true<.*\n.*<\/cac:AllowanceCharge>\n {2}<cac:TaxTotal>[\s\S]*<\/cac:InvoiceLine>/,
    LARGE,
  );
  return changed('PO-7', 'PO-71', one);
}
