import type { SecretVault } from '#shared/crypto/index.ts';
import {
  requestHash,
  responseHash,
  type VendorOutcome,
  type VendorRequest,
} from '#shared/engine/index.ts';
import { type Clock, isWritError } from '#shared/kernel/index.ts';
import type { Vendor } from './vendor.ts';

/** Where a vendor is, in this environment. */
export interface VendorEndpoint {
  /** Base URL. Its host must be one of the vendor's, its scheme `https`. */
  readonly url: string;
  /**
   * Also allow plain HTTP to this machine: only the embedded mode sets it, and there it is the
   * whole network.
   */
  readonly allowLoopback: boolean;
}

/** A call as it is handed to a vendor function. */
export interface VendorCall {
  readonly operation: 'call' | 'lookup';
  /** At most {@link CALL_TEXT_MAX} characters, as the request's path. */
  readonly key: string;
  /** What to send; for a lookup only its `blind` is used. */
  readonly request: VendorRequest;
  /**
   * When the caller gives up, in milliseconds since the epoch: nothing leaves after it. Clocks of
   * functions agree within milliseconds.
   */
  readonly notAfter: number;
}

export const CALL_TEXT_MAX = 1_000;

/** The most of an answer that is read, in bytes. What is longer counts as no answer. */
const ANSWER_MAX_BYTES = 256 * 1_024;
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Statuses below 500 after which the vendor may still act, or has not looked at the request. */
const UNDECIDED = new Set([408, 409, 425, 429]);

/**
 * How a vendor says that it does not take the credentials, and so has not looked at the request.
 */
const CREDENTIALS_REFUSED = new Set(['http-401', 'http-403']);

/**
 * Makes one call to a vendor: allowed host only, TLS, its secret, an idempotency key, no redirects.
 * Never throws; what comes back says how it ended and holds hashes instead of content.
 *
 * All of it takes at most the vendor's time, reading the secret included, and ends when the caller
 * gives up: whoever settles the claim then can rely on it that nothing leaves any more, also where
 * the caller's signal does not reach.
 *
 * When the vendor refuses the credentials, the secret may have been rotated since the vault read
 * it: if the vault has another one by now, the same bytes go out once more under the same key,
 * within the same time limit. Otherwise the refusal stands.
 */
export async function callVendor(
  vendor: Vendor,
  place: VendorEndpoint,
  vault: SecretVault,
  clock: Clock,
  { operation, key, request, notAfter }: VendorCall,
  signal?: AbortSignal,
): Promise<VendorOutcome> {
  const url = resolveUrl(
    vendor,
    place,
    operation === 'lookup' ? (vendor.lookupPath?.(key) ?? '') : request.path,
  );

  const use = {
    vendor: vendor.name,
    host: hostOf(place),
    secret: vendor.secret,
    request: requestHash(request),
  };

  const unsent = (code: string): VendorOutcome => ({ outcome: 'unsent', use, code });
  if (typeof url === 'string') return unsent(url);
  const left = Math.min(vendor.timeoutMs, notAfter - clock.now());
  if (left <= 0 || signal?.aborted === true) return unsent('too-late');

  const timeout = AbortSignal.timeout(left);
  const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);

  const attempt = async (headers: Headers): Promise<VendorOutcome> => {
    if (limit.aborted) return unsent('too-late');

    try {
      const sent =
        operation === 'lookup' ? { method: 'GET' } : { method: request.method, body: request.body };
      const response = await fetch(url, { ...sent, headers, redirect: 'error', signal: limit });
      const body = await readLimited(response);
      const { status } = response;
      if (body === undefined)
        return { outcome: 'unknown', use: { ...use, status }, code: 'answer-too-large' };

      const answered = { ...use, status, response: responseHash(request, body) };

      return {
        outcome: outcomeOf(operation, status),
        use: answered,
        body,
        code: response.ok ? undefined : `http-${status}`,
      };
    } catch (error) {
      return { ...failureOf(error), use };
    }
  };

  const first = await within(limit, credentials(vault, vendor.secret, key, {}));
  if (typeof first === 'string') return unsent(first);
  const outcome = await attempt(first);
  if (!CREDENTIALS_REFUSED.has(outcome.code ?? '')) return outcome;

  const second = await within(limit, credentials(vault, vendor.secret, key, { fresh: true }));
  const isAnother =
    typeof second !== 'string' && second.get('authorization') !== first.get('authorization');

  return isAnother && !limit.aborted ? attempt(second) : outcome;
}

