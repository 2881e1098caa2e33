import type { VendorOutcome } from './ports.ts';

/**
 * Why a call did not come about, as far as its code says so.
 * - `down`: the vendor, or the way to it, does not serve now.
 * - `credentials`: there are none, or the vendor does not take them, and so has not looked at the
 *   request.
 * - `request`: what the step wants to send can never be sent.
 */
export type Cause = 'down' | 'credentials' | 'request';

/**
 * Of a call that was not sent: what the same call runs into again, whatever becomes of the vendor.
 */
const REQUEST = [
  'path-invalid',
  'request-invalid',
  'request-too-large',
  'serialized-request-entity-too-large',
  'invalid-request-content',
];
/** Statuses by which a vendor says that it is asked too much, or serves nobody now. */
const BUSY = ['http-429', 'http-503'];
const CREDENTIALS = ['http-401', 'http-403'];

export function causeOf({
  outcome,
  code = '',
}: Pick<VendorOutcome, 'outcome' | 'code'>): Cause | undefined {
  if (outcome === 'answered') return undefined;
  if (CREDENTIALS.includes(code)) return 'credentials';
  if (outcome === 'unknown') return BUSY.includes(code) ? 'down' : undefined;
  // the step's own time was over
  if (outcome === 'refused' || code === 'too-late') return undefined;
  if (code.startsWith('secret-')) return 'credentials';

  return REQUEST.includes(code) ? 'request' : 'down';
}
