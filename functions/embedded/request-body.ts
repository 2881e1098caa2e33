import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Described } from '../framework/http/endpoint.ts';
import { JSON_MAX_BYTES } from '../framework/http/json.ts';
import { UPLOAD_MAX_BYTES } from '../framework/http/request.ts';
import type { Route } from '../framework/http/route.ts';

/** In bytes. */
export interface BodyLimits {
  /** Of one body, kept or not. */
  readonly bodyBytes: number;
  /**
   * Of what all bodies under way keep beyond {@link SMALL} each; so much each connection may have.
   */
  readonly bodiesBytes: number;
}

/** The kept part of a body. */
export interface Body {
  readonly bytes: Buffer;
  /** Releases the memory. Call it once. */
  free(): void;
}

/**
 * Kept of a body that is too large: by one byte at least, when a character that was cut in two is
 * taken off.
 */
const OVER = 5;
const SMALL = JSON_MAX_BYTES + OVER;

/**
 * Returns how many bytes of a body a route gets: slightly more than it accepts, so that the
 * function itself refuses a larger one and writes its entry. Nothing is kept of an unauthenticated
 * upload: the function answers 401.
 */
export function keptOf(
  { authentication, request }: Route & Partial<Pick<Described, 'request'>>,
  headers: IncomingHttpHeaders,
): number {
  if (request?.body === undefined || 'json' in request.body) return SMALL;
  const isByNobody = authentication === 'person' && (headers.authorization ?? '') === '';
  return isByNobody ? 0 : UPLOAD_MAX_BYTES + OVER;
}

/**
 * Reads bodies to their end and keeps the first bytes of each: a client that sends too much gets an
 * answer and uses no memory.
 *
 * @returns a function of a request and how much to keep, in bytes. It gives a status instead of a
 *   body that ended in the middle (400), that is larger than any may be (413), or that there is no
 *   room for now (503).
 */
export function bodyReader(
  limits: BodyLimits,
): (request: IncomingMessage, kept: number) => Promise<Body | 400 | 413 | 503> {
  let held = 0;
  return async (request, kept) => {
    let own = 0;

    const hold = (bytes: number): boolean => {
      const more = Math.max(bytes - SMALL, 0) - own;
      if (held + more > limits.bodiesBytes) return false;
      held += more;
      own += more;
      return true;
    };

    const free = () => {
      held -= own;
      own = 0;
    };

    // the body ended early
    const bytes = await gather(request, kept, limits.bodyBytes, hold).catch(() => 400 as const);
    if (typeof bytes !== 'number') return { bytes, free };

    free();

    return bytes;
  };
}

/** @param hold - Reserves memory for a number of bytes. Returns false when there is no room. */
async function gather(
  request: IncomingMessage,
  kept: number,
  most: number,
  hold: (bytes: number) => boolean,
): Promise<Buffer | 413 | 503> {
  if (Number(request.headers['content-length'] ?? 0) > most) return 413;

  let body: Buffer = Buffer.alloc(0);
  let [filled, sent] = [0, 0];
  let hasRoom = true;

  // the stream is left as it is, because the answer needs its connection
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sent += part.length;

    if (sent > most) return 413;
    if (!hasRoom) continue;

    const needed = Math.min(sent, kept);
    if (needed > body.length) {
      // one piece of memory, doubled: many small parts cost much more than their bytes
      const size = Math.min(Math.max(needed, 2 * body.length), kept);
      hasRoom = hold(size);
      body = hasRoom ? Buffer.concat([body], size) : Buffer.alloc(0);
    }

    filled += part.copy(body, filled);
  }

  if (!hasRoom) return 503;

  const bytes = body.subarray(0, filled);

  return sent > filled ? withoutLastCharacter(bytes) : bytes;
}

/** It may have been cut in two, and would be taken for one that is wrong. */
function withoutLastCharacter(bytes: Buffer): Buffer {
  const length = [1, 2, 3, 4].find((back) => ((bytes.at(-back) ?? 0) & 0xc0) !== 0x80) ?? 0;
  return bytes.subarray(0, -length || undefined);
}
