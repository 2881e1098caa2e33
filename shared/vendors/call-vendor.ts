import type { SecretVault } from '#shared/crypto/index.ts';
import { requestHash, responseHash, type VendorOutcome, type VendorRequest } from '#shared/engine/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import type { Vendor } from './vendor.ts';

/** Where a vendor is, in this environment. */
export interface VendorPlace {
  /** Base URL. Its host must be one of the vendor's, its scheme `https`. */
  readonly url: string;
  /** Also allow plain HTTP to this machine: only the embedded mode sets it, and there it is the whole network. */
  readonly allowLoopback: boolean;
}

/** A call as it is handed to a vendor function. */
export interface VendorCall {
  readonly operation: 'call' | 'lookup';
  readonly key: string;
  /** What to send; for a lookup only its `blind` is used. */
  readonly request: VendorRequest;
}

/** The most of an answer that is read, in bytes. What is longer counts as no answer. */
const ANSWER_MAX_BYTES = 256 * 1_024;
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
/** Statuses below 500 after which the vendor may still act, or has not looked at the request. */
const UNDECIDED = new Set([408, 409, 425, 429]);

/** How a vendor says that it does not take the credentials, and so has not looked at the request. */
const CREDENTIALS_REFUSED = new Set(['http-401', 'http-403']);

/**
 * Makes one call to a vendor: allowed host only, TLS, its secret, an idempotency key, a time limit, no redirects. Never
 * throws; what comes back says how it ended and holds hashes instead of content.
 *
 * When the vendor refuses the credentials, the secret may have been rotated since the vault read it: if the vault has another
 * one by now, the same bytes go out once more under the same key, within the same time limit. Otherwise the refusal stands.
 */
export async function callVendor(
  vendor: Vendor,
  place: VendorPlace,
  vault: SecretVault,
  { operation, key, request }: VendorCall,
  signal?: AbortSignal,
): Promise<VendorOutcome> {
  const url = resolveUrl(vendor, place, operation === 'lookup' ? (vendor.lookupPath?.(key) ?? '') : request.path);
  const base = { vendor: vendor.name, host: hostOf(place), secret: vendor.secret, request: requestHash(request) };
  if (typeof url === 'string') return { outcome: 'unsent', use: base, code: url };
  let secret: string;
  try {
    secret = await vault.get(vendor.secret);
  } catch (error) {
    return { outcome: 'unsent', use: base, code: isWritError(error, 'secret.unavailable') ? 'secret-unavailable' : 'secret-missing' };
  }
  const timeout = AbortSignal.timeout(vendor.timeoutMs);
  const limit = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const send = async (authorization: string): Promise<VendorOutcome> => {
    try {
      const response = await fetch(url, {
        method: operation === 'lookup' ? 'GET' : request.method,
        headers: { authorization, 'content-type': 'application/json', 'idempotency-key': key },
        ...(operation === 'lookup' ? {} : { body: request.body }),
        redirect: 'error',
        signal: limit,
      });
      const body = await readLimited(response);
      if (body === undefined) return { outcome: 'unknown', use: { ...base, status: response.status }, code: 'answer-too-large' };
      const use = { ...base, status: response.status, response: responseHash(request, body) };
      return { outcome: outcomeOf(operation, response.status), use, body, ...(response.ok ? {} : { code: `http-${response.status}` }) };
    } catch (error) {
      return { ...failureOf(error), use: base };
    }
  };
  const outcome = await send(`Bearer ${secret}`);
  if (!CREDENTIALS_REFUSED.has(outcome.code ?? '')) return outcome;
  const rotated = await vault.get(vendor.secret, { fresh: true }).catch(() => secret);
  return rotated === secret || limit.aborted ? outcome : send(`Bearer ${rotated}`);
}

function outcomeOf(operation: VendorCall['operation'], status: number): VendorOutcome['outcome'] {
  if (status >= 200 && status < 300) return 'answered';
  // of a lookup only "not found" says that nothing happened; a refusal to answer (a rotated token, say) says nothing
  if (operation === 'lookup') return status === 404 ? 'refused' : 'unknown';
  return status >= 400 && status < 500 && !UNDECIDED.has(status) ? 'refused' : 'unknown';
}

/** The URL to call, or a code that says why it may not be called. */
function resolveUrl(vendor: Vendor, place: VendorPlace, path: string): URL | string {
  const base = URL.parse(place.url);
  if (base === null) return 'url-invalid';
  const loopback = place.allowLoopback && LOOPBACK.has(base.hostname);
  if (!loopback && (base.protocol !== 'https:' || !vendor.hosts.includes(base.hostname))) return 'host-not-allowed';
  if (!/^\/[A-Za-z0-9._~%/-]*(\?[A-Za-z0-9._~%=&-]*)?$/.test(path) || path.startsWith('//')) return 'path-invalid';
  const url = URL.parse(path, base.origin);
  return url === null || url.origin !== base.origin || url.username !== '' ? 'path-invalid' : url;
}

function hostOf(place: VendorPlace): string {
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
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function failureOf(error: unknown): { outcome: 'unsent' | 'unknown'; code: string } {
  const name = (error as { name?: string }).name;
  if (name === 'TimeoutError' || name === 'AbortError' || name === 'StepTimeoutError') return { outcome: 'unknown', code: 'timeout' };
  const { code, syscall } = (error as { cause?: { code?: string; syscall?: string } }).cause ?? {};
  const connecting = syscall === undefined || syscall === 'connect' || syscall === 'getaddrinfo';
  if (code !== undefined && connecting && BEFORE_SENDING.has(code))
    return { outcome: 'unsent', code: code.toLowerCase().replaceAll('_', '-') };
  return { outcome: 'unknown', code: 'connection-lost' };
}
