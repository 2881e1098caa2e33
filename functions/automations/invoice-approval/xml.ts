import { SaxesParser } from 'saxes';

import { InvalidInputError, isWritError } from '#shared/kernel/index.ts';
import { checkDeclaredEncoding, decodeXml } from './xml-bytes.ts';

/** An element by its namespace and local name; the prefix that a file happens to use is not kept. */
export interface XmlElement {
  readonly uri: string;
  readonly local: string;
  /** The attributes without a prefix, by name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The characters directly inside, comments left out, CDATA and character references resolved. */
  readonly text: string;
}

/** How much an XML file may hold. Each limit bounds memory for a file that is made to exhaust it. */
const XML_LIMITS = { depth: 32, elements: 50_000, attributes: 64, textChars: 65_536 } as const;

interface OpenElement extends XmlElement {
  children: XmlElement[];
  text: string;
}

/**
 * The element tree of an XML 1.0 file with namespaces.
 *
 * @param ignoresText names the elements whose text is dropped while reading, so that attachments cost nothing.
 * @throws {@link InvalidInputError} `ubl.malformed` with the line (never with the text) for what is not well formed;
 *   `ubl.doctype` for any document type declaration, the only place where entities can be defined;
 *   `ubl.too-complex` above {@link XML_LIMITS}; `ubl.too-large` and `ubl.encoding` as in `xml-bytes.ts`.
 * @see https://www.w3.org/TR/xml-names/, section 6
 */
export function parseXml(bytes: Uint8Array, ignoresText: (element: XmlElement) => boolean): XmlElement {
  const text = decodeXml(bytes);
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributes = 0;

  const append = (more: string) => {
    const element = open.at(-1);
    if (element === undefined || ignoresText(element)) return;
    element.text += more;
    if (element.text.length > XML_LIMITS.textChars) throw tooComplex('characters in one element', XML_LIMITS.textChars);
  };
  parser.on('error', () => {
    throw malformed(parser.line);
  });
  parser.on('doctype', () => {
    throw new InvalidInputError('ubl.doctype', 'the file has a document type declaration; allowed is none');
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
    if (++attributes > XML_LIMITS.attributes) throw tooComplex('attributes in one element', XML_LIMITS.attributes);
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
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  parser.on('text', append);
  parser.on('cdata', append);

  try {
    parser.write(text).close();
  } catch (error) {
    // The parser's own messages quote the file, so none is passed on, not even as a cause.
    throw isWritError(error) ? error : malformed(parser.line);
  }
  if (root === undefined) throw malformed(parser.line);
  return root;
}

function malformed(line: number): InvalidInputError {
  return new InvalidInputError('ubl.malformed', `the file is not well-formed XML 1.0 at line ${line}`, { line });
}

function tooComplex(what: string, limit: number): InvalidInputError {
  return new InvalidInputError('ubl.too-complex', `the file has more than ${limit} ${what}; allowed are at most ${limit}`, { what, limit });
}
