import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { canonicalBytes, type Json, parseJson } from '#shared/kernel/index.ts';
import type { Dice } from './seeded-dice.ts';
import { unguarded } from './unguarded.ts';

/**
 * One change to a ledger's file: where it was made, for the table, and exactly what, for whoever
 * looks into it.
 */
export interface Flip {
  readonly where: string;
  readonly what: string;
}

const PAGE = 4_096;

/** Numbers of the pages that hold something: all but those on the list of free ones. */
export function usedPages(whole: Buffer): number[] {
  const free = new Set<number>();
  for (
    let trunk = whole.readUInt32BE(32);
    trunk !== 0;
    trunk = whole.readUInt32BE((trunk - 1) * PAGE)
  ) {
    const at = (trunk - 1) * PAGE;
    free.add(trunk);
    for (let i = 0; i < whole.readUInt32BE(at + 4); i++)
      free.add(whole.readUInt32BE(at + 8 + 4 * i));
  }

  return Array.from({ length: whole.length / PAGE }, (_, i) => i + 1).filter(
    (page) => !free.has(page),
  );
}

/** Flips a bit, or overwrites a byte, somewhere in a used page of the file of a folder. */
export function flipByte(folder: string, dice: Dice): Flip {
  const path = join(folder, 'ledger.db');
  const whole = readFileSync(path);
  const at = (dice.one(usedPages(whole)) - 1) * PAGE + dice.below(PAGE);
  const before = whole[at] as number;
  const after = dice.chance(75) ? before ^ (1 << dice.below(8)) : dice.below(256);

  whole[at] = after;
  writeFileSync(path, whole);

  return { where: 'page', what: `byte ${at}: ${before} to ${after}` };
}

/** Every column of every table that holds rows, `table.column`. */
export function columns(folder: string): string[] {
  const db = new DatabaseSync(join(folder, 'ledger.db'), { readOnly: true });
  const tables = db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all();

  const found = tables.flatMap(({ name }) =>
    db
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(String(name))
      .map((column) => `${name}.${column.name}`),
  );

  db.close();

  return found;
}

/** Words that somebody who knows the documents would write into one. */
const WORDS = [
  'autonomous',
  'shadow',
  'approved',
  'rejected',
  'passed',
  'done',
  'ready',
  'running',
  'open',
  'Compliance Officer',
];

/**
 * Changes one word or number of a document, as somebody does who wants it to be another: it stays
 * the canonical text of a document.
 */
export function flipWord(folder: string, dice: Dice): Flip {
  const db = new DatabaseSync(join(folder, 'ledger.db'));

  const rows = db
    .prepare('SELECT rowid AS row, target, body FROM document ORDER BY target')
    .all() as {
    row: number;
    target: string;
    body: Uint8Array;
  }[];

  const { row, target, body } = dice.one(rows);
  const document = parseJson(body);
  const leaves = [...leavesOf(document)];
  const [holder, name] = dice.one(leaves);
  const before = holder[name] as Json;

  const after =
    typeof before === 'number'
      ? otherNumber(before, dice)
      : typeof before === 'boolean'
        ? !before
        : dice.one(WORDS);

  holder[name] = after;
  db.prepare('UPDATE document SET body = ? WHERE rowid = ?').run(canonicalBytes(document), row);
  db.close();

  return {
    where: 'word of a document',
    what: `${target} ${name}: ${shown(String(before))} to ${after}`,
  };
}

/** Everything in a value that is no object and no list, by what it is in. */
function* leavesOf(value: Json): Generator<[Record<string, Json>, string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inside] of Object.entries(value as Record<string, Json>)) {
    if (typeof inside === 'object' && inside !== null) yield* leavesOf(inside);
    else yield [value as Record<string, Json>, name];
  }
}

/** One digit is another. */
function otherNumber(value: number, dice: Dice): number {
  const digits = [...String(value)];
  digits[dice.below(digits.length)] = String(1 + dice.below(9));
  const other = Number(digits.join(''));
  return Number.isSafeInteger(other) && other !== value ? other : value + 1;
}

type Value = string | number | bigint | Uint8Array | null;

/**
 * Changes one value of a column, in one row, by SQL. Undefined where the column has no row, or the
 * database refuses the value.
 */
export function flipValue(folder: string, column: string, dice: Dice): Flip | undefined {
  const [table = '', name = ''] = column.split('.');
  let what: string | undefined;

  unguarded(folder, (db) => {
    db.exec('PRAGMA foreign_keys = OFF');

    const rows = db.prepare(`SELECT rowid AS row, ${name} AS value FROM ${table}`).all() as {
      row: number;
      value: Value;
    }[];
    if (rows.length === 0) return;

    const { row, value } = dice.one(rows);
    const changed = bent(value, dice);

    try {
      db.prepare(`UPDATE ${table} SET ${name} = ? WHERE rowid = ?`).run(changed, row);
      what = `row ${row}: ${shown(value)} to ${shown(changed)}`;
    } catch {
      // another row has the value, or it is not of the column's type
    }
  });

  return what === undefined ? undefined : { where: column, what };
}

function bent(value: Value, dice: Dice): Value {
  if (value === null) return dice.one<Value>([0, 1, dice.below(2 ** 31), 'runs#payment#bench', '']);
  if (typeof value === 'number' || typeof value === 'bigint')
    return dice.chance(50)
      ? Number(value) + dice.one([-1, 1])
      : flippedInteger(Number(value), dice);
  if (typeof value === 'string')
    return Buffer.from(flipped(Buffer.from(value), dice)).toString('latin1');

  return flipped(value, dice);
}

/** One of the bits that numbers have in practice, or the highest that a column takes. */
function flippedInteger(value: number, dice: Dice): number | bigint {
  return dice.chance(10)
    ? 9_223_372_036_854_775_807n
    : Number(BigInt(value) ^ (1n << BigInt(dice.below(45))));
}

function flipped(bytes: Uint8Array, dice: Dice): Uint8Array {
  const other = Uint8Array.from(bytes);
  if (other.length === 0) return Uint8Array.of(0x20);
  const at = dice.below(other.length);
  other[at] = (other[at] as number) ^ (1 << dice.below(7));
  return other;
}

function shown(value: Value): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
