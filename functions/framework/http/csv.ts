import { stringify } from 'csv-stringify/sync';

/** A table for spreadsheets. A cell is written as text; nothing in it is calculated. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * As CSV (RFC 4180), with a row of headings. What a spreadsheet would calculate is made text by an
 * apostrophe.
 */
export function csvOf({ columns, rows }: Table): string {
  return stringify(
    rows.map((row) => row.map(cell)),
    { header: true, columns: [...columns], record_delimiter: '\r\n', escape_formulas: true },
  );
}

/**
 * What spreadsheets pass over before they look whether a cell is to be calculated. The library
 * looks at the first character only.
 */
const PADDED_FORMULA = /^[\p{White_Space}\p{Cc}\p{Cf}]+[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u;
const LINE_FIRST = /^\n/;
/**
 * The same after what a spreadsheet may take for the end of a cell: it may separate cells by
 * semicolons, and then splits a text at them. Looked for backwards from the one character, so that
 * a long text takes no longer than its length.
 */
const INNER_FORMULA =
  /[=+\-@\uFF1D\uFF0B\uFF0D\uFF20](?<=[;|\t\n\v\f\r\u0085\u2028\u2029][\p{White_Space}\p{Cc}\p{Cf}"]*.)/gu;

function cell(value: unknown): string | number {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number') return value;
  const text = (typeof value === 'string' ? value : JSON.stringify(value)).replace(
    INNER_FORMULA,
    "'$&",
  );
  return PADDED_FORMULA.test(text) || LINE_FIRST.test(text) ? `'${text}` : text;
}
