/**
 * Formats a moment to the minute, in UTC.
 *
 * @param at - Milliseconds since the epoch, or ISO 8601 text.
 */
export const minute = (at: number | string): string =>
  new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/** Formats a moment to the minute, followed by `UTC`. */
export const moment = (at: number | string): string => `${minute(at)} UTC`;

/** Formats a value for people: text unchanged, everything else as JSON. */
export const shownValue = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
