import type { Actor, CurrentDocument, EntryDraft, StoredEntry } from '#shared/audit/index.ts';
import type { Json } from '#shared/kernel/index.ts';

/** The state of a document that a change or a check relies on. */
export interface Revision {
  /** Revision, from 1. Every replacement increases it by one. */
  readonly rev: number;
  /** Commitment to the stored bytes; the next entry about the document contains it as `beforeC`. */
  readonly commitment: string;
}

/**
 * A stored document. `target` is its key: `<kind>#<automation>#<workspace>#<id>`, or a key of the
 * key table.
 */
export interface Document extends Revision {
  readonly target: string;
  readonly body: Json;
  /** Name of the document in entries, if it differs from the key. See {@link Change}. */
  readonly as?: string;
}

/**
 * Index keys of a document. Set on insertion and never changed, so a function that may only replace
 * documents cannot hide or forge one in an index.
 */
export interface IndexKeys {
  /**
   * List that the document belongs to, and its sort key in that list. Example: the open gates of a
   * workspace by time.
   */
  readonly list?: { readonly name: string; readonly sort: string };
  /** Due time of a timer, in milliseconds since the epoch. */
  readonly dueAt?: number;
}

/**
 * Change of one document.
 *
 * `sweepAt` marks a document for the sweeper of its automation: from that time on, the sweeper
 * reads it and sends the messages that its run waits for. A replacement without `sweepAt` clears
 * the mark.
 *
 * Entries name a document by its key, with one exception: the key of a directory row (`token#…`) is
 * derived from a personal identifier, and no value derived from such an identifier may enter the
 * trail, which cannot be erased. Such a row is inserted with a random name (`as`, see {@link
 * directoryName}). Entries and commitments use this name, also for later changes.
 */
export type Change =
  | {
      readonly op: 'insert';
      readonly target: string;
      readonly as?: string;
      readonly body: Json;
      readonly index?: IndexKeys;
      readonly sweepAt?: number;
    }
  | {
      readonly op: 'replace';
      readonly target: string;
      readonly as?: string;
      readonly at: Revision;
      readonly body: Json;
      readonly sweepAt?: number;
    }
  /**
   * Removes a document. Its history in the trail ends here, so the caller must never insert a
   * document with the same name again.
   *
   * Two concurrent removals of one document may both succeed, because a store may be unable to
   * report that the document was already gone. Therefore, every commit that removes the document
   * must also replace, insert or check the same second document: for a timer, a document of its
   * run.
   */
  | { readonly op: 'remove'; readonly target: string; readonly as?: string; readonly at: Revision };

/** Condition of a commit: the document must have this revision. The commit does not change it. */
export interface Check {
  readonly target: string;
  readonly at: Revision;
}

/**
 * Message that informs a step of possible work. Contains only ids: the step reads its work from the
 * stored run.
 */
export type Message = {
  readonly queue: string;
  readonly workspace: string;
  readonly run: string;
  readonly step: string;
  /**
   * References of the run's subjects, so that their keys can be read in the same batch as the run.
   */
  readonly subjectRefs: readonly string[];
  /** Delivery delay, at most {@link MESSAGE_DELAY_MAX_MS}. */
  readonly delayMs?: number;
};

/** Maximum delivery delay: 15 minutes, the limit of SQS. */
export const MESSAGE_DELAY_MAX_MS = 15 * 60 * 1_000;
/** Maximum number of subject references in one message. */
export const MESSAGE_MAX_SUBJECTS = 16;
/**
 * Maximum size of a document, in bytes. DynamoDB allows 400 KB for an item with all its attributes.
 */
export const DOCUMENT_MAX_BYTES = 256 * 1_024;
/**
 * Maximum number of changes, checks, marks and entries in one commit, each of which is a statement
 * of one transaction.
 */
export const COMMIT_MAX_PARTS = 100;
/**
 * Maximum size of the documents and entries of one commit, in bytes. DynamoDB allows a total of 4
 * MB for a transaction.
 */
export const COMMIT_MAX_BYTES = 3 * 1_024 * 1_024;
/** Maximum number of documents in one read: the keys of one batch. */
export const READ_MAX_TARGETS = 100;

