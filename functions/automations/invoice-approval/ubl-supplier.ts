import {
  all,
  capped,
  identifier,
  MAX_REPEATS,
  maybeText,
  missing,
  need,
  type UblNode,
} from './ubl-path.ts';

/** Supplier and contact of an invoice; see `InvoiceInput` for each field. */
interface Supplier {
  readonly supplierId: string;
  readonly supplierName: string;
  readonly tradingName?: string;
  readonly contactName?: string;
  readonly contactEmail?: string;
  readonly contactPhone?: string;
  readonly contactKey: string;
}

/**
 * Reads the supplier. The first of these elements identifies it: registration number, VAT number,
 * electronic address, other identifier.
 *
 * @throws {@link InvalidInputError} `ubl.missing` without any of these, or without a name.
 * @see EN 16931-1:2017, BG-4 (BT-27 to BT-34) and BG-6
 */
export function readSupplier(root: UblNode): Supplier {
  const party = need(root, 'cac:AccountingSupplierParty/cac:Party');
  const legal = all(party, 'cac:PartyLegalEntity', MAX_REPEATS);

  const supplierId = firstText(
    () => legal.map((each) => maybeText(each, 'cbc:CompanyID')),
    () => all(party, 'cac:PartyTaxScheme', MAX_REPEATS).map(vatNumber),
    () => [maybeText(party, 'cbc:EndpointID')],
    () =>
      all(party, 'cac:PartyIdentification', MAX_REPEATS).map((each) => maybeText(each, 'cbc:ID')),
  );

  const supplierName = firstText(
    () => legal.map((each) => maybeText(each, 'cbc:RegistrationName')),
    () => all(party, 'cac:PartyName', MAX_REPEATS).map((each) => maybeText(each, 'cbc:Name')),
  );

  const [tradingName] = all(party, 'cac:PartyName', MAX_REPEATS).flatMap(
    (each) => maybeText(each, 'cbc:Name') ?? [],
  );
  const path = `${party.path}/cac:PartyLegalEntity`;
  const id = normalId(supplierId ?? missing(`${path}/cbc:CompanyID`), `${path}/cbc:CompanyID`);

  return {
    supplierId: id,
    supplierName: capped(supplierName ?? missing(`${path}/cbc:RegistrationName`)),
    tradingName: tradingName === undefined ? undefined : capped(tradingName),
    ...readContact(party, id),
  };
}

function readContact(
  party: UblNode,
  supplierId: string,
): Omit<Supplier, 'supplierId' | 'supplierName' | 'tradingName'> {
  const field = (name: string) => {
    const text = maybeText(party, `cac:Contact/${name}`);
    return text === undefined ? undefined : capped(text);
  };

  const contactName = field('cbc:Name');
  const contactEmail = field('cbc:ElectronicMail');
  const contactPhone = field('cbc:Telephone');

  return {
    contactName,
    contactEmail,
    contactPhone,
    contactKey:
      contactEmail?.toLowerCase() ?? contactPhone?.replaceAll(' ', '') ?? contactName ?? supplierId,
  };
}

function vatNumber(scheme: UblNode): string | undefined {
  return maybeText(scheme, 'cac:TaxScheme/cbc:ID')?.toUpperCase() === 'VAT'
    ? maybeText(scheme, 'cbc:CompanyID')
    : undefined;
}

function normalId(text: string, path: string): string {
  return identifier(text.normalize('NFKC').replace(/\s/gu, '').toUpperCase(), path);
}

function firstText(...sources: (() => (string | undefined)[])[]): string | undefined {
  for (const source of sources) {
    const text = source().find((each) => each !== undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}
