import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { decrypt, encrypt, frame, fromBase64Url, toBase64Url } from '#shared/crypto/index.ts';
import { workspaceSecret } from '#shared/engine/index.ts';
import { PEOPLE } from '#shared/identity/index.ts';
import type { Document } from '#shared/ledger/index.ts';
import type { HttpPorts } from './ports.ts';
import { RequestRefusedError } from './problem.ts';

/** Maximum and default number of items on a page. */
export const PAGE_MAX = 100;
export const PAGE_DEFAULT = 50;

/** Query parameters of every list. */
export const PAGE = {
  /** Decimal number from 1 to 100, without sign or leading zeros. */
  limit: z._default(
    z.pipe(z.string().check(z.regex(/^(?:[1-9]\d?|100)$/)), z.transform(Number)),
    PAGE_DEFAULT,
  ),
  /** Cursor returned with the previous page. */
  cursor: z.optional(z.string().check(z.regex(/^[\w-]{1,2048}$/))),
};

/** Requested part of a list of the ledger. */
export interface PageRequest {
  readonly list: string;
  readonly newestFirst?: true;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * Reads one page of a list, which may be stale like the ledger's `query`. The `cursor` contains the
 * position of a document that may be hidden, so it is encrypted. It is valid for this person and
 * this list only.
 *
 * @throws {@link RequestRefusedError} `request.cursor` when the cursor was not issued to this
 *   person for this list.
 * @throws errors of the ledger and of the keys.
 */
export async function pageOf(
  ports: Pick<HttpPorts, 'ledger' | 'keys' | 'random'>,
  person: string,
  { list, newestFirst, limit, cursor }: PageRequest,
): Promise<{ readonly documents: readonly Document[]; readonly cursor?: string }> {
  const cursors = cursorsOf(ports, person, list, newestFirst);
  const after = await cursors.open(cursor);

  const { documents, next } = await ports.ledger.query({
    by: 'list',
    list,
    limit,
    after,
    newestFirst,
  });

  return next === undefined ? { documents } : { documents, cursor: await cursors.seal(next) };
}

/**
 * Returns functions that encrypt and decrypt the cursors of a list. The cursors are valid for this
 * person and this list only.
 */
export function cursorsOf(
  ports: Pick<HttpPorts, 'ledger' | 'keys' | 'random'>,
  person: string,
  list: string,
  newestFirst?: true,
) {
  const associatedData = frame(
    'writ page cursor/1',
    person,
    list,
    newestFirst === undefined ? 'oldest' : 'newest',
  );
  return {
    seal: async (next: string): Promise<string> =>
      toBase64Url(
        encrypt(await cursorKey(ports), Buffer.from(next), {
          aad: associatedData,
          random: ports.random,
        }),
      ),
    /**
     * @throws {@link RequestRefusedError} `request.cursor` when the cursor was not issued to this
     *   person for this list.
     */
    async open(cursor: string | undefined): Promise<string | undefined> {
      if (cursor === undefined) return undefined;
      const next = decrypt(
        await cursorKey(ports),
        fromBase64Url(cursor),
        associatedData,
      )?.toString();
      if (next === undefined)
        throw new RequestRefusedError(
          'request.cursor',
          'the cursor is not valid for you and this list',
        );

      return next;
    },
  };
}

/**
 * Derives the cursor key from the key of the directory, which every function that authenticates
 * people has.
 */
async function cursorKey(ports: Pick<HttpPorts, 'ledger' | 'keys'>): Promise<Uint8Array> {
  const secret = await workspaceSecret(ports, PEOPLE, 'token');
  return createHmac('sha256', secret).update('writ page cursor/1').digest();
}
