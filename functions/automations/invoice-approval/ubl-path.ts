import { InvalidInputError, stripInvisible } from 'writ';
import type { UblErrorCode } from './ubl-error-codes.ts';
import type { XmlElement } from './xml.ts';

const NAMESPACES: Readonly<Record<string, string>> = {
  cac: 'urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2',
  cbc: 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2',
};

const MAX_TEXT = 256;
/**
 * Maximum number of repeated parts of a party or of payment means. Real invoices have one to three.
 */
export const MAX_REPEATS = 50;

/** Element with its path, which error messages contain. */
export interface UblNode {
  readonly element: XmlElement;
  readonly path: string;
}

/**
 * Returns true if `element` is the UBL element `name`. The name starts with `cac:` or `cbc:`
 * regardless of the prefix in the file.
 */
export function isUbl(element: XmlElement, name: string): boolean {
  return element.local === name.slice(4) && element.uri === NAMESPACES[name.slice(0, 3)];
}

/**
 * Returns the child elements with this name, in document order.
 *
 * @throws {@link InvalidInputError} `ubl.too-many` above `limit`.
 */
export function all(at: UblNode, name: string, limit: number): UblNode[] {
  const found = at.element.children.filter((child) => isUbl(child, name));
  const path = join(at, name);
  if (found.length > limit) {
    const message = `${path} occurs ${found.length} times, limit ${limit}`;
    throw new InvalidInputError<UblErrorCode>('ubl.too-many', message, {
      path,
      seen: found.length,
      limit,
    });
  }
  return found.map((element, i) => ({ element, path: limit === 1 ? path : `${path}[${i + 1}]` }));
}

/**
 * Returns the element at a path of names separated by `/`; undefined if it is absent. Each name may
 * occur at most once. If a name occurred twice, a parser that takes the first occurrence could see
 * a different value from the one that a person sees.
 *
 * @throws {@link InvalidInputError} `ubl.too-many` for a repeated name.
 */
export function one(at: UblNode, names: string): UblNode | undefined {
  let spot: UblNode | undefined = at;
  for (const name of names.split('/')) spot = spot && all(spot, name, 1)[0];
  return spot;
}

/**
 * Returns the element at a path, like {@link one}.
 *
 * @throws {@link InvalidInputError} `ubl.missing` when it is absent.
 */
export function need(at: UblNode, names: string): UblNode {
  return one(at, names) ?? missing(join(at, names));
}

/**
 * Returns the text of a simple element as people read it: without invisible characters, with white
 * space collapsed, and composed (NFC). Returns an empty string if there is no text.
 *
 * @throws {@link InvalidInputError} `ubl.not-simple` when the element has child elements.
 */
export function textOf(at: UblNode): string {
  if (at.element.children.length > 0) {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.not-simple',
      `${at.path} contains elements; expected text`,
      {
        path: at.path,
      },
    );
  }

  return at.element.text
    .split(/[\s\p{Cc}\p{Z}]+/u)
    .map(stripInvisible)
    .filter((word) => word !== '')
    .join(' ')
    .normalize('NFC');
}

/** Returns the text at an element path; undefined when the element is absent or empty. */
export function maybeText(at: UblNode, names: string): string | undefined {
  const spot = one(at, names);
  return (spot && textOf(spot)) || undefined;
}

/**
 * Returns the text at an element path.
 *
 * @throws {@link InvalidInputError} `ubl.missing` when the element is absent or empty.
 */
export function needText(at: UblNode, names: string): string {
  return maybeText(at, names) ?? missing(join(at, names));
}

/**
 * Normalizes an identifier to NFKC, so that compatibility spellings are equal.
 *
 * @throws {@link InvalidInputError} `ubl.text-too-long` above `limit` characters.
 */
export function identifier(text: string, path: string, limit = 64): string {
  const id = text.normalize('NFKC');
  if (id.length <= limit) return id;

  throw new InvalidInputError<UblErrorCode>(
    'ubl.text-too-long',
    `${path} has ${id.length} characters, limit ${limit}`,
    {
      path,
      seen: id.length,
      limit,
    },
  );
}

/** Truncates a text to 256 code points without splitting a character. */
export function capped(text: string): string {
  return text.length <= MAX_TEXT ? text : [...text].slice(0, MAX_TEXT).join('');
}

export function missing(path: string): never {
  throw new InvalidInputError<UblErrorCode>('ubl.missing', `${path} is missing or empty`, {
    path,
  });
}

function join(at: UblNode, names: string): string {
  return at.path === '' ? names : `${at.path}/${names}`;
}
