import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { changed, GOOD, utf8 } from './good-invoice.ts';
import { withoutTerm, withTerm } from './ubl-tree.ts';
import { MET } from './waits.ts';

interface Row {
  readonly term: string;
  readonly path: string;
  readonly verdict: string;
  readonly how: string;
}

const PAGE = readFileSync(join(import.meta.dirname, '../../../../docs/invoice-terms.md'), 'utf8');
const ROWS: readonly Row[] = [
  ...PAGE.matchAll(/^\| (B[TG]-\d+) \| [^|]+ \| `([^`]+)` \| (\w+) \| (.+) \|$/gm),
].map(([, term = '', path = '', verdict = '', how = '']) => ({ term, path, verdict, how }));

const PARTY = 'cac:AccountingSupplierParty/cac:Party';
/** Invoices for terms that count only where another is missing, or beside another. */
const BESIDE: Readonly<Record<string, string>> = {
  'BT-26': withTerm(GOOD, 'cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID', '2025-0009'),
  'BT-87': withTerm(GOOD, 'cac:PaymentMeans/cac:CardAccount/cbc:NetworkID', 'VISA'),
  'BT-88': withTerm(GOOD, 'cac:PaymentMeans/cac:CardAccount/cbc:NetworkID', 'VISA'),
  'BT-89': withTerm(GOOD, 'cac:PaymentMeans/cac:PaymentMandate/cbc:MandateTypeCode', 'CORE'),
  'BT-90': withTerm(
    withTerm(GOOD, 'cac:PayeeParty/cac:PartyName/cbc:Name', 'Onbekendia Handel'),
    'cac:PayeeParty/cac:PartyIdentification/cbc:ID/@schemeID',
    'SEPA',
  ),
  'BT-91': withTerm(GOOD, 'cac:PaymentMeans/cac:PaymentMandate/cbc:MandateTypeCode', 'CORE'),
  'BT-111': changed(
    '<cac:TaxTotal>',
    '<cac:TaxTotal><cbc:TaxAmount currencyID="SEK">260.00</cbc:TaxAmount></cac:TaxTotal><cac:TaxTotal>',
  ),
  'BT-29': [`cac:PartyLegalEntity/cbc:CompanyID`, 'cac:PartyTaxScheme', 'cbc:EndpointID'].reduce(
    (xml, path) => withoutTerm(xml, `${PARTY}/${path}`),
    GOOD,
  ),
  'BT-31': withoutTerm(GOOD, `${PARTY}/cac:PartyLegalEntity/cbc:CompanyID`),
  'BT-32': withTerm(
    withTerm(GOOD, 'cac:PayeeParty/cac:PartyName/cbc:Name', 'Onbekendia Handel'),
    'cac:PayeeParty/cac:PartyLegalEntity/cbc:CompanyID',
    'NL99001B01',
  ),
  'BT-34': withoutTerm(
    withoutTerm(GOOD, `${PARTY}/cac:PartyLegalEntity/cbc:CompanyID`),
    `${PARTY}/cac:PartyTaxScheme`,
  ),
};
const VALUES: Readonly<Record<string, string>> = { 'BT-20': '#SKONTO#TAGE=7#PROZENT=3.00#' };

/** What comes of an invoice: its input, or the code that it is refused with. */
function readingOf(xml: string): unknown {
  try {
    return readInvoice(utf8(xml));
  } catch (error) {
    if (isWritError(error)) return error.code;
    throw error;
  }
}

describe('the table of the terms of an invoice', () => {
  it('has every group and every term of EN 16931 once, in order', () => {
    const all = [
      ...Array.from({ length: 32 }, (_, i) => `BG-${i + 1}`),
      // there is none
      ...Array.from({ length: 165 }, (_, i) => `BT-${i + 1}`).filter((term) => term !== 'BT-4'),
    ];
    expect(ROWS.map(({ term }) => term)).toEqual(all);
  });

  it('uses five words for what happens', () => {
    expect(new Set(ROWS.map(({ verdict }) => verdict))).toEqual(
      new Set(['used', 'shown', 'waits', 'refused', 'ignored']),
    );
  });

  it.each(ROWS.filter(({ verdict }) => verdict === 'ignored'))(
    'says that $term is ignored, and it is',
    ({ term, path }) => {
      const base = BESIDE[term] ?? GOOD;
      expect(readingOf(withTerm(base, path, 'Anders 7'))).toEqual(readingOf(base));
    },
  );

  it.each(ROWS.filter(({ verdict, term }) => verdict !== 'ignored' && term.startsWith('BT-')))(
    'says that $term is $verdict, and it changes what is read',
    ({ term, path }) => {
      const base = BESIDE[term] ?? GOOD;
      expect(readingOf(withTerm(base, path, VALUES[term] ?? 'Anders 7'))).not.toEqual(
        readingOf(base),
      );
    },
  );

  it('names a rule of the gate wherever an invoice waits, and each is met by an invoice', () => {
    const rules = new Set(
      invoiceApproval.gates.get('approve-payment')?.when.map(({ name }) => name),
    );
    const named = new Set(
      ROWS.filter(({ how }) => !how.startsWith('as ')).flatMap(({ how }) =>
        [...how.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, rule = '']) => rule),
      ),
    );

    expect([...named].filter((rule) => !rules.has(rule))).toEqual([]);

    const met = new Set(MET.flatMap(({ hits }) => hits));
    expect([...named].filter((rule) => !met.has(rule))).toEqual([]);

    for (const { verdict, how } of ROWS)
      if (verdict === 'waits') expect(how).toMatch(/`[a-z-]+`|^as BG-\d+/);
  });

  it('names a code of a refusal wherever a file is refused, and each is met by an invoice', () => {
    const named = new Set(
      ROWS.flatMap(({ how }) =>
        [...how.matchAll(/`(ubl\.[a-z-]+)`/g)].map(([, code = '']) => code),
      ),
    );

    const refused = new Map<string, string>([
      ['ubl.type-not-supported', withTerm(GOOD, 'cbc:InvoiceTypeCode', '384')],
      ['ubl.credit-note', withTerm(GOOD, 'cbc:InvoiceTypeCode', '381')],
      ['ubl.no-account', withoutTerm(GOOD, 'cac:PaymentMeans')],
      [
        'ubl.account-invalid',
        withTerm(GOOD, 'cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID', 'kein-konto'),
      ],
      ['ubl.negative-total', withTerm(GOOD, 'cac:LegalMonetaryTotal/cbc:PrepaidAmount', '-1.00')],
    ]);

    expect([...refused.keys()].sort()).toEqual([...named].sort());
    for (const [code, xml] of refused) expect(readingOf(xml)).toBe(code);
  });
});
