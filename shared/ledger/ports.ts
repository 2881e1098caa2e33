import type { Actor, CurrentDocument, EntryDraft, StoredEntry } from '#shared/audit/index.ts';
import type { Json } from '#shared/kernel/index.ts';

/** The state of a document that a change or a check relies on. */
export interface Revision {
  /** Revision, from 1; every replacement adds one. */
  readonly rev: number;
  /** Commitment to the stored bytes; the next entry about the document carries it as `beforeC`. */
  readonly commitment: string;
}

/**
 * A stored document. `target` is its key: `<kind>#<automation>#<workspace>#<id>`, or a key of the
 * key table.
 */
export interface Document extends Revision {
  readonly target: string;
  readonly body: Json;
  /** Name of the document in entries, when it is not the key. See {@link Change}. */
  readonly as?: string;
}

/**
 * Index keys of a document. Set on insertion and never changed, so a function that may only replace
 * documents cannot hide or forge one in an index.
 */
export interface IndexKeys {
  /**
   * List that the document belongs to, and its sort key in it, e.g. the open gates of a workspace
   * by time.
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
 * derived from a personal identifier, and nothing derived from one may enter a trail that cannot be
 * erased. Such a row is inserted with a random name (`as`, see {@link directoryName}), which
 * entries and commitments use, also for later changes.
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
   * The caller never inserts a document of that name again: its history in the trail has ended.
   *
   * Two concurrent removals of one document may both succeed, because a store may be unable to
   * report that the document was already gone. Therefore the commit of a removal also replaces,
   * inserts or checks another document that every remover of this one includes: for a timer, a
   * document of its run.
   */
  | { readonly op: 'remove'; readonly target: string; readonly as?: string; readonly at: Revision };

/** Condition of a commit: the document must have this revision. The commit does not change it. */
export interface Check {
  readonly target: string;
  readonly at: Revision;
}

/**
 * Message to a step that there may be work. Carries ids only: the step reads what to do from the
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
  /** Delivery delay; at most {@link MESSAGE_DELAY_MAX_MS}. */
  readonly delayMs?: number;
};

/** Maximum delivery delay: 15 minutes, the limit of SQS. */
export const MESSAGE_DELAY_MAX_MS = 15 * 60 * 1_000;
/** Maximum number of references in one message. */
export const MESSAGE_MAX_SUBJECTS = 16;
/** Maximum size of a document. DynamoDB allows 400 KB for an item with all its attributes. */
export const DOCUMENT_MAX_BYTES = 256 * 1_024;
/**
 * Maximum number of changes, checks, marks and entries of one commit: the statements of one
 * transaction.
 */
export const COMMIT_MAX_PARTS = 100;
/**
 * Maximum size of the documents and entries of one commit, in bytes. DynamoDB allows 4 MB for a
 * transaction with everything in it.
 */
export const COMMIT_MAX_BYTES = 3 * 1_024 * 1_024;
/** Maximum number of documents of one read: the keys of one batch. */
export const READ_MAX_TARGETS = 100;

export interface Commit {
  readonly changes?: readonly Change[];
  readonly checks?: readonly Check[];
  /** Entries; at least one: there is no change without evidence. */
  readonly entries: readonly [EntryDraft, ...EntryDraft[]];
  readonly messages?: readonly Message[];
  /**
   * Documents, which must exist, whose `sweepAt` mark is removed. The mark is an index, not state:
   * no revision, no evidence.
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
      /** `next` of an earlier page, which is valid in either direction. */
      readonly after?: string;
      readonly limit: number;
      /** Reverses the order: from the last sort key to the first. */
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
   * processed and queried again.
   */
  readonly next?: string;
}

/**
 * State and evidence, which change only together, through {@link commit}. A ledger is opened for
 * one function: every commit through it is recorded under that function's name, by a writer of that
 * instance.
 */
export interface Ledger {
  /** Identity of the writer: the function's name and the hash of its bundle. */
  readonly identity: WriterIdentity;

