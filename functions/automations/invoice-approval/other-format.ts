import { InvalidInputError } from 'writ';
import type { UblErrorCode } from './ubl-error-codes.ts';

/** First bytes of files, as Latin-1, with the name of each format. */
const SIGNATURES: readonly (readonly [begins: string, name: string])[] = [
  ['PK\x03\x04', 'a ZIP archive, as Office documents are'],
  ['PK\x05\x06', 'a ZIP archive, as Office documents are'],
  ['\x1f\x8b', 'compressed with gzip'],
  ['BZh', 'compressed with bzip2'],
  ['\xfd7zXZ', 'compressed with xz'],
  ['\x28\xb5\x2f\xfd', 'compressed with zstd'],
  ['7z\xbc\xaf', 'a 7z archive'],
  ['Rar!', 'a RAR archive'],
  ['\x89PNG', 'a PNG image'],
  ['\xff\xd8\xff', 'a JPEG image'],
  ['GIF8', 'a GIF image'],
  ['II*', 'a TIFF image'],
  ['MM*', 'a TIFF image'],
  ['\xd0\xcf\x11\xe0', 'an older Office document'],
  ['{\\rtf', 'an RTF document'],
  ['0\x80', 'signed (PKCS #7, as .p7m files are)'],
  ['0\x82', 'signed (PKCS #7, as .p7m files are)'],
  ['0\x83', 'signed (PKCS #7, as .p7m files are)'],
];

/** Beginnings of text formats, without leading white space. */
const TEXTS: readonly (readonly [begins: RegExp, name: string])[] = [
  [/^$/, 'empty'],
  [/^[[{]/, 'JSON'],
  [/^UN[AB][^A-Za-z0-9]/, 'EDIFACT'],
  [/^ISA[^A-Za-z0-9]/, 'ANSI X12'],
  [/^(?:PD94|PEludm|JVBERi|77u\/PD)/, 'base64 text'],
  [/^-----BEGIN /, 'PEM text'],
  [
    /^(?:From|Return-Path|Received|MIME-Version|Date|Subject|Message-ID|Delivered-To|Content-Type): /i,
    'an e-mail',
  ],
];

/**
 * Root elements of other XML formats that are sent instead of a UBL invoice. UBL does not use these
 * roots.
 */
const ROOTS: Readonly<Record<string, string>> = {
  CrossIndustryInvoice: 'a CII invoice',
  CrossIndustryDocument: 'a CII invoice, as in ZUGFeRD 1',
  FatturaElettronica: 'a FatturaPA invoice',
  FatturaElettronicaSemplificata: 'a FatturaPA invoice',
  Facturae: 'a Facturae invoice',
  Faktura: 'a KSeF invoice',
  Finvoice: 'a Finvoice invoice',
  Comprobante: 'a CFDI invoice',
  StandardBusinessDocument: 'an envelope (SBDH), and not the invoice in it',
  Envelope: 'an envelope (SOAP), and not the invoice in it',
  html: 'an HTML page',
};

const ALLOWED = 'expected a UBL 2 invoice: XML in UTF-8 with the root Invoice';
/** Number of bytes to examine. */
const HEAD_BYTES = 4_096;

/**
 * Returns the format of an XML file by its root element. Returns undefined for UBL and unknown
 * formats.
 */
export const formatOfRoot = (local: string): string | undefined =>
  Object.hasOwn(ROOTS, local) ? ROOTS[local] : undefined;

/** Creates the error for an XML file of another format. */
export const otherXml = (format: string, root: string) =>
  new InvalidInputError<UblErrorCode>(
    'ubl.not-an-invoice',
    `the file is ${format} (its root is ${root}); ${ALLOWED}`,
  );

/**
 * Refuses a file that is recognizably not XML, or not UBL, in any encoding. Examines only the first
 * {@link HEAD_BYTES} bytes and leaves unrecognized content to the parser.
 *
 * @throws {@link InvalidInputError} `ubl.malformed` for formats other than XML,
 *   `ubl.not-an-invoice` for HTML and other XML. Both errors name the format.
 */
export function refuseOtherFormats(bytes: Uint8Array): void {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES)).toString('latin1');
  const name = SIGNATURES.find(([begins]) => head.startsWith(begins))?.[1];
  if (name !== undefined) throw notXml(name);

  // Removing zero bytes turns ASCII in UTF-16 or UTF-32 into ASCII.
  const text = head
    .replaceAll('\0', '')
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .trimStart();
  if (/^\0+$/.test(head) || (text === '' && bytes.length > HEAD_BYTES)) return;

  const refusal = text.startsWith('<')
    ? ofMarkup(text)
    : isPdf(head)
      ? notXml('a PDF')
      : ofText(text);
  if (refusal !== undefined) throw refusal;
}

const notXml = (format: string) =>
  new InvalidInputError<UblErrorCode>('ubl.malformed', `the file is ${format}; ${ALLOWED}`);

/**
 * Detects a PDF, including Factur-X and ZUGFeRD. PDF readers skip up to 1,024 bytes before the
 * header.
 */
const isPdf = (head: string) => head.slice(0, 1_024).includes('%PDF-');

function ofText(text: string): InvalidInputError<UblErrorCode> | undefined {
  const format =
    TEXTS.find(([begins]) => begins.test(text))?.[1] ?? (isTable(text) ? 'CSV' : undefined);
  return format === undefined ? undefined : notXml(format);
}

function ofMarkup(text: string): InvalidInputError<UblErrorCode> | undefined {
  const afterProlog = text.replace(/^(?:<\?[^>]*\?>|<!--(?:(?!-->)[\s\S])*-->|\s)+/, '');
  if (/^<!doctype\s+html/i.test(afterProlog)) return otherXml('an HTML page', 'html');
  const [, local = ''] = /^<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]/.exec(afterProlog) ?? [];
  const format =
    formatOfRoot(local) ?? (local.toLowerCase() === 'html' ? 'an HTML page' : undefined);
  return format === undefined ? undefined : otherXml(format, local);
}

/**
 * Returns true if the first two lines (or the only line) contain the same number of one separator.
 */
function isTable(text: string): boolean {
  const [first = '', second] = text.split(/\r\n?|\n/).slice(0, 2);
  return [';', '\t', '|', ','].some((separator) => {
    const count = (line: string) => line.split(separator).length - 1;
    return second === undefined || second === ''
      ? count(first) > 1
      : count(first) > 0 && count(first) === count(second);
  });
}
