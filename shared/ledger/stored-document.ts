import { commitmentOf } from '#shared/audit/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { DocumentCorruptError } from './errors.ts';
import type { Document } from './ports.ts';
import { isTrailName } from './targets.ts';

/** A document as a store holds it. */
export interface StoredDocument {
  readonly target: string;
  /** What entries call it: its key, but for rows of the directory. */
  readonly name: string;
  readonly rev: number;
  readonly commitment: string;
  /** The stored bytes. */
  readonly body: Uint8Array;
}

/**
 * Checks that a document is the one that was committed: under its own name, with the commitment of
 * its name, revision and bytes. Every document that a store hands to its ledger goes through here
 * once, before anybody acts on it.
 *
 * Finds what changed by itself and what was changed by hand. Who changes the commitment along with
 * the bytes is found by the trail alone: no entry has such a commitment.
 *
 * @throws {@link DocumentCorruptError}
 */
export function assertIntact(stored: StoredDocument): void {
  const { target, name, rev, commitment, body } = stored;
  const isNamed = isTrailName(target, name === target ? undefined : name);
  if (
    !isNamed ||
    !Number.isSafeInteger(rev) ||
    rev < 1 ||
    commitment !== commitmentOf(name, rev, body)
  )
    throw new DocumentCorruptError(target);
}

/**
 * Reads the body of a document that {@link assertIntact} has passed. Parsed anew for each reader:
 * what one does to it, no other sees.
 *
 * @throws {@link DocumentCorruptError} for bytes that no ledger stores.
 */
export function documentOf({ target, name, rev, commitment, body }: StoredDocument): Document {
  try {
    const document = { target, rev, commitment, body: parseJson(body) };
    return name === target ? document : { ...document, as: name };
  } catch (cause) {
    throw new DocumentCorruptError(target, { cause });
  }
}
