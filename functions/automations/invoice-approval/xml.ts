import { SaxesParser } from 'saxes';
import { InvalidInputError, isWritError } from 'writ';
import type { UblErrorCode } from './ubl-error-codes.ts';
import { checkDeclaredEncoding, decodeXml } from './xml-bytes.ts';

/** XML element with its namespace and local name. The prefix in the file is dropped. */
export interface XmlElement {
  readonly uri: string;
  readonly local: string;
  /** Attributes without a prefix, by name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /**
   * Character data directly inside the element, without comments, with CDATA and references
   * resolved.
   */
  readonly text: string;
}

/** Limits that bound memory and time for hostile XML files. */
const XML_LIMITS = {
  depth: 32,
  elements: 50_000,
  /** Maximum number of attributes per element, and in total. Namespace declarations also count. */
  attributes: 64,
  allAttributes: 50_000,
  /**
   * Maximum number of tags, comments, instructions and CDATA sections (everything that starts with
   * `<`), and references (`&`).
   */
  markup: 200_000,
  textChars: 65_536,
} as const;

/** Number of characters per parser call, so that parsing stops soon after a file is refused. */
const PART = 16_384;

interface OpenElement extends XmlElement {
  children: XmlElement[];
  text: string;
}

interface XmlReading {
  /**
   * Called with the root after its start tag and before its content. An error that it throws ends
   * the parsing.
   */
  readonly checkRoot: (root: Pick<XmlElement, 'uri' | 'local'>) => void;
  /** Selects elements whose text the parser drops, so that attachments use no memory. */
  readonly ignoresText: (element: XmlElement) => boolean;
}

/**
 * Parses an XML 1.0 file with namespaces to an element tree.
 *
 * @throws {@link InvalidInputError} `ubl.malformed` with the line, never the text, for input that
 *   is not well-formed; `ubl.doctype` for any document type declaration, the only place where
 *   entities can be defined; `ubl.too-complex` above {@link XML_LIMITS}; `ubl.too-large` and
 *   `ubl.encoding` as in `xml-bytes.ts`.
 * @see https://www.w3.org/TR/xml-names/, section 6
 */
export function parseXml(bytes: Uint8Array, { checkRoot, ignoresText }: XmlReading): XmlElement {
  const text = decodeXml(bytes);

  checkMarkup(bytes);

  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributes = 0;
  let allAttributes = 0;

  const append = (more: string) => {
    const element = open.at(-1);
    if (element === undefined || ignoresText(element)) return;
    element.text += more;
    if (element.text.length > XML_LIMITS.textChars)
      throw tooComplex('characters in one element', XML_LIMITS.textChars);
  };

  parser.on('error', () => {
    throw malformed(parser.line);
  });

  parser.on('doctype', () => {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.doctype',
      'the file has a document type declaration, which is not allowed',
    );
  });

  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined) checkDeclaredEncoding(encoding, text);
  });
  parser.on('opentagstart', () => {
    attributes = 0;
    if (++elements > XML_LIMITS.elements) throw tooComplex('elements', XML_LIMITS.elements);
    if (open.length >= XML_LIMITS.depth) throw tooComplex('levels', XML_LIMITS.depth);
  });

  parser.on('attribute', () => {
    if (++attributes > XML_LIMITS.attributes)
      throw tooComplex('attributes in one element', XML_LIMITS.attributes);
    if (++allAttributes > XML_LIMITS.allAttributes)
      throw tooComplex('attributes', XML_LIMITS.allAttributes);
  });

  parser.on('opentag', (tag) => {
    const plain = Object.values(tag.attributes).filter((attribute) => attribute.uri === '');

    const element: OpenElement = {
      uri: tag.uri,
      local: tag.local,
      attributes: new Map(plain.map(({ local, value }) => [local, value])),
      children: [],
      text: '',
    };

    open.at(-1)?.children.push(element);
    if (root === undefined) checkRoot(element);

    root ??= element;
    open.push(element);
  });

  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('text', append);
  parser.on('cdata', append);

  try {
    for (let at = 0; at < text.length; at += PART) parser.write(text.slice(at, at + PART));
    parser.close();
  } catch (error) {
    // The messages of the parser quote the file, so they are not passed on, not even as a cause.
    throw isWritError(error) ? error : malformed(parser.line);
  }

  if (root === undefined) throw malformed(parser.line);

  return root;
}

/**
 * Counts markup before parsing: comments and references cost as much as elements, and the parser
 * does not report references.
 */
function checkMarkup(bytes: Uint8Array): void {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let left: number = XML_LIMITS.markup;
  for (const mark of ['<', '&']) {
    for (let at = found.indexOf(mark); at !== -1; at = found.indexOf(mark, at + 1)) {
      if (--left < 0) throw tooComplex('tags, comments and references', XML_LIMITS.markup);
    }
  }
}

function malformed(line: number): InvalidInputError<UblErrorCode> {
  return new InvalidInputError<UblErrorCode>(
    'ubl.malformed',
    `the file is not well-formed XML 1.0 at line ${line}`,
    { line },
  );
}

function tooComplex(what: string, limit: number): InvalidInputError<UblErrorCode> {
  return new InvalidInputError<UblErrorCode>(
    'ubl.too-complex',
    `the file has more than ${limit} ${what}`,
    {
      what,
      limit,
    },
  );
}
