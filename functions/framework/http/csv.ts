import { stringify } from 'csv-stringify/sync';

/** Table for spreadsheets. Every cell is text and is never evaluated as a formula. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Formats a table as CSV (RFC 4180) with a header row. Adds an apostrophe before text that a
 * spreadsheet would evaluate, which makes it plain text.
 */
export function toCsv({ columns, rows }: Table): string {
  return stringify(
    rows.map((row) => row.map(cell)),
    { header: true, columns: [...columns], record_delimiter: '\r\n', escape_formulas: true },
  );
}

/**
 * Matches formulas after characters that spreadsheets skip. The CSV library checks only the first
 * character.
 */
const PADDED_FORMULA = /^[\p{White_Space}\p{Cc}\p{Cf}]+[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/u;
const LINE_FIRST = /^\n/;
/**
 * Matches formulas after a possible cell separator, because a spreadsheet may split text at
 * semicolons. Looks backwards from the operator, so that the time stays linear in the length of the
 * text.
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
