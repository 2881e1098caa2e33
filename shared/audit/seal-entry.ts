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

/** Members of an entry that the ledger fills in. Callers must not set them. */
export interface EntryIdentity {
  readonly writer: string;
  readonly n: number;
  readonly time: number;
  readonly bundle: string;
  readonly engine: 'embedded' | 'aws';
}

export type EntryChange = NonNullable<Entry['changes']>[number];

/**
 * Builds the bytes of an entry. Called once per entry by the ledger's adapter, within the commit.
 *
 * @throws {@link EntryTooLargeError} above {@link ENTRY_MAX_BYTES}.
 * @throws {@link EmbeddedOnlyError} when the action is not allowed on this engine.
 */
export function sealEntry(
  draft: EntryDraft,
  identity: EntryIdentity,
  changes: readonly EntryChange[],
): Uint8Array {
  if (isEmbeddedOnly(draft.action) && identity.engine !== 'embedded')
    throw new EmbeddedOnlyError(draft.action);

  const { diffs: _, ...members } = draft;
  const { engine: _engine, ...added } = identity;

  const entry = {
    ...members,
    v: 'audit/1',
    ...added,
    changes: changes.length === 0 ? undefined : changes,
  };

  const bytes = canonicalBytes(entry as unknown as Json);
  const parsed = draftSchema.safeParse(members);
  if (!parsed.success)
    throw new EntryInvalidError(draft.action, parsed.error.issues[0]?.path.join('.') ?? '');
  if (bytes.length > ENTRY_MAX_BYTES)
    throw new EntryTooLargeError(draft.action, bytes.length, ENTRY_MAX_BYTES);

  return bytes;
}

/**
 * Assigns each change to a draft: to the first draft with its target in `diffs`, otherwise to the
 * first draft.
 *
 * @throws {@link DefectError} when a draft names a document that does not change.
 */
export function assignChanges(
  drafts: readonly EntryDraft[],
  changes: readonly EntryChange[],
): EntryChange[][] {
  const assigned: EntryChange[][] = drafts.map(() => []);
  const known = new Set<string>();

  for (const change of changes) {
    known.add(change.target);

    const index = Math.max(
      0,
      drafts.findIndex(
        (draft) => draft.diffs !== undefined && Object.hasOwn(draft.diffs, change.target),
      ),
    );

    const diff = drafts[index]?.diffs?.[change.target]?.map(shorten);
    assigned[index]?.push(diff === undefined || diff.length === 0 ? change : { ...change, diff });
  }

  for (const target of drafts.flatMap((draft) => Object.keys(draft.diffs ?? {}))) {
    if (!known.has(target))
      throw new DefectError(`an entry names ${target}, which this commit does not change`);
  }

  return assigned;
}

/** Replaces values that are too long for an entry by their length and hash. */
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