export interface Commit {
  readonly changes?: readonly Change[];
  readonly checks?: readonly Check[];
  /** Entries. At least one is required, because every change needs evidence. */
  readonly entries: readonly [EntryDraft, ...EntryDraft[]];
  readonly messages?: readonly Message[];
  /**
   * Documents whose `sweepAt` mark is removed. They must exist. The mark is an index and not state,
   * so its removal creates no revision and needs no entry.
   */
  readonly unmark?: readonly string[];
}

export interface Committed {
  /** Revisions of the documents that were inserted or replaced, by target. */
  readonly revisions: ReadonlyMap<string, Revision>;
  /** Positions of the entries in the trail, in the order of the drafts. */
  readonly entries: readonly { readonly writer: string; readonly n: number }[];
}

export type Query =
  | {
      readonly by: 'list';
      readonly list: string;
      /** `next` of an earlier page. Valid in both directions. */
      readonly after?: string;
      readonly limit: number;
      /** Reverses the order, so that the last sort key comes first. */
      readonly newestFirst?: true;
    }
  | {
      readonly by: 'due' | 'sweep';
      readonly automation: string;
      readonly until: number;
      readonly limit: number;
    };

export interface Page {
  readonly documents: readonly Document[];
  /**
   * Pass as `after` for the next page; absent at the end. Only lists have pages: due documents are
   * processed, and the query is then repeated.
   */
  readonly next?: string;
}

/**
 * State and evidence. They change only together, through {@link commit}. A ledger is opened for one
 * function, and every commit is recorded under that function's name, by a writer of that ledger
 * instance.
 */
export interface Ledger {
  /** Identity of the writer: the function's name and the hash of its bundle. */
  readonly identity: WriterIdentity;

  /**
   * Changes documents and appends their entries, atomically.
   *
   * **Durable** on return, even if the process or machine crashes. All revisions in `changes` and
   * `checks` were current at the same instant. Entries get this writer's next numbers; a number
   * that reached the store is never reused for other bytes.
   *
   * **Messages** arrive at least once, in any order, possibly more than once. If the store sends
   * them after the commit and sending fails, they arrive only after the message or request that
   * caused the commit is delivered again. Messages are hints: the documents determine the work.
   *
   * @throws `ledger.conflict` (reread): a revision was not current. Nothing was committed, and the
   *   numbers are free again. The conflict may be with the caller's own earlier commit whose
   *   response was lost, so read before deciding.
   * @throws `ledger.unavailable` (retry): nothing was committed.
   * @throws `ledger.unknown` (reread): the commit may have succeeded. The writer is retired, and
   *   the next commit uses a new writer. The ledger has already retried as often as is safe; read
   *   to find out the outcome.
   * @throws `ledger.unsent` (retry): the commit succeeded, but its messages could not be sent.
   *   Thrown only if no sweeper will send them, because the commit did not mark a document. The
   *   caller must ensure that the message or request that caused the commit is delivered again.
   * @throws `ledger.stopped` (stop): this process can no longer commit; every acknowledged commit
   *   is safe.
   * @throws `ledger.refused`, `ledger.document-too-large`, `json.not-canonical`,
   *   `audit.entry-invalid`, `audit.entry-too-large`, `audit.embedded-only` (refuse): no ledger
   *   accepts a commit of this form.
   */
  commit(commit: Commit): Promise<Committed>;

  /**
   * Reads documents by key, at most {@link READ_MAX_TARGETS}. Sees every commit acknowledged before
   * the call, including those of other ledgers on the same store. The documents are not a snapshot:
   * they may reflect a concurrent commit only in part.
   *
   * **As committed**: each document is compared with its commitment first. A document that does not
   * match (its bytes, revision, commitment or name were changed in the store) is never returned;
   * {@link readIntact} returns the intact documents.
   *
   * @returns one element for each target, `undefined` where there is no document.
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for too many targets,
   *   `ledger.stopped` (stop), `ledger.corrupt` (refuse), which names the damaged document. The
   *   call then returns no documents, and the caller must not use the damaged one.
   */
  read(targets: readonly string[]): Promise<readonly (Document | undefined)[]>;

