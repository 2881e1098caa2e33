import { canonicalBytes, DefectError, type Json } from '#shared/kernel/index.ts';
import { isEmbeddedOnly } from './actions.ts';
import { sha256 } from './commitment.ts';
import {
  type Diff,
  draftSchema,
  ENTRY_MAX_BYTES,
  type Entry,
  type EntryDraft,
  VALUE_MAX_BYTES,
} from './entry.ts';
import { EmbeddedOnlyError, EntryInvalidError, EntryTooLargeError } from './errors.ts';

/** What the ledger knows and a caller must not choose. */
export interface EntryIdentity {
  readonly writer: string;
  readonly n: number;
  readonly time: number;
  readonly bundle: string;
  readonly engine: 'embedded' | 'aws';
}

export type EntryChange = NonNullable<Entry['changes']>[number];

/**
 * Builds the bytes of an entry. Called once per entry, by the ledger's adapter, inside the commit.
 *
 * @throws {@link EntryTooLargeError} above {@link ENTRY_MAX_BYTES}.
 * @throws {@link EmbeddedOnlyError} when the action may not happen on this engine.
 */
export function sealEntry(
  draft: EntryDraft,
  identity: EntryIdentity,
  changes: readonly EntryChange[],
): Uint8Array {
  if (isEmbeddedOnly(draft.action) && identity.engine !== 'embedded')
    throw new EmbeddedOnlyError(draft.action);

  const { diffs: _, ...said } = draft;
  const { engine: _engine, ...known } = identity;

  const entry = {
    ...said,
    v: 'audit/1',
    ...known,
    changes: changes.length === 0 ? undefined : changes,
  };

  const bytes = canonicalBytes(entry as unknown as Json);
  const form = draftSchema.safeParse(said);
  if (!form.success)
    throw new EntryInvalidError(draft.action, form.error.issues[0]?.path.join('.') ?? '');
  if (bytes.length > ENTRY_MAX_BYTES)
    throw new EntryTooLargeError(draft.action, bytes.length, ENTRY_MAX_BYTES);

  return bytes;
}

/**
 * Gives each change to the draft that tells of it: the first that has its target in `diffs`, else
 * the first of all.
 *
 * @throws {@link DefectError} when a draft tells of a document that does not change.
 */
export function assignChanges(
  drafts: readonly EntryDraft[],
  changes: readonly EntryChange[],
): EntryChange[][] {
  const told: EntryChange[][] = drafts.map(() => []);
  const known = new Set<string>();

  for (const change of changes) {
    known.add(change.target);

    const teller = Math.max(
      0,
      drafts.findIndex(
        (draft) => draft.diffs !== undefined && Object.hasOwn(draft.diffs, change.target),
      ),
    );

    const diff = drafts[teller]?.diffs?.[change.target]?.map(shorten);
    told[teller]?.push(diff === undefined || diff.length === 0 ? change : { ...change, diff });
  }

  for (const target of drafts.flatMap((draft) => Object.keys(draft.diffs ?? {}))) {
    if (!known.has(target))
      throw new DefectError(`an entry tells of ${target}, which this commit does not change`);
  }

  return told;
}

/** Puts length and hash in the place of values that are too long to stand in an entry. */
function shorten(diff: Diff): Diff {
  let short = diff;
  for (const side of ['Before', 'After'] as const) {
    const sealed = diff[`sealed${side}`];
    const clear = diff[side === 'Before' ? 'before' : 'after'];

    if (sealed !== undefined && sealed.length > VALUE_MAX_BYTES) {
      short = {
        ...short,
        [`sealed${side}`]: undefined,
        [`digest${side}`]: { bytes: sealed.length, sha256: sha256(sealed) },
      };
    } else if (clear !== undefined && typeof clear !== 'number' && typeof clear !== 'boolean') {
      const bytes = canonicalBytes(clear as Json);
      if (bytes.length <= VALUE_MAX_BYTES) continue;

      const key = side === 'Before' ? 'before' : 'after';

      short = {
        ...short,
        [key]: undefined,
        [`digest${side}`]: { bytes: bytes.length, sha256: sha256(bytes) },
      };
    }
  }

  return short;
}
