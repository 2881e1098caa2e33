import { isWritError, type Metrics } from '#shared/kernel/index.ts';
import { type Document, type Ledger, readIntact } from '#shared/ledger/index.ts';
import { type PageRequest, pageOf } from './page.ts';
import type { HttpPorts } from './ports.ts';

/** Page of a list, with the current version of each document. */
export interface ReadPage {
  readonly documents: readonly Document[];
  readonly cursor?: string;
}

/**
 * Reads one page of a list, then reads each of its documents again, because access is decided on
 * current data. The writer of a document chooses its list, so a document whose key does not belong
 * to the list is left out.
 *
 * @param isOf - Returns true if a document key belongs to this list.
 * @throws errors of {@link pageOf} and of the ledger.
 */
export async function readPage(
  ports: Pick<HttpPorts, 'ledger' | 'keys' | 'random' | 'metrics'>,
  person: string,
  request: PageRequest,
  belongs: (target: string) => boolean,
): Promise<ReadPage> {
  const { documents: found, ...next } = await pageOf(ports, person, request);
  const targets = found.map(({ target }) => target).filter(belongs);

  if (targets.length < found.length)
    ports.metrics.add('IndexMismatches', found.length - targets.length);

  const documents = await readListed(ports, targets);

  return {
    ...next,
    documents: documents.flatMap((document) => (document === 'corrupt' ? [] : (document ?? []))),
  };
}

/**
 * Reads the current version of listed documents. A damaged document is counted and left out; the
 * others are returned.
 */
export async function readListed(
  { ledger, metrics }: { readonly ledger: Pick<Ledger, 'read'>; readonly metrics: Metrics },
  targets: readonly string[],
): Promise<readonly (Document | 'corrupt' | undefined)[]> {
  const found = targets.length === 0 ? [] : await readIntact(ledger, targets);
  return found.map((document) => {
    if (!isWritError(document)) return document;
    metrics.add('DocumentsUnreadable', 1);
    return 'corrupt';
  });
}

/**
 * Returns the `Link` header to the next page, for responses whose body has no room for a cursor.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export function linkTo(
  query: Readonly<Record<string, string | number | undefined>>,
  cursor: string | undefined,
): Record<string, string> {
  if (cursor === undefined) return {};
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...query, cursor }))
    if (value !== undefined) parameters.set(name, String(value));
  return { link: `<?${parameters}>; rel="next"` };
}
