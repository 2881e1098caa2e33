/**
 * A moment, in milliseconds since the epoch or as text of ISO 8601, to the minute of UTC, where
 * that is said already.
 */
export const minute = (at: number | string): string =>
  new Date(at).toISOString().slice(0, 16).replace('T', ' ');

/** The same where nothing says of which clock. */
export const moment = (at: number | string): string => `${minute(at)} UTC`;

/** A value as people read it: text as it is, everything else as JSON. */
export const shownValue = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
