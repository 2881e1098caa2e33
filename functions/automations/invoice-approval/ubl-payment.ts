import { InvalidInputError } from 'writ';
import { discountIn } from './discount.ts';
import { describeMeans, isByTransfer, type PaymentMeans } from './payment-means.ts';
import { nameForm } from './same-name.ts';
import type { UblErrorCode } from './ubl-error-codes.ts';
import {
  all,
  capped,
  identifier,
  MAX_REPEATS,
  maybeText,
  need,
  one,
  textOf,
  type UblNode,
} from './ubl-path.ts';
import { namesOf } from './ubl-references.ts';

const SUPPLIER = 'cac:AccountingSupplierParty/cac:Party';
/**
 * Maximum length of a SEPA remittance text. A truncated reference would be a different reference.
 */
const MAX_REMITTANCE = 140;

/** Payment details of an invoice; see `InvoiceInput` for each field. */
interface Payment {
  readonly otherWayToPay?: string;
  readonly iban: string;
  readonly otherAccounts?: readonly string[];
  readonly accountName?: string;
  readonly payeeName?: string;
  readonly remittance?: string;
  readonly discount?: string;
}

/**
 * Reads payment means, payee and accounts of the invoice.
 *
 * @throws {@link InvalidInputError} `ubl.no-account`; `ubl.account-invalid` for an account that is
 *   not 4 to 34 letters and digits.
 * @see EN 16931-1:2017, BG-10, BT-20 and BG-16 to BG-19
 */
export function readPayment(root: UblNode): Payment {
  const means = all(root, 'cac:PaymentMeans', MAX_REPEATS);
  const paymentMeans = means.map(readMeans);
  const description = describeMeans(paymentMeans);
  const [iban = noAccount(description), ...otherAccounts] = new Set(means.flatMap(readAccount));
  const payee = readPayee(root);
  const expected = formsOf([...supplierNames(root), payee].filter((name) => name !== undefined));
  const accountName = means
    .map((each) => maybeText(each, 'cac:PayeeFinancialAccount/cbc:Name'))
    .find((name) => name !== undefined && !expected.has(nameForm(name)));
  const remittances = new Set(
    means
      .flatMap((each) => all(each, 'cbc:PaymentID', MAX_REPEATS).map(textOf))
      .filter((text) => text !== ''),
  );

  const [remittance] = remittances;
  const discount = readDiscount(root);
  // Account fields are sealed, so accounts must not appear in clear fields.
  const accounts = [iban, ...otherAccounts];

  const holdsAccount = (text: string) =>
    accounts.some((account) =>
      text
        .replace(/[^\p{L}\p{N}]/gu, '')
        .toUpperCase()
        .includes(account),
    );

  const inWords = (name: string) =>
    holdsAccount(name) ? 'a party that is named by an account' : capped(name);

  return {
    otherWayToPay: isByTransfer(paymentMeans) ? undefined : description,
    iban,
    otherAccounts: otherAccounts.length === 0 ? undefined : otherAccounts,
    accountName: accountName === undefined ? undefined : inWords(accountName),
    payeeName: payee === undefined ? undefined : inWords(payee),
    remittance:
      remittances.size === 1 &&
      remittance !== undefined &&
      remittance.length <= MAX_REMITTANCE &&
      !holdsAccount(remittance)
        ? remittance
        : undefined,
    discount,
  };
}

function readMeans(means: UblNode): PaymentMeans {
  return {
    code: maybeText(means, 'cbc:PaymentMeansCode'),
    mandate: one(means, 'cac:PaymentMandate') !== undefined,
    card: one(means, 'cac:CardAccount') !== undefined,
  };
}

/** Reads the account without spaces and in upper case. Returns an empty array if it is absent. */
function readAccount(means: UblNode): readonly string[] {
  const account = maybeText(means, 'cac:PayeeFinancialAccount/cbc:ID')?.replaceAll(' ', '');
  if (account === undefined) return [];
  // Checks the format before converting to upper case, because some other letters have an ASCII
  // upper case.
  if (/^[A-Za-z0-9]{4,34}$/.test(account)) return [account.toUpperCase()];

  throw new InvalidInputError<UblErrorCode>(
    'ubl.account-invalid',
    'the account to pay to must have 4 to 34 letters and digits',
    { path: means.path },
  );
}

function noAccount(description: string): never {
  const path = 'cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID';

  throw new InvalidInputError<UblErrorCode>(
    'ubl.no-account',
    `${path} is missing; payment means: ${description}`,
    {
      path,
    },
  );
}

/** Returns the payee; undefined if its name and every given identifier are the supplier's. */
function readPayee(root: UblNode): string | undefined {
  const party = one(root, 'cac:PayeeParty');
  if (party === undefined) return undefined;

  const names = namesOf(party);
  const ids = idsOf(party);
  const [supplier, supplierIds] = [formsOf(supplierNames(root)), idsOf(need(root, SUPPLIER))];
  const isSupplier =
    names.length + ids.length > 0 &&
    names.every((name) => supplier.has(nameForm(name))) &&
    ids.every((id) => supplierIds.includes(id));

  return isSupplier ? undefined : (names[0] ?? ids[0] ?? 'a party without a name');
}

/** Normalizes each name only once for any number of comparisons. */
const formsOf = (names: readonly string[]): ReadonlySet<string> => new Set(names.map(nameForm));

function supplierNames(root: UblNode): readonly string[] {
  return namesOf(need(root, SUPPLIER));
}

/**
 * Returns the identifiers of a party in normalized form. A bank's creditor number does not identify
 * a party.
 */
function idsOf(party: UblNode): readonly string[] {
  const bare = (at: UblNode) =>
    all(at, 'cac:PartyIdentification', MAX_REPEATS).flatMap((each) => one(each, 'cbc:ID') ?? []);

  const ids = [
    ...all(party, 'cac:PartyLegalEntity', MAX_REPEATS).map((each) =>
      maybeText(each, 'cbc:CompanyID'),
    ),
    ...all(party, 'cac:PartyTaxScheme', MAX_REPEATS).map((each) =>
      maybeText(each, 'cbc:CompanyID'),
    ),
    maybeText(party, 'cbc:EndpointID'),
    ...bare(party).map((id) =>
      id.element.attributes.get('schemeID') === 'SEPA' ? undefined : textOf(id),
    ),
  ];

  return ids.flatMap((id) =>
    id ? [identifier(id, `${party.path}/cbc:ID`, 256).replace(/\s/gu, '').toUpperCase()] : [],
  );
}

function readDiscount(root: UblNode): string | undefined {
  const terms = all(root, 'cac:PaymentTerms', MAX_REPEATS);
  const notes = terms.flatMap((each) => all(each, 'cbc:Note', MAX_REPEATS).map(textOf));
  const structured = [
    'cbc:SettlementDiscountPercent',
    'cbc:SettlementDiscountAmount',
    'cac:SettlementPeriod',
  ];

  const offered = terms.some((each) => structured.some((name) => one(each, name) !== undefined));

  return discountIn(notes.join('\n')) ?? (offered ? 'a discount in another form' : undefined);
}
