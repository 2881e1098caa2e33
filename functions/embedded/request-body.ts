import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Described } from '../framework/http/endpoint.ts';
import { JSON_MAX_BYTES } from '../framework/http/json.ts';
import { UPLOAD_MAX_BYTES } from '../framework/http/request.ts';
import type { Route } from '../framework/http/route.ts';

/** Memory limits in bytes. */
export interface BodyLimits {
  /** Maximum size of one body, including the part that is discarded. */
  readonly bodyBytes: number;
  /**
   * Maximum memory of all bodies in progress. It does not include the first {@link SMALL} bytes of
   * each body, which every connection may use.
   */
  readonly bodiesBytes: number;
}

/** Beginning of a body, up to the limit of its route. */
export interface Body {
  readonly bytes: Buffer;
  /** Releases the memory. Must be called only once. */
  free(): void;
}

/**
 * Number of bytes to read beyond a limit. It is enough to exceed the limit by one byte after a
 * truncated UTF-8 character is removed.
 */
const OVER = 5;
const SMALL = JSON_MAX_BYTES + OVER;

/**
 * Returns the number of bytes of a body that a route gets. It is slightly more than the route
 * accepts, so that the function itself refuses a larger body and writes an entry. It is 0 for an
 * unauthenticated upload, which the function answers with 401.
 */
export function maxBodyBytes(
  { authentication, request }: Route & Partial<Pick<Described, 'request'>>,
  headers: IncomingHttpHeaders,
): number {
  if (request?.body === undefined || 'json' in request.body) return SMALL;
  const isAnonymous = authentication === 'person' && (headers.authorization ?? '') === '';
  return isAnonymous ? 0 : UPLOAD_MAX_BYTES + OVER;
}

/**
 * Creates a reader that reads bodies to their end and keeps only the first bytes of each. A client
 * that sends too much gets a response, and the excess uses no memory.
 *
 * @returns a function of a request and the maximum number of bytes to keep. It resolves to a status
 *   if the body ended early (400), is larger than any body may be (413), or no memory is left
 *   (503).
 */
export function bodyReader(
  limits: BodyLimits,
): (request: IncomingMessage, maxBytes: number) => Promise<Body | 400 | 413 | 503> {
  let held = 0;
  return async (request, maxBytes) => {
    let reserved = 0;

    const hold = (bytes: number): boolean => {
      const more = Math.max(bytes - SMALL, 0) - reserved;
      if (held + more > limits.bodiesBytes) return false;
      held += more;
      reserved += more;
      return true;
    };

    const free = () => {
      held -= reserved;
      reserved = 0;
    };

    // the body ended early
    const bytes = await readAll(request, { maxBytes, maxSent: limits.bodyBytes, hold }).catch(
      () => 400 as const,
    );
    if (typeof bytes !== 'number') return { bytes, free };

    free();

    return bytes;
  };
}

interface ReadLimits {
  /** Maximum number of bytes to keep. */
  readonly maxBytes: number;
  /** Maximum number of bytes that the client may send. */
  readonly maxSent: number;
  /** Reserves memory for a number of bytes. Returns false if not enough is left. */
  readonly hold: (bytes: number) => boolean;
}

async function readAll(
  request: IncomingMessage,
  { maxBytes, maxSent, hold }: ReadLimits,
): Promise<Buffer | 413 | 503> {
  if (Number(request.headers['content-length'] ?? 0) > maxSent) return 413;

  let body: Buffer = Buffer.alloc(0);
  let [filled, sent] = [0, 0];
  let hasRoom = true;

  // Does not destroy the stream, because the response needs its connection.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sent += part.length;

    if (sent > maxSent) return 413;
    if (!hasRoom) continue;

    const needed = Math.min(sent, maxBytes);
    if (needed > body.length) {
      // Uses one buffer that doubles as needed, because many small buffers use much more memory
      // than their bytes.
      const size = Math.min(Math.max(needed, 2 * body.length), maxBytes);
      hasRoom = hold(size);
      body = hasRoom ? Buffer.concat([body], size) : Buffer.alloc(0);
    }

    filled += part.copy(body, filled);
  }

  if (!hasRoom) return 503;

  const bytes = body.subarray(0, filled);

  return sent > filled ? withoutLastCharacter(bytes) : bytes;
}

/** Removes the last character. If it was truncated, it would be refused as invalid UTF-8. */
function withoutLastCharacter(bytes: Buffer): Buffer {
  const length = [1, 2, 3, 4].find((back) => ((bytes.at(-back) ?? 0) & 0xc0) !== 0x80) ?? 0;
  return bytes.subarray(0, -length || undefined);
}
