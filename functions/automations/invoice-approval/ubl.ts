import { confusableSkeleton, InvalidInputError, omitUndefined } from 'writ';
import type { InvoiceInput } from './invoice-input.ts';
import { minorDigits } from './money.ts';
import { refuseOtherFormats } from './other-format.ts';
import { readAllowances, readLines, readTaxes, readTotals } from './ubl-amounts.ts';
import type { UblErrorCode } from './ubl-error-codes.ts';
import { identifier, isUbl, maybeText, needText, type UblNode } from './ubl-path.ts';
import { readPayment } from './ubl-payment.ts';
import { readReferences } from './ubl-references.ts';
import { readSupplier } from './ubl-supplier.ts';
import { checkRoot, checkType } from './ubl-type.ts';
import { parseXml } from './xml.ts';

/**
 * Reads an uploaded UBL 2.1 invoice. Does not fetch or expand anything, and ignores attachments.
 * Does not judge the invoice: `checkTotals` checks the sums, and the rules decide whether it can be
 * paid.
 *
 * @throws {@link InvalidInputError} with a code that starts with `ubl.`. The message and facts
 *   contain no account, name, address or other text from the file.
 * @see https://docs.oasis-open.org/ubl/os-UBL-2.1/UBL-2.1.html
 * @see EN 16931-1:2017, section 6.3, and CEN/TS 16931-3-2:2020 for the position of each term in UBL
 */
export function readInvoice(bytes: Uint8Array): InvoiceInput {
  refuseOtherFormats(bytes);

  const element = parseXml(bytes, {
    checkRoot,
    ignoresText: (each) => isUbl(each, 'cbc:EmbeddedDocumentBinaryObject'),
  });

  const invoiceType = checkType(element);
  const root: UblNode = { element, path: '' };
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
 * Returns normalized forms of an invoice number, which detect duplicates despite look-alike
 * characters. One form is from the upper case and one from the lower case, because letters such as
 * the Greek sigma look alike in one case only.
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

/**
 * Validates a calendar date.
 *
 * @throws {@link InvalidInputError} `ubl.date-invalid`.
 */
function realDate(text: string, path: string): string {
  const time = /^[12]\d{3}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // The parser moves an invalid day into the next month instead of refusing it.
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(text)) return text;

  throw new InvalidInputError<UblErrorCode>(
    'ubl.date-invalid',
    `${path} is not a calendar date in the format YYYY-MM-DD`,
    { path },
  );
}
