/**
 * Formats a moment to the minute, in UTC.
 *
 * @param at - Milliseconds since the epoch, or ISO 8601 text.
 */
export const formatMinute = (at: number | string): string =>
  new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/** Formats a moment to the minute, followed by `UTC`. */
export const formatMoment = (at: number | string): string => `${formatMinute(at)} UTC`;

/** Formats a value for people: text unchanged, everything else as JSON. */
export const formatValue = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
