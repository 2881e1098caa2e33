import { confusableSkeleton, InvalidInputError, omitUndefined } from 'writ';
import type { InvoiceInput } from './invoice-input.ts';
import { minorDigits } from './money.ts';
import { refuseOtherFormats } from './other-format.ts';
import { readAllowances, readLines, readTaxes, readTotals } from './ubl-amounts.ts';
import type { UblErrorCode } from './ubl-error-codes.ts';
import { identifier, isUbl, maybeText, needText, type Spot } from './ubl-path.ts';
import { readPayment } from './ubl-payment.ts';
import { readReferences } from './ubl-references.ts';
import { readSupplier } from './ubl-supplier.ts';
import { checkRoot, checkType } from './ubl-type.ts';
import { parseXml } from './xml.ts';

/**
 * What an uploaded UBL 2.1 invoice says. Nothing is fetched, nothing is expanded, and attachments
 * are not looked at. The invoice is read, not judged: whether its sums agree is for `checkTotals`,
 * whether it may be paid is for the rules.
 *
 * @throws {@link InvalidInputError} with a code that starts with `ubl.`; neither message nor
 *   facts ever hold the account, a name, an address or other text of the file.
 * @see https://docs.oasis-open.org/ubl/os-UBL-2.1/UBL-2.1.html
 * @see EN 16931-1:2017, section 6.3, and CEN/TS 16931-3-2:2020 for where each term is in UBL
 */
export function readInvoice(bytes: Uint8Array): InvoiceInput {
  refuseOtherFormats(bytes);

  const element = parseXml(bytes, {
    checkRoot,
    ignoresText: (each) => isUbl(each, 'cbc:EmbeddedDocumentBinaryObject'),
  });

  const invoiceType = checkType(element);
  const root: Spot = { element, path: '' };
  const currency = needText(root, 'cbc:DocumentCurrencyCode');

  minorDigits(currency);

  const dueDate = maybeText(root, 'cbc:DueDate');
  const order = maybeText(root, 'cac:OrderReference/cbc:ID');
  const orderId = order === undefined ? undefined : identifier(order, 'cac:OrderReference/cbc:ID');
  const invoiceNumber = identifier(needText(root, 'cbc:ID'), 'cbc:ID');
  const supplier = readSupplier(root);

  return omitUndefined({
    invoiceType,
    invoiceNumber,
    ...looksOf(supplier.supplierId, invoiceNumber),
    issueDate: realDate(needText(root, 'cbc:IssueDate'), 'cbc:IssueDate'),
    dueDate: dueDate === undefined ? undefined : realDate(dueDate, 'cbc:DueDate'),
    currency,
    orderId,
    ...supplier,
    lines: readLines(root, currency),
    ...readTaxes(root, currency),
    ...readTotals(root, currency),
    ...readAllowances(root, currency),
    ...readPayment(root),
    ...readReferences(root, order),
  });
}

/**
 * What an invoice is recognised by, whoever writes its number again: its form in upper and in lower
 * case. Letters that look alike in one case need not in the other, as the Greek sigma does not.
 */
export function looksOf(
  supplierId: string,
  invoiceNumber: string,
): Pick<InvoiceInput, 'lookAlike' | 'lookAlikeLower'> {
  const supplier = confusableSkeleton(supplierId);
  return {
    lookAlike: `${supplier} ${confusableSkeleton(invoiceNumber.toUpperCase())}`,
    lookAlikeLower: `${supplier} ${confusableSkeleton(invoiceNumber.toLowerCase())}`,
  };
}

/** A day that the calendar has. Throws `ubl.date-invalid`. */
function realDate(text: string, path: string): string {
  const time = /^[12]\d{3}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Where a month is too short for its day, the parser goes on into the next month instead of
  // refusing.
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;

  throw new InvalidInputError<UblErrorCode>(
    'ubl.date-invalid',
    `${path} is not a day of the calendar; allowed is YYYY-MM-DD`,
    { path },
  );
}
