import { InvalidInputError } from 'writ';
import { formatOfRoot, otherXml } from './other-format.ts';
import type { UblErrorCode } from './ubl-error-codes.ts';
import { needText } from './ubl-path.ts';
import type { XmlElement } from './xml.ts';

const INVOICE = 'urn:oasis:names:specification:ubl:schema:xsd:Invoice-2';
const CREDIT_NOTE = 'urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2';

/**
 * Invoice types that request a payment and are self-contained: commercial, partial, metered
 * services, tax and factored invoice. The order, which partial invoices draw down, limits their
 * sum. Excluded on purpose: 384 corrects an invoice that may already be paid, 386 is paid before
 * delivery, 389 is written by the buyer. A payment must not depend on a document that Writ does not
 * have.
 */
const PAYABLE_TYPES: readonly string[] = ['380', '326', '82', '388', '393'];

/** Reasons why other invoice types are refused. */
const OTHER_TYPES: ReadonlyMap<string, string> = new Map([
  ['71', 'request for payment: no invoice yet'],
  ['80', 'debit note: it adds to an earlier invoice'],
  ['84', 'debit note: it adds to an earlier invoice'],
  ['102', 'tax notification: nothing is asked for'],
  ['218', 'final payment request: earlier payments count'],
  ['219', 'payment request: no invoice yet'],
  ['325', 'pro forma invoice: nothing is asked for'],
  ['383', 'debit note: it adds to an earlier invoice'],
  ['384', 'corrected invoice: the first one may be paid already'],
  ['385', 'consolidated invoice: its parts may be paid already'],
  ['386', 'prepayment invoice: nothing was delivered yet'],
  ['389', 'self-billed invoice: the buyer wrote it'],
  ['395', 'consignment invoice: paid when the goods are sold'],
  ['875', 'partial construction invoice: other parts may be paid already'],
  ['876', 'partial final construction invoice: other parts may be paid already'],
  ['877', 'final construction invoice: its parts may be paid already'],
]);

/**
 * Credit notes of EN 16931. A credit note returns money to the buyer, so paying it would be wrong.
 */
const CREDIT_TYPES: readonly string[] = [
  '81',
  '83',
  '261',
  '262',
  '296',
  '308',
  '381',
  '396',
  '420',
  '458',
  '502',
  '503',
  '532',
];

/**
 * Checks that the root is a UBL 2 invoice.
 *
 * @throws {@link InvalidInputError} `ubl.credit-note` for a credit note; `ubl.not-an-invoice` for
 *   any other root.
 * @see https://docs.oasis-open.org/ubl/os-UBL-2.1/UBL-2.1.html, section 3.2.31
 */
export function checkRoot({ local, uri }: Pick<XmlElement, 'local' | 'uri'>): void {
  if (local === 'Invoice' && uri === INVOICE) return;
  if (local === 'CreditNote' && uri === CREDIT_NOTE)
    throw creditNote('a document of the type CreditNote');

  const format = formatOfRoot(local);
  if (format !== undefined) throw otherXml(format, local);

  // Repeats only well-formed names, so that no other text from the file gets into a message.
  const name = /^[A-Za-z]{1,64}$/.test(local) ? local : 'another element';
  const space = /^urn:[a-z:]{1,50}(?:[A-Za-z]{1,30}-\d)?$/.test(uri)
    ? uri.slice(0, 64)
    : uri === ''
      ? 'no namespace'
      : 'another namespace';

  throw new InvalidInputError<UblErrorCode>(
    'ubl.not-an-invoice',
    `the root is ${name} in ${space}; expected Invoice in ${INVOICE}`,
  );
}

/**
 * Checks that the type of the invoice can be paid on its own.
 *
 * @returns the code of the type.
 * @throws {@link InvalidInputError} `ubl.credit-note` or `ubl.type-not-supported`, with the type.
 * @see EN 16931-1:2017, BT-3; UNTDID 1001
 */
export function checkType(root: XmlElement): string {
  const code = needText({ element: root, path: '' }, 'cbc:InvoiceTypeCode');
  if (PAYABLE_TYPES.includes(code)) return code;
  if (CREDIT_TYPES.includes(code)) throw creditNote(`of the type ${code}`);

  const meaning = OTHER_TYPES.get(code);
  const shown = /^\d{1,3}$/.test(code)
    ? `${code}${meaning === undefined ? '' : ` (${meaning})`}`
    : 'not a code';
  const allowed = PAYABLE_TYPES.join(', ');

  throw new InvalidInputError<UblErrorCode>(
    'ubl.type-not-supported',
    `the invoice type is ${shown}; allowed: ${allowed}`,
    { allowed },
  );
}

function creditNote(what: string): InvalidInputError<UblErrorCode> {
  return new InvalidInputError<UblErrorCode>(
    'ubl.credit-note',
    `the file is a credit note (${what}); expected an invoice that requests a payment`,
  );
}
