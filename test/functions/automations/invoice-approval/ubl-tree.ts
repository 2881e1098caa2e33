import { parseXml, type XmlElement } from '#functions/automations/invoice-approval/xml.ts';
import { utf8 } from './good-invoice.ts';

const XSD = 'urn:oasis:names:specification:ubl:schema:xsd';
const URIS: Readonly<Record<string, string>> = {
  cac: `${XSD}:CommonAggregateComponents-2`,
  cbc: `${XSD}:CommonBasicComponents-2`,
};

interface Node {
  readonly uri: string;
  readonly local: string;
  attributes: Map<string, string>;
  children: Node[];
  text: string;
}

/**
 * The invoice with the element or attribute at `path` set to `value`. Where an element of the path
 * is not there, it is added; where it is there several times, the first is taken.
 *
 * @param path - Names divided by `/`, such as `cac:OrderReference/cbc:ID` or
 *   `cbc:Note/@languageID`.
 */
export function withTerm(xml: string, path: string, value: string): string {
  const root = copyOf(parseXml(utf8(xml), { checkRoot: () => {}, ignoresText: () => false }));
  let at = root;

  for (const name of path.split('/')) {
    if (name.startsWith('@')) {
      at.attributes.set(name.slice(1), value);
      return written(root);
    }
    at = childOf(at, name);
  }

  if (at.children.length === 0) at.text = value;

  return written(root);
}

/** The invoice without the elements at `path`. */
export function withoutTerm(xml: string, path: string): string {
  const root = copyOf(parseXml(utf8(xml), { checkRoot: () => {}, ignoresText: () => false }));
  const names = path.split('/');
  const last = names.pop() ?? '';
  const parent = names.reduce(childOf, root);
  parent.children = parent.children.filter((child) => !isCalled(child, last));
  return written(root);
}

function childOf(at: Node, name: string): Node {
  const found = at.children.find((child) => isCalled(child, name));
  if (found !== undefined) return found;

  const added: Node = {
    uri: URIS[name.slice(0, 3)] ?? '',
    local: name.slice(4),
    attributes: new Map(),
    children: [],
    text: '',
  };

  at.children.push(added);

  return added;
}

function isCalled({ uri, local }: Node, name: string): boolean {
  return uri === URIS[name.slice(0, 3)] && local === name.slice(4);
}

function copyOf({ uri, local, attributes, children, text }: XmlElement): Node {
  return {
    uri,
    local,
    attributes: new Map(attributes),
    children: children.map(copyOf),
    text: children.length > 0 ? '' : text,
  };
}

function written({ uri, local, attributes, children, text }: Node): string {
  const given = [...attributes].map(([name, value]) => ` ${name}="${escaped(value)}"`).join('');
  return `<${local} xmlns="${uri}"${given}>${escaped(text)}${children.map(written).join('')}</${local}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
