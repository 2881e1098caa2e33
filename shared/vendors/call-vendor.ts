import type { SecretVault } from '#shared/crypto/index.ts';
import {
  requestHash,
  responseHash,
  type VendorOutcome,
  type VendorRequest,
} from '#shared/engine/index.ts';
import { type Clock, isWritError } from '#shared/kernel/index.ts';
import type { Vendor } from './vendor.ts';

/** Endpoint of a vendor in this environment. */
export interface VendorEndpoint {
  /** Base URL. Its host must be one of the vendor's hosts, and its scheme must be `https`. */
  readonly url: string;
  /**
   * Also allows plain HTTP to the loopback address. Set only in embedded mode, where every vendor
   * is on this machine.
   */
  readonly allowLoopback: boolean;
}

/** Everything that a vendor's function needs to call the vendor. */
export interface VendorConnection {
  readonly vendor: Vendor;
  readonly endpoint: VendorEndpoint;
  readonly vault: SecretVault;
  readonly clock: Clock;
}

/** Input of a vendor function. */
export interface VendorCall {
  readonly operation: 'call' | 'lookup';
  /**
   * Idempotency key. At most {@link CALL_TEXT_MAX} characters, which is also the limit of the
   * request path.
   */
  readonly key: string;
  /** Request to send. A lookup uses only its `blind`. */
  readonly request: VendorRequest;
  /**
   * Deadline of the caller, in milliseconds since the epoch. No request is sent after it. The
   * clocks of functions agree within milliseconds.
   */
  readonly notAfter: number;
}

export const CALL_TEXT_MAX = 1_000;

/** Maximum size of a response, in bytes. A longer response counts as missing. */
const MAX_RESPONSE_BYTES = 256 * 1_024;
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
/**
 * Statuses below 500 that leave the outcome open: the vendor may still act, or has not processed
 * the request.
 */
const UNDECIDED = new Set([408, 409, 425, 429]);

/** Outcomes that mean that the vendor rejected the credentials, before it processed the request. */
const CREDENTIALS_REFUSED = new Set(['http-401', 'http-403']);

/**
 * Makes one call to a vendor: only to an allowed host, over TLS, with the vendor's secret and an
 * idempotency key, and without redirects. Never throws. The outcome contains hashes instead of
 * content.
 *
 * The whole call, including the read of the secret, takes at most the vendor's timeout and ends at
 * the caller's deadline: the process that later settles the claim can rely on the fact that no more
 * requests are sent, even if the caller's signal does not arrive.
 *
 * When the vendor rejects the credentials, the secret may have been rotated since the vault read
 * it. If the vault now has a new secret, the same bytes are sent once more with the same
 * idempotency key, within the same time limit. Otherwise the rejection is the outcome.
 */
export async function callVendor(
  { vendor, endpoint, vault, clock }: VendorConnection,
  { operation, key, request, notAfter }: VendorCall,
  signal?: AbortSignal,
): Promise<VendorOutcome> {
  const url = resolveUrl(
    vendor,
    endpoint,
    operation === 'lookup' ? (vendor.lookupPath?.(key) ?? '') : request.path,
  );

  const use = {
    vendor: vendor.name,
    host: hostOf(endpoint),
    secret: vendor.secret,
    request: requestHash(request),
  };

  const unsent = (code: string): VendorOutcome => ({ outcome: 'unsent', use, code });
  if (typeof url === 'string') return unsent(url);
  const remainingMs = Math.min(vendor.timeoutMs, notAfter - clock.now());
  if (remainingMs <= 0 || signal?.aborted === true) return unsent('too-late');

  const timeout = AbortSignal.timeout(remainingMs);
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
 * Returns the headers of the request, or a code if there are no credentials. A secret that is not a
 * valid header value is a configuration error.
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

/** Returns the result of `reading`, or `secret-unavailable` if the time limit is reached first. */
function within<T>(limit: AbortSignal, reading: Promise<T>): Promise<T | 'secret-unavailable'> {
  if (limit.aborted) return Promise.resolve('secret-unavailable');
  return new Promise((resolve) => {
    const onTimeout = () => resolve('secret-unavailable');
    limit.addEventListener('abort', onTimeout, { once: true });
    void reading.then(resolve).finally(() => limit.removeEventListener('abort', onTimeout));
  });
}

function outcomeOf(operation: VendorCall['operation'], status: number): VendorOutcome['outcome'] {
  if (status >= 200 && status < 300) return 'answered';
  // for a lookup, only "not found" proves that the vendor did not act; a refusal proves nothing,
  // because it may be due to a rotated token
  if (operation === 'lookup') return status === 404 ? 'refused' : 'unknown';
  return status >= 400 && status < 500 && !UNDECIDED.has(status) ? 'refused' : 'unknown';
}

/** Returns the URL to call, or a code with the reason that the call is not allowed. */
function resolveUrl(vendor: Vendor, endpoint: VendorEndpoint, path: string): URL | string {
  const base = URL.parse(endpoint.url);
  if (base === null) return 'url-invalid';
  const loopback = endpoint.allowLoopback && LOOPBACK.has(base.hostname);
  if (!loopback && (base.protocol !== 'https:' || !vendor.hosts.includes(base.hostname)))
    return 'host-not-allowed';
  if (!/^\/[A-Za-z0-9._~%/-]*(\?[A-Za-z0-9._~%=&-]*)?$/.test(path) || path.startsWith('//'))
    return 'path-invalid';

  const url = URL.parse(path, base.origin);

  return url === null || url.origin !== base.origin || url.username !== '' ? 'path-invalid' : url;
}

function hostOf(endpoint: VendorEndpoint): string {
  return URL.parse(endpoint.url)?.host || 'unknown';
}

async function readLimited(response: Response): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;

  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > MAX_RESPONSE_BYTES) return undefined;
    parts.push(part);
  }

  return Buffer.concat(parts).toString('utf8');
}

/** Network errors that occur before the first byte of a request is sent. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** TLS errors: the server could not prove its identity, so nothing was sent. */
const UNTRUSTED_PEER = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;
/**
 * Node's message when a connection ends during the TLS handshake. The error code is the same for a
 * connection that ends later.
 */
const IN_HANDSHAKE =
  'Client network socket disconnected before secure TLS connection was established';

interface NetworkError {
  readonly code?: string;
  readonly syscall?: string;
  readonly message?: string;
  /** Errors of each address of the host name that was tried. */
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
    UNTRUSTED_PEER.test(code) ||
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
