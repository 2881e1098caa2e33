import { deflateRawSync, inflateRawSync } from 'node:zlib';
import * as z from 'zod/mini';
import { type Document, type Ledger, LedgerRefusedError, type Page } from '#shared/ledger/index.ts';
import { RequestRefusedError } from '../../framework/http/problem.ts';

/**
 * Start of the next page of each list; null if the list has no more pages. A list that is absent is
 * read from its start.
 */
const positions = z.record(z.string(), z.nullable(z.string()));
type Positions = Record<string, string | null>;

/** Maximum length of a cursor over several lists, in characters before encryption. */
const NEXT_MAX = 1_400;
/** Maximum number of documents that may be inserted into a list between two reads. */
const SHIFT_MAX = 8;

/**
 * Merges several lists into one list, newest document first. The order within each list is
 * unchanged; `timeOf` determines the order of documents from different lists.
 *
 * @returns a `query` like the ledger's, for pages of the merged list.
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
          page: await pageFrom(ledger, { list, after: at(list), limit }),
        })),
    );

    const documents: Document[] = [];

    while (documents.length < limit) {
      // If all documents of a page were used, the list can continue with a document that is newer
      // than those of the other lists.
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
          (await nextAfter(ledger, {
            list,
            after: at(list),
            last: page.documents[taken - 1],
            taken,
          })) ?? null;
    }

    return lists.every((list) => next[list] === null)
      ? { documents }
      : { documents, next: packed(next) };
  };
}

function pageFrom(
  ledger: Ledger,
  {
    list,
    after,
    limit,
  }: { readonly list: string; readonly after: string | undefined; readonly limit: number },
): Promise<Page> {
  return ledger.query({ by: 'list', list, limit, newestFirst: true, after });
}

/** Page of a list from which the first `taken` documents were used. */
interface PartlyReadPage {
  readonly list: string;
  readonly after: string | undefined;
  /** Last document used. */
  readonly last: Document | undefined;
  readonly taken: number;
}

/**
 * Returns the position after a document of a list, by reading a page that ends with the document.
 * New documents may have been inserted before it.
 */
async function nextAfter(ledger: Ledger, { list, after, last, taken }: PartlyReadPage) {
  for (let shift = 0; shift < SHIFT_MAX; shift++) {
    const { documents, next } = await pageFrom(ledger, { list, after, limit: taken + shift });
    if (shift === SHIFT_MAX - 1 || documents.at(-1)?.target === last?.target) return next;
  }
  return after;
}

function packed(next: Positions): string {
  const text = deflateRawSync(JSON.stringify(next)).toString('base64url');
  if (text.length <= NEXT_MAX) return text;
  throw new RequestRefusedError(
    'request.query',
    'the runs of this many automations cannot be listed together; specify one automation',
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
    throw new LedgerRefusedError('the cursor was not issued for a page of these lists');
  }
}
