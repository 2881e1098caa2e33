import { InvalidInputError } from 'writ';
import type { UblErrorCode } from './ubl-error-codes.ts';

/** Maximum size of a file in bytes. Real invoices without attachments stay below 200 KiB. */
const MAX_BYTES = 4 * 1_024 * 1_024;

/**
 * Decodes an uploaded XML file. Accepts only UTF-8, with or without a byte order mark.
 *
 * @throws {@link InvalidInputError} `ubl.too-large` above {@link MAX_BYTES}, before any byte is
 *   read; `ubl.encoding` for UTF-16 and UTF-32, with or without a byte order mark, and for bytes
 *   that are not UTF-8.
 * @see https://www.w3.org/TR/xml/#charencoding, section 4.3.3 and appendix F
 */
export function decodeXml(bytes: Uint8Array): string {
  if (bytes.length > MAX_BYTES) {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.too-large',
      `the file has ${bytes.length} bytes, limit ${MAX_BYTES}`,
      {
        bytes: bytes.length,
        limit: MAX_BYTES,
      },
    );
  }

  const wide = wideEncoding(bytes);
  if (wide !== undefined)
    throw new InvalidInputError<UblErrorCode>(
      'ubl.encoding',
      `the file is ${wide}; expected UTF-8`,
    );

  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const declared = DECLARED.exec(Buffer.from(bytes.subarray(0, 200)).toString('latin1'))?.[1];
    if (declared !== undefined && declared.toLowerCase() !== 'utf-8') throw otherEncoding(declared);

    throw new InvalidInputError<UblErrorCode>(
      'ubl.encoding',
      'the file contains bytes that are not UTF-8',
    );
  }
}

/** Matches the encoding in an XML declaration. */
const DECLARED = /^(?:\xef\xbb\xbf)?<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][\w.-]*)["']/;

/**
 * First four bytes (hex) of files in encodings that do not write `<` as the single byte 3C: byte
 * order marks, and `<?` without a byte order mark.
 */
const BEGINNINGS: readonly (readonly [begins: RegExp, encoding: string])[] = [
  [/^(?:fffe0000|0000feff|..000000|000000..)/, 'UTF-32'],
  [/^(?:fffe|feff|(?!00)..00(?!00)..00|00(?!00)..00(?!00)..)/, 'UTF-16'],
  [/^4c6fa794/, 'EBCDIC'],
];

function wideEncoding(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  return start === '00000000' ? undefined : BEGINNINGS.find(([begins]) => begins.test(start))?.[1];
}

/**
 * Checks that the declared encoding is the one that was decoded.
 *
 * @throws {@link InvalidInputError} `ubl.encoding` for any name but UTF-8 and US-ASCII, and for
 *   US-ASCII with other characters.
 */
export function checkDeclaredEncoding(declared: string, text: string): void {
  const name = declared.toLowerCase();
  if (name === 'utf-8') return;
  if (name !== 'us-ascii' && name !== 'ascii') throw otherEncoding(declared);
  if (/[^\p{ASCII}]/u.test(text)) {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.encoding',
      'the file declares US-ASCII and contains other characters; declare UTF-8',
    );
  }
}

/**
 * Creates the error for an encoding that is not accepted. Repeats only a well-formed name, so that
 * no other text from the file gets into a message.
 */
function otherEncoding(declared: string): InvalidInputError<UblErrorCode> {
  const shown = /^(?:utf|ucs|iso|windows|ibm)[-_a-z0-9]{1,20}$/i.test(declared)
    ? declared
    : 'another encoding';
  return new InvalidInputError<UblErrorCode>(
    'ubl.encoding',
    `the file declares ${shown}; allowed: UTF-8, US-ASCII`,
  );
}
