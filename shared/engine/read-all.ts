import { type Document, type Ledger, READ_MAX_TARGETS } from '#shared/ledger/index.ts';

/** Documents by key, in as few reads as the ledger allows: one, for nearly everything. */
export async function readAll(
  ledger: Ledger,
  targets: readonly string[],
): Promise<ReadonlyMap<string, Document | undefined>> {
  const found = new Map<string, Document | undefined>();
  for (let from = 0; from < targets.length; from += READ_MAX_TARGETS) {
    const some = targets.slice(from, from + READ_MAX_TARGETS);
    const documents = await ledger.read(some);
    for (const [i, name] of some.entries()) found.set(name, documents[i]);
  }

  return found;
}
