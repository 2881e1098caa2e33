import type { VendorOutcome } from './ports.ts';

/**
 * Cause of a call without effect, if its outcome code shows a cause.
 * - `down`: the vendor, or the connection to it, is unavailable.
 * - `credentials`: the credentials are missing, or the vendor rejected them before it processed the
 *   request.
 * - `request`: the step's request cannot be sent, now or later.
 */
export type VendorCause = 'down' | 'credentials' | 'request';

/** Codes of unsent calls that fail on every attempt, independently of the vendor. */
const REQUEST = [
  'path-invalid',
  'request-invalid',
  'request-too-large',
  'serialized-request-entity-too-large',
  'invalid-request-content',
];
/** Outcome codes of a vendor that limits the rate of requests, or is out of service. */
const BUSY = ['http-429', 'http-503'];
const CREDENTIALS = ['http-401', 'http-403'];

/**
 * Returns the cause of a failed call; undefined if the call was answered, or its code does not show
 * a cause.
 */
export function vendorCause({
  outcome,
  code = '',
}: Pick<VendorOutcome, 'outcome' | 'code'>): VendorCause | undefined {
  if (outcome === 'answered') return undefined;
  if (CREDENTIALS.includes(code)) return 'credentials';
  if (outcome === 'unknown') return BUSY.includes(code) ? 'down' : undefined;
  // `too-late`: the step ran out of time
  if (outcome === 'refused' || code === 'too-late') return undefined;
  if (code.startsWith('secret-')) return 'credentials';

  return REQUEST.includes(code) ? 'request' : 'down';
}
