import { InvalidInputError, stripInvisible } from 'writ';
import type { UblErrorCode } from './ubl-error-codes.ts';
import type { XmlElement } from './xml.ts';

const NAMESPACES: Readonly<Record<string, string>> = {
  cac: 'urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2',
  cbc: 'urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2',
};

const MAX_TEXT = 256;
/** How often a part of a party or a way to pay may be repeated. Real invoices have one to three. */
export const MAX_REPEATS = 50;

/** An element together with the path by which it was reached, for messages. */
export interface Spot {
  readonly element: XmlElement;
  readonly path: string;
}

/**
 * Whether `element` is the UBL element `name`, written `cac:…` or `cbc:…` whatever prefix the file
 * uses.
 */
export function isUbl(element: XmlElement, name: string): boolean {
  return element.local === name.slice(4) && element.uri === NAMESPACES[name.slice(0, 3)];
}

/**
 * The children called `name`, in document order.
 *
 * @throws {@link InvalidInputError} `ubl.too-many` above `limit`.
 */
export function all(at: Spot, name: string, limit: number): Spot[] {
  const found = at.element.children.filter((child) => isUbl(child, name));
  const path = join(at, name);
  if (found.length > limit) {
    const message = `${path} is there ${found.length} times; allowed is at most ${limit}`;
    throw new InvalidInputError<UblErrorCode>('ubl.too-many', message, {
      path,
      seen: found.length,
      limit,
    });
  }
  return found.map((element, i) => ({ element, path: limit === 1 ? path : `${path}[${i + 1}]` }));
}

/**
 * The element at a path of names divided by `/`, or nothing. Each name may be there at most once,
 * because a reader that takes the first of two can be shown another value than the one a person
 * saw.
 *
 * @throws {@link InvalidInputError} `ubl.too-many` where a name is there twice.
 */
export function one(at: Spot, names: string): Spot | undefined {
  let spot: Spot | undefined = at;
  for (const name of names.split('/')) spot = spot && all(spot, name, 1)[0];
  return spot;
}

/**
 * The same as {@link one}, where the element must be there. Throws `ubl.missing` with the path when
 * it is not.
 */
export function need(at: Spot, names: string): Spot {
  return one(at, names) ?? missing(join(at, names));
}

/**
 * The text of a simple element as people read it: what shows nothing removed, white space
 * collapsed, composed (NFC). Empty when there is none.
 *
 * @throws {@link InvalidInputError} `ubl.not-simple` when the element has elements inside.
 */
export function textOf(at: Spot): string {
  if (at.element.children.length > 0) {
    throw new InvalidInputError<UblErrorCode>(
      'ubl.not-simple',
      `${at.path} has elements inside; allowed is text`,
      { path: at.path },
    );
  }

  return at.element.text
    .split(/[\s\p{Cc}\p{Z}]+/u)
    .map(stripInvisible)
    .filter((word) => word !== '')
    .join(' ')
    .normalize('NFC');
}

/** The text at a path of names, or nothing when the element is absent or empty. */
export function maybeText(at: Spot, names: string): string | undefined {
  const spot = one(at, names);
  return (spot && textOf(spot)) || undefined;
}

/**
 * The text at a path of names. Throws `ubl.missing` with the path when the element is absent or
 * empty.
 */
export function needText(at: Spot, names: string): string {
  return maybeText(at, names) ?? missing(join(at, names));
}

/**
 * An identifier: compatibility forms folded (NFKC), so that two spellings that look alike are one.
 *
 * @throws {@link InvalidInputError} `ubl.text-too-long` above `limit` characters.
 */
export function identifier(text: string, path: string, limit = 64): string {
  const id = text.normalize('NFKC');
  if (id.length <= limit) return id;

  throw new InvalidInputError<UblErrorCode>(
    'ubl.text-too-long',
    `${path} has ${id.length} characters; allowed are at most ${limit}`,
    {
      path,
      seen: id.length,
      limit,
    },
  );
}

/**
 * At most 256 characters of a text for people; counted as code points, so that no character is cut
 * in two.
 */
export function capped(text: string): string {
  return text.length <= MAX_TEXT ? text : [...text].slice(0, MAX_TEXT).join('');
}

export function missing(path: string): never {
  throw new InvalidInputError<UblErrorCode>(
    'ubl.missing',
    `${path} is missing or empty; it must have a value`,
    {
      path,
    },
  );
}

function join(at: Spot, names: string): string {
  return at.path === '' ? names : `${at.path}/${names}`;
}