  /**
   * Finds documents by an index. **May be stale**, by seconds or more: a result may lack a
   * document, contain a removed document, or contain an older revision. Read the documents again
   * before relying on them. A corrupt document is skipped and counted (`DocumentsUnreadable`), so
   * that it does not hide others.
   *
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for an invalid cursor,
   *   `ledger.stopped` (stop).
   */
  query(query: Query): Promise<Page>;

  /**
   * Sends messages without a change: repeated hints, which need no evidence. After return, each is
   * delivered at least once.
   *
   * @throws `ledger.unavailable` (retry): some messages may have been sent. `ledger.refused`
   *   (refuse), `ledger.stopped` (stop).
   */
  send(messages: readonly Message[]): Promise<void>;
}

export interface WriterIdentity {
  /** `<automation>.<step>` or the name of a platform function. */
  readonly name: string;
  /** SHA-256 (hex) of the function's bundle. */
  readonly bundle: string;
}

/** Returns the actor for actions of the function itself. */
export function serviceActor(ledger: Ledger): Actor {
  return { kind: 'service', id: ledger.identity.name };
}

/** Request for a page of a run's entries. */
export interface TrailPageRequest {
  /** `next` of the previous page. */
  readonly after?: string | undefined;
  /** Maximum number of entries, 1 to {@link TRAIL_PAGE_MAX}. */
  readonly limit: number;
}

/** Maximum number of entries in one page. */
export const TRAIL_PAGE_MAX = 100;

export interface TrailPage {
  readonly entries: readonly StoredEntry[];
  /** Pass as `after` for the next page; absent at the end. */
  readonly next?: string;
}

/** Reads the evidence. Separate from {@link Ledger}, because functions that act do not need it. */
export interface TrailReader {
  /**
   * Returns a page of the entries of a run, oldest first by their indexed time. Within a page,
   * entries of one writer with the same millisecond are in the order of their numbers; no other
   * order is guaranteed for them. Consecutive pages contain each of these entries once. The cost
   * depends on the size of the page, not on the number of entries.
   *
   * **May be stale**, like {@link Ledger.query}. An entry written after a page was read appears in
   * a later page if its time is later than that of the page's last entry. Otherwise, it may not
   * appear in any page.
   *
   * The bytes are returned as stored, without validation: a function that may write entries can
   * write any bytes, for any run.
   *
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for a limit that is not allowed
   *   or an invalid cursor.
   */
  ofRun(run: string, page: TrailPageRequest): Promise<TrailPage>;
  /**
   * Returns every entry, in no guaranteed order. Consistent with {@link standing} only if nothing
   * is committed at the same time.
   */
  all(): AsyncIterable<StoredEntry>;
  /**
   * Returns the current state of every document, with a commitment computed from the stored bytes.
   */
  standing(): AsyncIterable<CurrentDocument>;
}

/** Sends messages to queues. */
export interface MessageSender {
  /**
   * Sends messages. After return, each is delivered at least once, in any order, possibly more than
   * once. A {@link Message} contains only ids. The caller must have validated the messages, as
   * {@link Ledger} does.
   *
   * @throws `ledger.unavailable` (retry): some messages may have been sent.
   */
  send(messages: readonly Message[]): Promise<void>;
}

/** A received message. */
export interface Delivery {
  /** Identifies this delivery. Required to delete or return the message. */
  readonly receipt: string;
  readonly message: Message;
  /** Number of deliveries, including this one. Approximate: it may restart from 1 after a crash. */
  readonly receives: number;
}

/**
 * Receives messages from queues, one for each step.
 *
 * A received message is invisible to other receivers for `visibilityMs`, and is then delivered
 * again unless it was deleted.
 */
export interface Queues {
  /** Returns up to `max` visible messages, possibly none, without waiting. Writes nothing. */
  receive(queue: string, max: number, visibilityMs: number): readonly Delivery[];
  /**
   * Deletes the message. The deletion becomes durable later; until then, the message may return
   * after a crash.
   */
  delete(queue: string, receipt: string): void;
  /** Delivers the message again after `delayMs`. */
  release(queue: string, receipt: string, delayMs: number): void;
  /**
   * Moves the message to another queue, where its deliveries are counted from 0. Becomes durable
   * later, like {@link delete}.
   */
  move(queue: string, receipt: string, to: string): void;
}
