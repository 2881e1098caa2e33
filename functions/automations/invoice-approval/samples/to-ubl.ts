import { countryOf } from './countries.ts';
import type { Draft, DraftLine } from './draft.ts';
import type { SampleSupplier } from './suppliers.ts';
import { group, leaf, writeInvoice, type XmlNode, type XmlStyle } from './xml-writer.ts';

/** Presentation of an invoice, independent of its figures. */
export interface Looks {
  readonly style: XmlStyle;
  readonly note: string | undefined;
  readonly attachment: boolean;
  /** Writes identifiers and accounts in groups, as on paper invoices. */
  readonly grouped: boolean;
}

/** Smallest content that looks like a PDF. Writ does not read it. */
const PDF_STUB = Buffer.from(
  '%PDF-1.4\n%\u00e2\u00e3\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n',
).toString('base64');

/** Writes a draft as a UBL 2.1 invoice, with its elements in schema order. */
export function toUbl(draft: Draft, looks: Looks): string {
  const standard = countryOf(draft.supplier.country).rates[0];
  return writeInvoice(
    [
      ...leaf(
        'cbc:CustomizationID',
        'urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0',
      ),
      ...leaf('cbc:ProfileID', 'urn:fdc:peppol.eu:2017:poacc:billing:01:1.0'),
      ...leaf('cbc:ID', draft.number),
      ...leaf('cbc:IssueDate', draft.issueDate),
      ...leaf('cbc:DueDate', draft.dueDate),
      ...leaf('cbc:InvoiceTypeCode', '380'),
      ...leaf('cbc:Note', looks.note),
      ...leaf('cbc:DocumentCurrencyCode', 'EUR'),
      ...leaf('cbc:BuyerReference', 'purchasing'),
      ...group('cac:OrderReference', leaf('cbc:ID', draft.orderId)),
      ...attachment(looks),
      ...group('cac:AccountingSupplierParty', supplierParty(draft.supplier, looks.grouped)),
      ...group('cac:AccountingCustomerParty', buyerParty()),
      ...group(
        'cac:PaymentMeans',
        leaf('cbc:PaymentMeansCode', '30', { name: 'Credit transfer' }),
        leaf('cbc:PaymentID', draft.number),
        group(
          'cac:PayeeFinancialAccount',
          leaf('cbc:ID', looks.grouped ? inGroups(draft.iban, 4) : draft.iban),
          leaf('cbc:Name', draft.supplier.name),
        ),
      ),
      ...allowance('true', 'Freight', draft.charge, taxCategory('cac:TaxCategory', standard)),
      ...allowance(
        'false',
        'Loyalty discount',
        draft.allowance,
        taxCategory('cac:TaxCategory', standard),
      ),
      ...taxTotal(draft),
      ...monetaryTotal(draft),
      ...draft.lines.flatMap(invoiceLine),
    ],
    looks.style,
  );
}

function attachment(looks: Looks): XmlNode[] {
  if (!looks.attachment) return [];
  const file = leaf('cbc:EmbeddedDocumentBinaryObject', PDF_STUB, {
    mimeCode: 'application/pdf',
    filename: 'invoice.pdf',
  });
  return group(
    'cac:AdditionalDocumentReference',
    leaf('cbc:ID', 'invoice.pdf'),
    group('cac:Attachment', file),
  );
}

function supplierParty(supplier: SampleSupplier, grouped: boolean): XmlNode[] {
  const { identifiedBy, country, contact } = supplier;
  const id = grouped ? inGroups(supplier.id, 3) : supplier.id;

  const scheme = (number: string | undefined, name: string) =>
    number === undefined
      ? []
      : group(
          'cac:PartyTaxScheme',
          leaf('cbc:CompanyID', number),
          group('cac:TaxScheme', leaf('cbc:ID', name)),
        );

  const has = (way: typeof identifiedBy) => (identifiedBy === way ? id : undefined);
  // Most invoices have an electronic address. It is left out where the supplier must be found by
  // another identifier.
  const endpoint =
    identifiedBy === 'identification'
      ? undefined
      : (has('endpoint') ?? `00${supplier.id.replace(/\D/g, '')}`);

  return group(
    'cac:Party',
    leaf('cbc:EndpointID', endpoint, { schemeID: '0088' }),
    group('cac:PartyIdentification', leaf('cbc:ID', has('identification'))),
    group('cac:PartyName', leaf('cbc:Name', supplier.name.split(' ')[0])),
    address(supplier.street, supplier.place, country),
    scheme(
      has('vat') ?? (identifiedBy === 'registration' ? `${country}${supplier.id}1` : undefined),
      'VAT',
    ),
    scheme(identifiedBy === 'endpoint' ? 'small-trader' : undefined, 'TAX'),
    group(
      'cac:PartyLegalEntity',
      leaf('cbc:RegistrationName', supplier.name),
      leaf('cbc:CompanyID', has('registration')),
    ),
    group(
      'cac:Contact',
      leaf('cbc:Name', contact.name),
      leaf('cbc:Telephone', contact.phone),
      leaf('cbc:ElectronicMail', contact.email),
    ),
  );
}

