import type { Body } from './engine.ts';
import { refused } from './refusal.ts';

/** An attribute value as the wire has it; `B` is base64. Only the three types the ledger stores. */
export type Value = { readonly S: string } | { readonly N: string } | { readonly B: string };

export type Item = Readonly<Record<string, Value>>;

/** What the statements know an item by. */
export interface Key {
  readonly pk: Value;
  readonly sk: Value;
}

/**
 * DynamoDB holds numbers of 38 digits; the ledger stores whole ones, so equal numbers are equal
 * texts.
 */
const WHOLE = /^(?:0|-?[1-9]\d{0,37})$/;

/**
 * A parameter, checked.
 *
 * @throws a ValidationException for any other type, for a number that is not whole or not in its
 *   shortest form, and for text that is not base64.
 */
export function toValue(raw: unknown, place: string): Value {
  const [[type, value] = [], ...more] = Object.entries(raw ?? {});
  if (more.length === 0 && typeof value === 'string') {
    if (type === 'S') return { S: value };
    if (type === 'N' && WHOLE.test(value)) return { N: value };
    if (type === 'B' && Buffer.from(value, 'base64').toString('base64') === value)
      return { B: value };
  }

  throw refused(
    `${place} is of the type ${String(type)}; allowed are S, B, and N with a whole number`,
  );
}

export const sameValue = (a: Value | undefined, b: Value | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Equal for equal items, whatever the order of their attributes. */
export const itemText = (item: Item): string =>
  JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Names an item among all tables. */
export const keyText = (table: string, { pk, sk }: Key): string => JSON.stringify([table, pk, sk]);

export function keyOf(item: Item): Key {
  const { pk, sk } = item;
  if (pk === undefined || sk === undefined)
    throw new Error(`an item without pk or sk: ${Object.keys(item).join(', ')}`);
  return { pk, sk };
}

/**
 * Bytes an item counts: names and text in UTF-8, bytes as they are, numbers about a byte for two
 * significant digits (page "DynamoDB Item sizes and formats").
 */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes(value: Value): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  const digits = value.N.replace(/^-/, '').replace(/0+$/, '').length;
  return 1 + Math.ceil(digits / 2) + (value.N.startsWith('-') ? 1 : 0);
}

/**
 * The part of a body that has to be an object. @throws a ValidationException when it is something
 * else.
 */
export function toBody(raw: unknown, place: string): Body {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw refused(`${place} is not an object`);
  return raw as Body;
}
