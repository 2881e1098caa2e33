import type { Ledger, Page } from '#shared/ledger/index.ts';

/** How far the indexes of a store lie behind. Shared by the ledgers of one store. */
export class QueryLag {
  #behind = false;
  readonly #seen = new Map<string, Page>();

  /** From now on indexes show what they showed before. */
  fallBehind(): void {
    this.#behind = true;
  }

  /** Indexes show everything, until something is committed again. */
  catchUp(): void {
    this.#behind = false;
  }

  /** What an index shows: the truth, or what it showed last time, or nothing yet. */
  async show(name: string, truth: () => Promise<Page>): Promise<Page> {
    if (!this.#behind) this.#seen.set(name, await truth());
    return this.#seen.get(name) ?? { documents: [] };
  }
}

/**
 * The same ledger with indexes that are as stale as the port allows: after a commit a query finds
 * what it found before, also documents that are gone or have moved on, until `lag` catches up.
 */
export function withQueryLag(ledger: Ledger, lag: QueryLag): Ledger {
  return {
    identity: ledger.identity,
    commit: async (commit) => {
      lag.fallBehind();
      return ledger.commit(commit);
    },
    read: (targets) => ledger.read(targets),
    query: (query) => lag.show(JSON.stringify(query), () => ledger.query(query)),
    send: (messages) => ledger.send(messages),
  };
}