/**
 * What says who asks, or a code that says why nothing can. A secret that no header takes is one
 * that nobody put there on purpose.
 */
async function credentials(
  vault: SecretVault,
  name: string,
  key: string,
  options: { readonly fresh?: boolean },
): Promise<Headers | string> {
  let secret: string;
  try {
    secret = await vault.get(name, options);
  } catch (error) {
    return isWritError(error, 'secret.unavailable') ? 'secret-unavailable' : 'secret-missing';
  }

  try {
    if (secret.trim() === '') return 'secret-invalid';

    return new Headers({
      authorization: `Bearer ${secret}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    });
  } catch {
    return 'secret-invalid';
  }
}

/** What `reading` gives, or where the time is up before, that there was no secret. */
function within<T>(limit: AbortSignal, reading: Promise<T>): Promise<T | 'secret-unavailable'> {
  if (limit.aborted) return Promise.resolve('secret-unavailable');
  return new Promise((resolve) => {
    const late = () => resolve('secret-unavailable');
    limit.addEventListener('abort', late, { once: true });
    void reading.then(resolve).finally(() => limit.removeEventListener('abort', late));
  });
}

function outcomeOf(operation: VendorCall['operation'], status: number): VendorOutcome['outcome'] {
  if (status >= 200 && status < 300) return 'answered';
  // of a lookup only "not found" says that nothing happened; a refusal to answer (a rotated token,
  // say) says nothing
  if (operation === 'lookup') return status === 404 ? 'refused' : 'unknown';
  return status >= 400 && status < 500 && !UNDECIDED.has(status) ? 'refused' : 'unknown';
}

/** The URL to call, or a code that says why it may not be called. */
function resolveUrl(vendor: Vendor, place: VendorEndpoint, path: string): URL | string {
  const base = URL.parse(place.url);
  if (base === null) return 'url-invalid';
  const loopback = place.allowLoopback && LOOPBACK.has(base.hostname);
  if (!loopback && (base.protocol !== 'https:' || !vendor.hosts.includes(base.hostname)))
    return 'host-not-allowed';
  if (!/^\/[A-Za-z0-9._~%/-]*(\?[A-Za-z0-9._~%=&-]*)?$/.test(path) || path.startsWith('//'))
    return 'path-invalid';

  const url = URL.parse(path, base.origin);

  return url === null || url.origin !== base.origin || url.username !== '' ? 'path-invalid' : url;
}

function hostOf(place: VendorEndpoint): string {
  return URL.parse(place.url)?.host || 'unknown';
}

async function readLimited(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;

  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > ANSWER_MAX_BYTES) return undefined;
    parts.push(part);
  }

  return Buffer.concat(parts).toString('utf8');
}

/** Errors of the network stack before which no byte of the request can have left. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** The other side could not prove who it is, so it was sent nothing. */
const UNPROVEN = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;
/**
 * How Node says that a connection ended during its handshake. Its code alone is that of a
 * connection that ended later, too.
 */
const IN_HANDSHAKE =
  'Client network socket disconnected before secure TLS connection was established';

interface NetworkError {
  readonly code?: string;
  readonly syscall?: string;
  readonly message?: string;
  /** One for each address of a name that was tried. */
  readonly errors?: readonly NetworkError[];
}

function failureOf(error: unknown): { outcome: 'unsent' | 'unknown'; code: string } {
  const name = (error as { name?: string }).name;
  if (name === 'TimeoutError' || name === 'AbortError' || name === 'StepTimeoutError')
    return { outcome: 'unknown', code: 'timeout' };
  const { cause = {} } = error as { cause?: NetworkError };
  if (!isBeforeSending(cause)) return { outcome: 'unknown', code: 'connection-lost' };
  return { outcome: 'unsent', code: kebab(cause.code) };
}

function isBeforeSending({ code = '', syscall, message, errors = [] }: NetworkError): boolean {
  if (
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    UNPROVEN.test(code) ||
    message === IN_HANDSHAKE
  )
    return true;
  if (errors.length > 0) return errors.every(isBeforeSending);

  return syscall === undefined && BEFORE_SENDING.has(code);
}

const kebab = (code: string | undefined): string =>
  code !== undefined && /^[A-Z][A-Z0-9_]{1,60}$/.test(code)
    ? code.toLowerCase().replaceAll('_', '-')
    : 'not-connected';
