import {
  assignChanges,
  commitmentOf,
  type EntryChange,
  type EntryIdentity,
  sealEntry,
} from '#shared/audit/index.ts';
import { canonicalBytes } from '#shared/kernel/index.ts';
import { DocumentTooLargeError, LedgerRefusedError } from './errors.ts';
import {
  type Change,
  COMMIT_MAX_BYTES,
  COMMIT_MAX_PARTS,
  type Commit,
  DOCUMENT_MAX_BYTES,
  MESSAGE_DELAY_MAX_MS,
  MESSAGE_MAX_SUBJECTS,
  type Message,
  READ_MAX_TARGETS,
  type Revision,
} from './ports.ts';
import { isSweepable, isTarget, isTrailName } from './targets.ts';

/** A change with its serialized document. Identical for every store. */
export interface PreparedChange {
  readonly change: Change;
  /** Absent for a removal. */
  readonly bytes?: Uint8Array;
  /** Revision after the change. */
  readonly rev: number;
  readonly commitment: string | null;
}

/**
 * Store-independent part of a commit: the bytes of the documents, their commitments, and the
 * changes of each entry.
 */
export interface PreparedCommit {
  readonly commit: Commit;
  readonly changes: readonly PreparedChange[];
  readonly changesOfEntries: readonly EntryChange[][];
}

/**
 * Validates a commit and serializes its documents. Does not use the store, so an invalid commit is
 * refused before any request.
 *
 * @throws {@link LedgerRefusedError}, {@link DocumentTooLargeError}
 */
export function prepareCommit(commit: Commit): PreparedCommit {
  assertValid(commit);

  const changes = (commit.changes ?? []).map(prepareChange);
  assertSize(changes, []);

  const changesOfEntries = assignChanges(
    commit.entries,
    changes.map(({ change, rev, commitment }) => ({
      target: nameOf(change),
      rev,
      beforeC: change.op === 'insert' ? null : change.at.commitment,
      afterC: commitment,
    })),
  );

  return { commit, changes, changesOfEntries };
}

/** Returns the name of a changed document in entries. */
export function nameOf(change: Pick<Change, 'target' | 'as'>): string {
  return change.as ?? change.target;
}

function prepareChange(change: Change): PreparedChange {
  const rev = change.op === 'insert' ? 1 : change.at.rev + 1;
  if (change.op === 'remove') return { change, rev, commitment: null };
  const bytes = canonicalBytes(change.body);
  if (bytes.length > DOCUMENT_MAX_BYTES)
    throw new DocumentTooLargeError(change.target, bytes.length, DOCUMENT_MAX_BYTES);
  return { change, rev, bytes, commitment: commitmentOf(nameOf(change), rev, bytes) };
}

function assertValid(commit: Commit): void {
  const targets = [...(commit.changes ?? []), ...(commit.checks ?? [])].map((part) => part.target);

  targets.push(...(commit.unmark ?? []));

  const parts = targets.length + commit.entries.length;
  if (commit.entries.length === 0)
    throw new LedgerRefusedError('a commit needs at least one entry, got 0', { entries: 0 });
  if (parts > COMMIT_MAX_PARTS) {
    throw new LedgerRefusedError(
      `a commit has at most ${COMMIT_MAX_PARTS} changes, checks, marks and entries together, got ${parts}`,
      {
        parts,
      },
    );
  }

  const malformed = targets.find((target) => !isTarget(target));
  if (malformed !== undefined)
    throw new LedgerRefusedError(`"${malformed.slice(0, 200)}" is not the key of a document`);

  const misnamed = commit.changes?.find(({ target, as }) => !isTrailName(target, as));
  if (misnamed !== undefined)
    throw new LedgerRefusedError(
      'a directory row goes by a random name in entries, any other document by its key',
    );
  if (commit.unmark?.some((target) => !isSweepable(target)))
    throw new LedgerRefusedError('only a run or a decision can carry a mark for the sweeper');
  if (new Set(targets).size !== targets.length) {
    throw new LedgerRefusedError(
      'a commit names each document at most once, in changes, checks or unmark',
    );
  }

  for (const change of commit.changes ?? []) {
    const times =
      change.op === 'remove'
        ? []
        : [change.sweepAt, change.op === 'insert' ? change.index?.dueAt : undefined];
    if (times.some((time) => time !== undefined && !Number.isSafeInteger(time))) {
      throw new LedgerRefusedError('a sweep mark or due time is a whole number of milliseconds');
    }
    if (change.op !== 'remove' && change.sweepAt !== undefined && !isSweepable(change.target))
      throw new LedgerRefusedError('only a run or a decision can carry a mark for the sweeper');

    const { list } = (change.op === 'insert' ? change.index : undefined) ?? {};
    if (list !== undefined && !(isKeyText(list.name) && isKeyText(list.sort))) {
      throw new LedgerRefusedError(
        'a list has a name and a place, each a text of 1 to 1,024 bytes',
      );
    }
  }

  assertMessages(commit.messages ?? []);
}

