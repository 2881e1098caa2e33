import type { StoredDocument } from '../../stored-document.ts';

/** Maximum total size of the cache, in bytes, and the overhead counted for each document. */
const MAX_BYTES = 8 * 1_024 * 1_024;
const OVERHEAD_BYTES = 500;

/**
 * Cache of the most recently written or read documents, so that a step can read its run without a
 * query. The absence of a document is also cached. Each document was checked when it was read
 * (`assertIntact`). Never stale: every write of the store updates it within its transaction, and a
 * write by another process clears it.
 */
export class DocumentCache {
  readonly #documents = new Map<string, StoredDocument | null>();
  #bytes = 0;

  /** Returns `null` for a document that does not exist, `undefined` for one that is not cached. */
  get(target: string): StoredDocument | null | undefined {
    return this.#documents.get(target);
  }

  set(target: string, document: StoredDocument | null): void {
    this.#delete(target); // moves the document to the end: the oldest is evicted first
    this.#documents.set(target, document);
    this.#bytes += sizeOf(document);
    for (const oldest of this.#documents.keys()) {
      if (this.#bytes <= MAX_BYTES) return;
      this.#delete(oldest);
    }
  }

  clear(): void {
    this.#documents.clear();
    this.#bytes = 0;
  }

  #delete(target: string): void {
    const held = this.#documents.get(target);
    if (held === undefined) return;
    this.#documents.delete(target);
    this.#bytes -= sizeOf(held);
  }
}

function sizeOf(document: StoredDocument | null): number {
  return OVERHEAD_BYTES + (document?.body.length ?? 0);
}
