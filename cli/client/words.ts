/** A moment, in milliseconds since the epoch or as text of ISO 8601, to the minute. */
export const moment = (at: number | string): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** A value as people read it: text as it is, everything else as JSON. */
export const shownValue = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