function isKeyText(text: unknown): boolean {
  // limit of the sort key of an index
  return typeof text === 'string' && text.length >= 1 && Buffer.byteLength(text) <= 1_024;
}

/**
 * Validates messages that are sent with or without a commit.
 *
 * @throws {@link LedgerRefusedError}
 */
export function assertMessages(messages: readonly Message[]): void {
  for (const { delayMs = 0, queue, workspace, run, step, subjectRefs } of messages) {
    if (subjectRefs.length > MESSAGE_MAX_SUBJECTS)
      throw new LedgerRefusedError(
        `a message has at most ${MESSAGE_MAX_SUBJECTS} references, got ${subjectRefs.length}`,
      );

    if (
      ![queue, workspace, run, step, ...subjectRefs].every(
        (part) => typeof part === 'string' && part.length <= 256,
      )
    ) {
      throw new LedgerRefusedError(
        'a message holds a queue and ids, each a text of at most 256 characters',
      );
    }

    if (!Number.isSafeInteger(delayMs) || delayMs < 0 || delayMs > MESSAGE_DELAY_MAX_MS) {
      throw new LedgerRefusedError(
        `a message can be held back 0 to ${MESSAGE_DELAY_MAX_MS} ms, got ${delayMs}`,
        { delayMs },
      );
    }
  }
}

/**
 * Validates the targets of a read.
 *
 * @throws {@link LedgerRefusedError} for more than {@link READ_MAX_TARGETS} targets.
 */
export function assertRead(targets: readonly string[]): void {
  if (targets.length <= READ_MAX_TARGETS) return;
  throw new LedgerRefusedError(
    `a read has at most ${READ_MAX_TARGETS} targets, got ${targets.length}`,
    { targets: targets.length },
  );
}

/**
 * Builds the bytes of every entry of a commit, numbered from `firstN`.
 *
 * @throws {@link LedgerRefusedError} when the commit is too large.
 */
export function sealEntries(
  prepared: PreparedCommit,
  identity: Omit<EntryIdentity, 'n'>,
  firstN: number,
): Uint8Array[] {
  const entries = prepared.commit.entries.map((draft, i) =>
    sealEntry(draft, { ...identity, n: firstN + i }, prepared.changesOfEntries[i] ?? []),
  );
  assertSize(prepared.changes, entries);
  return entries;
}

function assertSize(changes: readonly PreparedChange[], entries: readonly Uint8Array[]): void {
  const documents = changes.map((change) => change.bytes?.length ?? 0);
  const bytes = [...documents, ...entries.map(({ length }) => length)].reduce(
    (sum, length) => sum + length,
    0,
  );
  if (bytes > COMMIT_MAX_BYTES)
    throw new LedgerRefusedError(
      `documents and entries of a commit have at most ${COMMIT_MAX_BYTES} bytes together, got ${bytes}`,
      {
        bytes,
      },
    );
}

/** Returns the revisions after a commit, for {@link Committed}. */
export function revisionsOf(prepared: PreparedCommit): ReadonlyMap<string, Revision> {
  const revisions = new Map<string, Revision>();
  for (const { change, rev, commitment } of prepared.changes) {
    if (commitment !== null) revisions.set(change.target, { rev, commitment });
  }
  return revisions;
}
