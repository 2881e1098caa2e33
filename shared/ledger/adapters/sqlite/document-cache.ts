/** A document as the table holds it. */
export interface CachedDocument {
  readonly target: string;
  readonly name: string;
  readonly rev: number;
  readonly commitment: string;
  /** The stored bytes. */
  readonly body: Uint8Array;
}

/** Bytes that are kept at hand, what a document needs besides its body included. */
const MOST_BYTES = 8 * 1_024 * 1_024;
const BESIDES_BODY = 500;

/**
 * The documents written or read last, absent ones included, so that a step finds its run without asking the database. Never
 * stale: this process is the only writer, and each write goes through here in the transaction that makes it.
 */
export class DocumentCache {
  readonly #held = new Map<string, CachedDocument | null>();
  #bytes = 0;

  /** `null`: there is no such document. `undefined`: not known here. */
  get(target: string): CachedDocument | null | undefined {
    return this.#held.get(target);
  }

  set(target: string, document: CachedDocument | null): void {
    this.#drop(target); // what is set last is dropped last
    this.#held.set(target, document);
    this.#bytes += sizeOf(document);
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#drop(oldest);
    }
  }

  #drop(target: string): void {
    const held = this.#held.get(target);
    if (held === undefined) return;
    this.#held.delete(target);
    this.#bytes -= sizeOf(held);
  }
}

function sizeOf(document: CachedDocument | null): number {
  return BESIDES_BODY + (document?.body.length ?? 0);
}