function buyerParty(): XmlNode[] {
  return group(
    'cac:Party',
    leaf('cbc:EndpointID', '0099000001', { schemeID: '0088' }),
    group('cac:PartyName', leaf('cbc:Name', 'Harmelink')),
    address('Wilgendijk 7', 'Zandermeer', 'NL'),
    group(
      'cac:PartyLegalEntity',
      leaf('cbc:RegistrationName', 'Harmelink Beheer B.V.'),
      leaf('cbc:CompanyID', '99000001'),
    ),
  );
}

function address(street: string, place: string, country: string): XmlNode[] {
  const code = group('cac:Country', leaf('cbc:IdentificationCode', country));
  return group(
    'cac:PostalAddress',
    leaf('cbc:StreetName', street),
    leaf('cbc:CityName', place),
    code,
  );
}

function allowance(
  indicator: 'true' | 'false',
  reason: string,
  cents: number,
  category: XmlNode[] = [],
): XmlNode[] {
  if (cents === 0) return [];

  const parts = [
    leaf('cbc:ChargeIndicator', indicator),
    leaf('cbc:AllowanceChargeReason', reason),
    amount('cbc:Amount', cents),
  ];

  return group('cac:AllowanceCharge', ...parts, category);
}

function taxCategory(name: string, rate: string): XmlNode[] {
  return group(
    name,
    leaf('cbc:ID', 'S'),
    leaf('cbc:Percent', rate),
    group('cac:TaxScheme', leaf('cbc:ID', 'VAT')),
  );
}

function taxTotal(draft: Draft): XmlNode[] {
  const subtotals = draft.taxes.flatMap(({ rate, taxable, tax }) =>
    group(
      'cac:TaxSubtotal',
      amount('cbc:TaxableAmount', taxable),
      amount('cbc:TaxAmount', tax),
      taxCategory('cac:TaxCategory', rate),
    ),
  );
  return group('cac:TaxTotal', amount('cbc:TaxAmount', draft.taxTotal), subtotals);
}

function monetaryTotal(draft: Draft): XmlNode[] {
  const some = (name: string, cents: number) => (cents === 0 ? [] : amount(name, cents));
  return group(
    'cac:LegalMonetaryTotal',
    amount('cbc:LineExtensionAmount', draft.lineTotal),
    amount('cbc:TaxExclusiveAmount', draft.taxExclusive),
    amount('cbc:TaxInclusiveAmount', draft.taxInclusive),
    some('cbc:AllowanceTotalAmount', draft.allowance),
    some('cbc:ChargeTotalAmount', draft.charge),
    some('cbc:PrepaidAmount', draft.prepaid),
    some('cbc:PayableRoundingAmount', draft.rounding),
    amount('cbc:PayableAmount', draft.payable),
  );
}

function invoiceLine(line: DraftLine, i: number): XmlNode[] {
  return group(
    'cac:InvoiceLine',
    leaf('cbc:ID', String(i + 1)),
    leaf('cbc:InvoicedQuantity', decimal(line.quantity, 3), { unitCode: line.unit }),
    amount('cbc:LineExtensionAmount', line.net),
    allowance('false', 'Volume discount', line.allowance),
    allowance('true', 'Packaging', line.charge),
    group(
      'cac:Item',
      leaf('cbc:Name', line.name),
      taxCategory('cac:ClassifiedTaxCategory', line.rate),
    ),
    group(
      'cac:Price',
      leaf('cbc:PriceAmount', decimal(line.price, 4), { currencyID: 'EUR' }),
      leaf('cbc:BaseQuantity', line.base === 1 ? undefined : String(line.base), {
        unitCode: line.unit,
      }),
    ),
  );
}

function amount(name: string, cents: number): XmlNode[] {
  return leaf(name, decimal(cents, 2), { currencyID: 'EUR' });
}

function decimal(units: number, scale: number): string {
  const size = String(Math.abs(units)).padStart(scale + 1, '0');
  return `${units < 0 ? '-' : ''}${size.slice(0, -scale)}.${size.slice(-scale)}`;
}

function inGroups(text: string, size: number): string {
  return text.replace(new RegExp(`(.{${size}})(?=.)`, 'g'), '$1 ');
}