  /**
   * Changes documents and appends their entries, atomically.
   *
   * **Durable** on return, through a crash of process and machine. The revisions in `changes` and
   * `checks` held at one instant. Entries get this writer's next numbers; a number that reached the
   * store is never reused for other bytes.
   *
   * **Messages** arrive at least once, perhaps only after the cause is delivered again (the store
   * may have to send them after the commit), in any order, possibly more than once. They are hints:
   * the documents determine what to do.
   *
   * @throws `ledger.conflict` (reread): a revision did not hold; nothing happened, and the
   *   numbers are free again. The cause may be the caller's own earlier commit whose reply was
   *   lost: read before deciding.
   * @throws `ledger.unavailable` (retry): nothing happened.
   * @throws `ledger.unknown` (reread): the commit may have happened; the writer is retired, and
   *   the next commit has a new one. The ledger has already retried as often as is safe; read to
   *   learn the outcome.
   * @throws `ledger.unsent` (retry): the commit happened, and its messages could not be sent.
   *   Thrown only when no sweeper would send them, that is, when the commit leaves no marked
   *   document. The caller ensures that its cause is delivered again.
   * @throws `ledger.stopped` (stop): this process can no longer commit; every acknowledged commit
   *   is safe.
   * @throws `ledger.refused`, `ledger.document-too-large`, `json.not-canonical`,
   *   `audit.entry-invalid`, `audit.entry-too-large`, `audit.embedded-only` (refuse): no ledger
   *   accepts a commit of this form.
   */
  commit(commit: Commit): Promise<Committed>;

  /**
   * Reads documents by key, at most {@link READ_MAX_TARGETS}. Sees every commit acknowledged before
   * the call, of any ledger on the same store. The documents are not a snapshot: a concurrent
   * commit may show in one and not in another.
   *
   * **As committed**: each document is compared with its commitment first. A document that does not
   * match (its bytes, revision, commitment or name were changed in the store) is never returned;
   * {@link readIntact} reads the others.
   *
   * @returns one element for each target, `undefined` where there is no document.
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for too many targets,
   *   `ledger.stopped` (stop), `ledger.corrupt` (refuse), which names the document: nothing may be
   *   done with it, and nothing was read.
   */
  read(targets: readonly string[]): Promise<readonly (Document | undefined)[]>;

  /**
   * Finds documents by an index. **May be stale**, by seconds or more: a document may be missing,
   * still be there, or be an older revision. Read the result again before relying on it. A corrupt
   * document is skipped and counted (`DocumentsUnreadable`), so that it hides no other.
   *
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for an invalid cursor,
   *   `ledger.stopped` (stop).
   */
  query(query: Query): Promise<Page>;

  /**
   * Sends messages without a change: repeated hints, which need no evidence. At least once after
   * return.
   *
   * @throws `ledger.unavailable` (retry): some may have been sent. `ledger.refused` (refuse),
   *   `ledger.stopped` (stop).
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

/** Maximum number of entries of one page. */
export const TRAIL_PAGE_MAX = 100;

export interface TrailPage {
  readonly entries: readonly StoredEntry[];
  /** Pass as `after` for the next page; absent at the end. */
  readonly next?: string;
}

/** Reads the evidence. Apart from {@link Ledger}, because functions that act do not need it. */
export interface TrailReader {
  /**
   * Returns a page of the entries of a run, oldest first by their indexed time. Entries of the same
   * millisecond are in the order of their numbers for each writer within a page, and in no other
   * order; consecutive pages hold each of them once. Cost depends on the page, not on the number of
   * entries.
   *
   * **May be stale**, as {@link Ledger.query}: entries written after a page was read appear in
   * later pages when their time is later than its last one; others may appear in none.
   *
   * The bytes are returned as stored, without validation: a function that may write entries can
   * write any bytes, for any run.
   *
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for a limit that is not allowed
   *   or an invalid cursor.
   */
  ofRun(run: string, page: TrailPageRequest): Promise<TrailPage>;
  /**
   * Returns every entry, in no guaranteed order. Consistent with {@link standing} only without
   * concurrent commits.
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
   * Sends messages: each at least once after return, in any order, possibly more than once. Ids
   * only, as {@link Message} holds nothing else. The caller has validated them ({@link Ledger}
   * does).
   *
   * @throws `ledger.unavailable` (retry): some may have been sent.
   */
  send(messages: readonly Message[]): Promise<void>;
}

/** A received message. */
export interface Delivery {
  /** Identifies this delivery; needed to delete or return the message. */
  readonly receipt: string;
  readonly message: Message;
  /** Number of deliveries, including this one. Approximate: it may restart from 1 after a crash. */
  readonly receives: number;
}

/**
 * Receives messages from queues, one for each step.
 *
 * A received message is invisible to others for `visibilityMs`, then delivered again unless it was
 * deleted.
 */
export interface Queues {
  /** Returns up to `max` visible messages, possibly none, at once. Writes nothing. */
  receive(queue: string, max: number, visibilityMs: number): readonly Delivery[];
  /** Deletes the message. Durable at some later time; until then a crash may bring it back. */
  delete(queue: string, receipt: string): void;
  /** Delivers the message again after `delayMs`. */
  release(queue: string, receipt: string, delayMs: number): void;
  /**
   * Moves the message to another queue, where its deliveries count from 0. Durable at some later
   * time, like {@link delete}.
   */
  move(queue: string, receipt: string, to: string): void;
}
