import { isWritError, type Metrics } from '#shared/kernel/index.ts';
import { type Document, type Ledger, readEach } from '#shared/ledger/index.ts';
import { type PageRequest, pageOf } from './page.ts';
import type { HttpPorts } from './ports.ts';

/** A page of a list, each document as it stands now. */
export interface ReadPage {
  readonly documents: readonly Document[];
  readonly cursor?: string;
}

/**
 * One page of a list, read again: what is decided about a document is decided about it as it
 * stands. Who may insert a document chooses the list it is found in, so only what belongs there by
 * its key is in the page.
 *
 * @param isOf - Whether a document belongs into this list.
 * @throws what {@link pageOf} and the ledger throw.
 */
export async function readPage(
  ports: Pick<HttpPorts, 'ledger' | 'keys' | 'random' | 'metrics'>,
  person: string,
  request: PageRequest,
  isOf: (target: string) => boolean,
): Promise<ReadPage> {
  const { documents: found, ...next } = await pageOf(ports, person, request);
  const targets = found.map(({ target }) => target).filter(isOf);

  if (targets.length < found.length)
    ports.metrics.add('IndexMismatches', found.length - targets.length);

  const documents = await readListed(ports, targets);

  return {
    ...next,
    documents: documents.flatMap((document) => (document === 'corrupt' ? [] : (document ?? []))),
  };
}

/**
 * Documents of a list, as they stand now. One that is not as it was committed is counted, and keeps
 * nobody from the others.
 */
export async function readListed(
  { ledger, metrics }: { readonly ledger: Pick<Ledger, 'read'>; readonly metrics: Metrics },
  targets: readonly string[],
): Promise<readonly (Document | 'corrupt' | undefined)[]> {
  const found = targets.length === 0 ? [] : await readEach(ledger, targets);
  return found.map((document) => {
    if (!isWritError(document)) return document;
    metrics.add('DocumentsUnreadable', 1);
    return 'corrupt';
  });
}

/**
 * The header that leads to the next page, for answers that have no room for a cursor in them.
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
