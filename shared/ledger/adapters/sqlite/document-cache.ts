import type { StoredDocument } from '../../stored-document.ts';

/** Bytes that are kept at hand, what a document needs besides its body included. */
const MOST_BYTES = 8 * 1_024 * 1_024;
const BESIDES_BODY = 500;

/**
 * The documents written or read last, absent ones included, so that a step finds its run without
 * asking the database. Each was checked when it was read (`assertIntact`). Never stale: each write
 * of the store goes through here in the transaction that makes it, and when somebody else wrote to
 * the file, all of it is forgotten.
 */
export class DocumentCache {
  readonly #held = new Map<string, StoredDocument | null>();
  #bytes = 0;

  /** `null`: there is no such document. `undefined`: not known here. */
  get(target: string): StoredDocument | null | undefined {
    return this.#held.get(target);
  }

  set(target: string, document: StoredDocument | null): void {
    this.#drop(target); // what is set last is dropped last
    this.#held.set(target, document);
    this.#bytes += sizeOf(document);
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  #drop(target: string): void {
    const held = this.#held.get(target);
    if (held === undefined) return;
    this.#held.delete(target);
    this.#bytes -= sizeOf(held);
  }
}

function sizeOf(document: StoredDocument | null): number {
  return BESIDES_BODY + (document?.body.length ?? 0);
}
