import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { decrypt, encrypt, framed, fromText, toText } from '#shared/crypto/index.ts';
import { workspaceSecret } from '#shared/engine/index.ts';
import { PEOPLE } from '#shared/identity/index.ts';
import type { Document } from '#shared/ledger/index.ts';
import type { HttpPorts } from './ports.ts';
import { RequestRefusedError } from './problem.ts';

/** The most items of a page, and how many it has unless something else is asked for. */
export const PAGE_MAX = 100;
export const PAGE_DEFAULT = 50;

/** Parameters of the query of every list. */
export const PAGE = {
  /** Decimal, without a sign or zeros in front: 1 to 100. */
  limit: z._default(
    z.pipe(z.string().check(z.regex(/^(?:[1-9]\d?|100)$/)), z.transform(Number)),
    PAGE_DEFAULT,
  ),
  /** As the page before gave it. */
  cursor: z.optional(z.string().check(z.regex(/^[\w-]{1,2048}$/))),
};

/** What is asked for: a list of the ledger, from where on, how much. */
export interface PageRequest {
  readonly list: string;
  readonly newestFirst?: true;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/**
 * One page of a list. May be stale, as the ledger's `query` is. Its `cursor` is sealed, because the
 * place of a document that is not shown stands in it, and holds for this person and this list
 * alone.
 *
 * @throws {@link RequestRefusedError} `request.cursor`: no page gave it, to this person, of this
 *   list.
 * @throws what the ledger and the keys throw.
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
 * Cursors of a list for a person: what the ledger calls the end of a page, sealed, holding for this
 * person and this list alone.
 */
export function cursorsOf(
  ports: Pick<HttpPorts, 'ledger' | 'keys' | 'random'>,
  person: string,
  list: string,
  newestFirst?: true,
) {
  const place = framed(
    'writ page cursor/1',
    person,
    list,
    newestFirst === undefined ? 'oldest' : 'newest',
  );
  return {
    seal: async (next: string): Promise<string> =>
      toText(encrypt(await cursorKey(ports), Buffer.from(next), place, ports.random)),
    /**
     * @throws {@link RequestRefusedError} `request.cursor`: no page gave it, to this person, of
     *   this list.
     */
    async open(cursor: string | undefined): Promise<string | undefined> {
      if (cursor === undefined) return undefined;
      const next = decrypt(await cursorKey(ports), fromText(cursor), place)?.toString();
      if (next === undefined)
        throw new RequestRefusedError(
          'request.cursor',
          'the cursor is not one that a page of this list gave you',
        );

      return next;
    },
  };
}

/** Of the directory's key, which every function that knows people has at hand. */
async function cursorKey(ports: Pick<HttpPorts, 'ledger' | 'keys'>): Promise<Uint8Array> {
  const secret = await workspaceSecret(ports, PEOPLE, 'token');
  return createHmac('sha256', secret).update('writ page cursor/1').digest();
}
