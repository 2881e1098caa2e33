import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod/mini';
import { type Document, type Ledger, LedgerRefusedError, type Page } from '#shared/ledger/index.ts';
import { RequestRefusedError } from '../../framework/http/problem.ts';

/**
 * Where the next page of each list begins; null: it has ended. A list that is not named has not
 * begun.
 */
const positions = z.record(z.string(), z.nullable(z.string()));
type Positions = Record<string, string | null>;

/** The most that a cursor of several lists may have, in characters before it is sealed. */
const NEXT_MAX = 1_400;
/** New runs that may come in between two looks at a list. */
const SHIFT_MAX = 8;

/**
 * Several lists as if they were one, from the newest document to the oldest. Each list keeps its
 * own order; between lists `timeOf` decides.
 *
 * @returns a ledger's `query`, for pages of the one list.
 */
export function newestOf(
  ledger: Ledger,
  lists: readonly string[],
  timeOf: (document: Document) => number,
): Ledger['query'] {
  return async ({ limit, ...query }) => {
    const from = 'after' in query && query.after !== undefined ? unpacked(query.after) : {};
    const at = (list: string) => from[list] ?? undefined;

    const pages = await Promise.all(
      lists
        .filter((list) => from[list] !== null)
        .map(async (list) => ({
          list,
          taken: 0,
          page: await pageFrom(ledger, list, at(list), limit),
        })),
    );

    const documents: Document[] = [];

    while (documents.length < limit) {
      // a page that was used up may go on with a document that is newer than all others at hand
      if (
        pages.some(({ page, taken }) => taken === page.documents.length && page.next !== undefined)
      )
        break;

      const [first] = pages
        .flatMap((one) => ({ one, document: one.page.documents[one.taken] }))
        .filter(
          (head): head is { one: (typeof pages)[number]; document: Document } =>
            head.document !== undefined,
        )
        .sort((a, b) => timeOf(b.document) - timeOf(a.document));
      if (first === undefined) break;

      first.one.taken += 1;
      documents.push(first.document);
    }

    const next: Positions = { ...from };
    for (const { list, page, taken } of pages) {
      if (taken === page.documents.length) next[list] = page.next ?? null;
      else if (taken > 0)
        next[list] =
          (await nextAfter(ledger, list, at(list), page.documents[taken - 1], taken)) ?? null;
    }

    return lists.every((list) => next[list] === null)
      ? { documents }
      : { documents, next: packed(next) };
  };
}

function pageFrom(
  ledger: Ledger,
  list: string,
  after: string | undefined,
  limit: number,
): Promise<Page> {
  return ledger.query({
    by: 'list',
    list,
    limit,
    newestFirst: true,
    after,
  });
}

/**
 * Where the list goes on after a document of a page: a page that ends with it tells. New documents
 * may have come in before it.
 */
async function nextAfter(
  ledger: Ledger,
  list: string,
  after: string | undefined,
  last: Document | undefined,
  taken: number,
) {
  for (let shift = 0; shift < SHIFT_MAX; shift++) {
    const { documents, next } = await pageFrom(ledger, list, after, taken + shift);
    if (shift === SHIFT_MAX - 1 || documents.at(-1)?.target === last?.target) return next;
  }
  return after;
}

function packed(next: Positions): string {
  const text = deflateRawSync(JSON.stringify(next)).toString('base64url');
  if (text.length <= NEXT_MAX) return text;
  throw new RequestRefusedError(
    'request.query',
    'runs of so many automations cannot be listed together; name one automation',
  );
}

function unpacked(text: string): Positions {
  try {
    return positions.parse(
      JSON.parse(
        inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: 65_536 }).toString(),
      ),
    );
  } catch {
    throw new LedgerRefusedError('the cursor is not one that a page of these lists gave');
  }
}
