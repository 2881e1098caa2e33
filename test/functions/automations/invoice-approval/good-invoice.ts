import { expect } from 'vitest';

import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import type { UblErrorCode } from '#functions/automations/invoice-approval/ubl-error-codes.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';

/** What must never be in a message: each is somewhere in {@link GOOD} and nowhere else. */
export const SECRETS = [
  'NL91ABNA0417164300',
  'Geheimstra Zwijgend',
  'g.zwijgend@verborgen.example',
  '+31 555 0199',
  'Onbekendia Handel',
];

const XSD = 'urn:oasis:names:specification:ubl:schema:xsd';

/**
 * Two lines, two rates, an allowance and a charge; the sums agree. No white space at either end.
 */
export const GOOD = `<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="${XSD}:Invoice-2" xmlns:cac="${XSD}:CommonAggregateComponents-2" xmlns:cbc="${XSD}:CommonBasicComponents-2">
  <cbc:ID>2026-0001</cbc:ID>
  <cbc:IssueDate>2026-02-28</cbc:IssueDate>
  <cbc:DueDate>2026-03-30</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:OrderReference><cbc:ID>PO-7</cbc:ID></cac:OrderReference>
  <cac:AccountingSupplierParty><cac:Party>
    <cbc:EndpointID schemeID="0088">9900001</cbc:EndpointID>
    <cac:PartyTaxScheme><cbc:CompanyID>NL99001B01</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
    <cac:PartyLegalEntity>
      <cbc:RegistrationName>Onbekendia Handel</cbc:RegistrationName>
      <cbc:CompanyID>99 001 abc</cbc:CompanyID>
    </cac:PartyLegalEntity>
    <cac:Contact>
      <cbc:Name>Geheimstra Zwijgend</cbc:Name>
      <cbc:Telephone>+31 555 0199</cbc:Telephone>
      <cbc:ElectronicMail>g.zwijgend@verborgen.example</cbc:ElectronicMail>
    </cac:Contact>
  </cac:Party></cac:AccountingSupplierParty>
  <cac:PaymentMeans><cbc:PaymentMeansCode>30</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>NL91ABNA0417164300</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
  <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">10.00</cbc:Amount></cac:AllowanceCharge>
  <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">5.00</cbc:Amount></cac:AllowanceCharge>
  <cac:TaxTotal>
    <cbc:TaxAmount currencyID="EUR">23.85</cbc:TaxAmount>
    <cac:TaxSubtotal>
      <cbc:TaxableAmount currencyID="EUR">105.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">22.05</cbc:TaxAmount>
      <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>21.00</cbc:Percent></cac:TaxCategory>
    </cac:TaxSubtotal>
    <cac:TaxSubtotal>
      <cbc:TaxableAmount currencyID="EUR">20.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">1.80</cbc:TaxAmount>
      <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>9</cbc:Percent></cac:TaxCategory>
    </cac:TaxSubtotal>
  </cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">120</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">125.00</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">148.85</cbc:TaxInclusiveAmount>
    <cbc:AllowanceTotalAmount currencyID="EUR">5.00</cbc:AllowanceTotalAmount>
    <cbc:ChargeTotalAmount currencyID="EUR">10.00</cbc:ChargeTotalAmount>
    <cbc:PrepaidAmount currencyID="EUR">8.85</cbc:PrepaidAmount>
    <cbc:PayableAmount currencyID="EUR">140.000</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:InvoiceLine>
    <cbc:ID>1</cbc:ID>
    <cbc:InvoicedQuantity unitCode="HUR">2.50</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">3</cbc:Amount></cac:AllowanceCharge>
    <cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator><cbc:Amount currencyID="EUR">0.50</cbc:Amount></cac:AllowanceCharge>
    <cac:Price><cbc:PriceAmount currencyID="EUR">041.0</cbc:PriceAmount></cac:Price>
  </cac:InvoiceLine>
  <cac:InvoiceLine>
    <cbc:ID>2</cbc:ID>
    <cbc:InvoicedQuantity unitCode="C62">300</cbc:InvoicedQuantity>
    <cbc:LineExtensionAmount currencyID="EUR">20.00</cbc:LineExtensionAmount>
    <cac:Price><cbc:PriceAmount currencyID="EUR">6.6667</cbc:PriceAmount><cbc:BaseQuantity>100</cbc:BaseQuantity></cac:Price>
  </cac:InvoiceLine>
</Invoice>`;

/** The good invoice with the first `from` replaced, which must be there. */
export function changed(from: string | RegExp, to: string, text = GOOD): string {
  const result = text.replace(from, () => to);
  expect(result, `nothing to change: ${from}`).not.toBe(text);
  return result;
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * Why the bytes are refused, or nothing when they are read; anything but an orderly, silent refusal
 * fails the test.
 */
export function refusal(bytes: Uint8Array): InvalidInputError<UblErrorCode> | undefined {
  try {
    readInvoice(bytes);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);

    const refused = error as InvalidInputError<UblErrorCode>;

    expect(refused.code).toMatch(/^ubl\.[a-z-]+$/);
    expect(refused.cause).toBeUndefined();

    const told = refused.message + JSON.stringify(refused.facts);

    for (const secret of SECRETS) expect(told).not.toContain(secret);

    return refused;
  }
}
