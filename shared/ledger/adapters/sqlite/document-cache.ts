/** A document as the table holds it. */
export interface CachedDocument {
  readonly target: string;
  readonly name: string;
  readonly rev: number;
  readonly commitment: string;
  /** The stored bytes. */
  readonly body: Uint8Array;
}

/** Bytes of documents that are kept at hand. */
const MOST_BYTES = 8 * 1_024 * 1_024;

/**
 * The documents written or read last, so that a step finds its run without asking the database. Never stale: this process is
 * the only writer, and each write goes through here in the transaction that makes it.
 */
export class DocumentCache {
  readonly #held = new Map<string, CachedDocument>();
  #bytes = 0;

  get(target: string): CachedDocument | undefined {
    return this.#held.get(target);
  }

  set(document: CachedDocument): void {
    this.delete(document.target); // what is set last is dropped last
    this.#held.set(document.target, document);
    this.#bytes += document.body.length;
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= MOST_BYTES) return;
      this.delete(oldest);
    }
  }

  delete(target: string): void {
    const held = this.#held.get(target);
    if (held === undefined) return;
    this.#held.delete(target);
    this.#bytes -= held.body.length;
  }
}
