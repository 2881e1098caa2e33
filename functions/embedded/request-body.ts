import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Described } from '../framework/http/endpoint.ts';
import { JSON_MAX_BYTES } from '../framework/http/json.ts';
import { UPLOAD_MAX_BYTES } from '../framework/http/request.ts';
import type { Route } from '../framework/http/route.ts';

/** Memory limits in bytes. */
export interface BodyLimits {
  /** Size of one body, including the part that is discarded. */
  readonly bodyBytes: number;
  /**
   * Memory of all bodies in progress, beyond {@link SMALL} bytes each, which every connection may
   * use.
   */
  readonly bodiesBytes: number;
}

/** Start of a body, up to the limit of its route. */
export interface Body {
  readonly bytes: Buffer;
  /** Releases the memory. Call it once. */
  free(): void;
}

/**
 * Bytes read beyond a limit. Enough to exceed it by one byte after a truncated UTF-8 character was
 * removed.
 */
const OVER = 5;
const SMALL = JSON_MAX_BYTES + OVER;

/**
 * Returns how many bytes of a body a route gets: slightly more than it accepts, so that the
 * function itself refuses a larger one and writes its entry. An unauthenticated upload gets none:
 * the function answers 401.
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
 * Makes a reader that reads bodies to their end and keeps only the first bytes of each: a client
 * that sends too much gets a response and uses no memory.
 *
 * @returns a function of a request and the maximum to keep, in bytes. It resolves to a status if
 *   the body ended early (400), is larger than any may be (413), or there is no memory left (503).
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
  /** Bytes to keep. */
  readonly maxBytes: number;
  /** Bytes that the client may send. */
  readonly maxSent: number;
  /** Reserves memory for a number of bytes. Returns false if there is not enough. */
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

  // does not destroy the stream: the response needs its connection
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sent += part.length;

    if (sent > maxSent) return 413;
    if (!hasRoom) continue;

    const needed = Math.min(sent, maxBytes);
    if (needed > body.length) {
      // one buffer, doubled as needed: many small ones use much more memory than their bytes
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

/** Removes the last character: if it was truncated, it would be refused as invalid UTF-8. */
function withoutLastCharacter(bytes: Buffer): Buffer {
  const length = [1, 2, 3, 4].find((back) => ((bytes.at(-back) ?? 0) & 0xc0) !== 0x80) ?? 0;
  return bytes.subarray(0, -length || undefined);
}
