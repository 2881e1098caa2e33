/**
 * Element to write. Its name is `cac:…`, `cbc:…` or `Invoice`; the style decides the prefix in the
 * file.
 */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Child elements, or the text of a simple element. */
  readonly content: readonly XmlNode[] | string;
}

/**
 * Formatting of a file, which does not affect its meaning. The namespace with an empty prefix is
 * the default.
 */
export interface XmlStyle {
  readonly root: string;
  readonly cac: string;
  readonly cbc: string;
  readonly indent: string;
  readonly newline: '\n' | '\r\n' | '';
}

const SCHEMA = 'urn:oasis:names:specification:ubl:schema:xsd';

/** Returns a simple element with text, or an empty array if the text is absent. */
export function leaf(
  name: string,
  text: string | undefined,
  attributes: Readonly<Record<string, string>> = {},
): XmlNode[] {
  return text === undefined ? [] : [{ name, attributes, content: text }];
}

/** Returns an element with child elements, or an empty array if there are no child elements. */
export function group(name: string, ...content: readonly (readonly XmlNode[])[]): XmlNode[] {
  const nodes = content.flat();
  return nodes.length === 0 ? [] : [{ name, attributes: {}, content: nodes }];
}

/** Writes the file: declaration, root with its namespaces, and `content`. */
export function writeInvoice(content: readonly XmlNode[], style: XmlStyle): string {
  const attributes = {
    [attributeFor(style.root)]: `${SCHEMA}:Invoice-2`,
    [attributeFor(style.cac)]: `${SCHEMA}:CommonAggregateComponents-2`,
    [attributeFor(style.cbc)]: `${SCHEMA}:CommonBasicComponents-2`,
  };
  const root = write({ name: 'Invoice', attributes, content }, style, '');
  return `<?xml version="1.0" encoding="UTF-8"?>${style.newline}${root}`;
}

function write(node: XmlNode, style: XmlStyle, margin: string): string {
  const name = nameFor(node.name, style);
  const attributes = Object.entries(node.attributes).map(
    ([key, value]) => ` ${key}="${escaped(value)}"`,
  );

  const inside =
    typeof node.content === 'string'
      ? escaped(node.content)
      : style.newline +
        node.content.map((child) => write(child, style, margin + style.indent)).join('') +
        margin;

  return `${margin}<${name}${attributes.join('')}>${inside}</${name}>${style.newline}`;
}

function nameFor(name: string, style: XmlStyle): string {
  const [first = '', second] = name.split(':');
  const prefix = second === undefined ? style.root : style[first as 'cac' | 'cbc'];
  return prefix === '' ? (second ?? first) : `${prefix}:${second ?? first}`;
}

function attributeFor(prefix: string): string {
  return prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
