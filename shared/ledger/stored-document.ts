import { commitmentOf } from '#shared/audit/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { DocumentCorruptError } from './errors.ts';
import type { Document } from './ports.ts';
import { isTrailName } from './targets.ts';

/** A document in the form that a store returns. */
export interface StoredDocument {
  readonly target: string;
  /** Name in entries: the key, except for directory rows. */
  readonly name: string;
  readonly rev: number;
  readonly commitment: string;
  /** Stored bytes. */
  readonly body: Uint8Array;
}

/**
 * Checks that a document matches its commitment: it is stored under its own name, and its
 * commitment is that of its name, revision and bytes. Every document that a store returns is
 * checked here once, before any code uses it.
 *
 * Detects accidental and manual changes. If both the bytes and the commitment were changed, only a
 * check against the trail detects it, because no entry contains the new commitment.
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
 * Parses the body of a document that passed {@link assertIntact}. Returns a new object for each
 * caller, so that callers cannot affect each other.
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
