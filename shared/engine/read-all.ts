import { type Document, type Ledger, READ_MAX_TARGETS } from '#shared/ledger/index.ts';

/**
 * Reads any number of documents by key, in batches of `READ_MAX_TARGETS`. As with a single read,
 * the documents are not a snapshot.
 */
export async function readAll(
  ledger: Ledger,
  targets: readonly string[],
): Promise<ReadonlyMap<string, Document | undefined>> {
  const found = new Map<string, Document | undefined>();

  for (let from = 0; from < targets.length; from += READ_MAX_TARGETS) {
    const batch = targets.slice(from, from + READ_MAX_TARGETS);
    const documents = await ledger.read(batch);
    for (const [i, target] of batch.entries()) found.set(target, documents[i]);
  }

  return found;
}
