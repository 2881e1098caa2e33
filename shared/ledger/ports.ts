import type { Actor, CurrentDocument, EntryDraft, StoredEntry } from '#shared/audit/index.ts';
import type { Json } from '#shared/kernel/index.ts';

/** The state of a document that a change or a check relies on. */
export interface Revision {
  /** From 1; every replacement adds one. */
  readonly rev: number;
  /** Commitment to the stored bytes; the next entry about the document carries it as `beforeC`. */
  readonly commitment: string;
}

/**
 * A stored record. `target` is its key: `<kind>#<automation>#<workspace>#<id>`, or of the forms of
 * the key table.
 */
export interface Document extends Revision {
  readonly target: string;
  readonly body: Json;
  /** What entries call the document, where that is not its key. See {@link Change}. */
  readonly as?: string;
}

/**
 * Where a document can be found other than by its key. Set when it is inserted and never changed,
 * so a function that may only replace documents cannot hide or forge one in an index.
 */
export interface IndexKeys {
  /**
   * One list the document belongs to and its place in it, e.g. the open gates of a workspace by
   * time.
   */
  readonly list?: { readonly name: string; readonly sort: string };
  /** When a timer falls due, in milliseconds since the epoch. */
  readonly dueAt?: number;
}

/**
 * One document that changes.
 *
 * `sweepAt` marks a document for the sweeper of its automation: from that time on, whoever sweeps
 * looks at it and sends what its run is waiting for. A replacement that does not set it clears it.
 *
 * What an entry calls a document is its key, with one exception: the key of a directory row
 * (`token#…`) is derived from what a person is known by, and nothing so derived may stand in a
 * trail that cannot be erased. Such a row is inserted with a random name (`as`, see {@link
 * directoryName}) and goes by it in entries and commitments, also when it is changed later.
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
   * The caller inserts no document of that name again: its history in the trail has ended.
   *
   * Two removals of one document at the same moment may both succeed, because a store may not be
   * able to say that what it takes away was there. So the commit of a removal also replaces,
   * inserts or checks another document that every remover of this one does: one that stands where
   * the run is that a timer belongs to.
   */
  | { readonly op: 'remove'; readonly target: string; readonly as?: string; readonly at: Revision };

/** A document that must stand at this revision for the commit to happen. Not changed by it. */
export interface Check {
  readonly target: string;
  readonly at: Revision;
}

/**
 * Word for a step that there may be work. Carries ids only: what to do is read from the stored run.
 */
export type Message = {
  readonly queue: string;
  readonly workspace: string;
  readonly run: string;
  readonly step: string;
  /** References of the run's subjects, so that keys can be read in the same batch as the run. */
  readonly subjectRefs: readonly string[];
  /** At most {@link MESSAGE_DELAY_MAX_MS}. */
  readonly delayMs?: number;
};

/** 15 minutes, the most SQS can hold a message back. */
export const MESSAGE_DELAY_MAX_MS = 15 * 60 * 1_000;
/** References in one message. */
export const MESSAGE_MAX_SUBJECTS = 16;
/** A document's stored bytes. DynamoDB ends at 400 KB for an item with all its attributes. */
export const DOCUMENT_MAX_BYTES = 256 * 1_024;
/** Changes, checks, marks and entries of one commit together: the statements of one transaction. */
export const COMMIT_MAX_PARTS = 100;
/**
 * Documents and entries of one commit together, in bytes. A transaction of DynamoDB ends at 4 MB
 * with everything in it.
 */
export const COMMIT_MAX_BYTES = 3 * 1_024 * 1_024;
/** Documents of one read: the keys of one batch. */
export const READ_MAX_TARGETS = 100;

export interface Commit {
  readonly changes?: readonly Change[];
  readonly checks?: readonly Check[];
  /** At least one: there is no change without its evidence. */
  readonly entries: readonly [EntryDraft, ...EntryDraft[]];
  readonly messages?: readonly Message[];
  /**
   * Documents, which must exist, whose `sweepAt` mark is taken off. The mark is an index, not
   * state: no revision, no evidence.
   */
  readonly unmark?: readonly string[];
}

export interface Committed {
  /** Revisions of the documents that were inserted or replaced, by target. */
  readonly revisions: ReadonlyMap<string, Revision>;
  /** The entries' places in the trail, in the order of the drafts. */
  readonly entries: readonly { readonly writer: string; readonly n: number }[];
}

export type Query =
  | {
      readonly by: 'list';
      readonly list: string;
      /** The `next` of an earlier page. One page's holds in either direction. */
      readonly after?: string;
      readonly limit: number;
      /** From the last place of the list to the first. */
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
   * Pass as `after` for the next page; absent at the end. Only lists have pages: what is due is
   * dealt with and asked again.
   */
  readonly next?: string;
}

/**
 * State and evidence, which change only together, through {@link commit}. A ledger is opened for
 * one function: everything committed through it is written under that function's name, in that
 * instance's own pages of the trail.
 */
export interface Ledger {
  /** Who writes: the function's name and the hash of its bundle. */
  readonly identity: WriterIdentity;

  /**
   * Changes documents and appends their entries, all together or not at all.
   *
   * **Durable** on return, through a crash of process and machine. The revisions named in `changes`
   * and `checks` held at one instant. Entries get this writer's next numbers; a number that was
   * ever handed to the store belongs to those bytes.
   *
   * **Messages** arrive at least once, perhaps only after the cause is delivered again (the store
   * may have to send them after the commit), in any order, perhaps twice. They are hints: what to
   * do is read from the documents.
   *
   * @throws `ledger.conflict` (reread): a named revision did not hold; nothing happened, the
   *   numbers are free again. May be the caller's own earlier commit whose reply was lost: read
   *   before deciding.
   * @throws `ledger.unavailable` (retry): nothing happened.
   * @throws `ledger.unknown` (reread): it may have happened; the writer is retired, the next
   *   commit has a new one. The ledger itself has already retried as often as it is safe; the
   *   caller reads to learn the outcome.
   * @throws `ledger.unsent` (retry): it happened, and its messages could not be sent; only where
   *   no sweeper would send them, which looks after documents that the commit leaves with a mark.
   *   The caller sees to it that its cause is delivered again.
   * @throws `ledger.stopped` (stop): this process can no longer commit; what was acknowledged is
   *   safe.
   * @throws `ledger.refused`, `ledger.document-too-large`, `json.not-canonical`,
   *   `audit.entry-invalid`, `audit.entry-too-large`, `audit.embedded-only` (refuse): the commit is
   *   not of the form that any ledger accepts.
   */
  commit(commit: Commit): Promise<Committed>;

  /**
   * Reads documents by key; sees every commit that was acknowledged before the call, of any ledger
   * on the same store. The documents are not a snapshot: a commit in between may show in one and
   * not in another. At most {@link READ_MAX_TARGETS} targets.
   *
   * **As committed**: each document is compared with its commitment before it is given. What does
   * not fit (bytes, a revision, a commitment or a name that was changed in the store) is given to
   * nobody; {@link readIntact} reads the others.
   *
   * @returns one place for each target, `undefined` where there is no document.
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for too many targets,
   *   `ledger.stopped` (stop), `ledger.corrupt` (refuse), which names the document: nothing may be
   *   done with it, and nothing was read.
   */
  read(targets: readonly string[]): Promise<readonly (Document | undefined)[]>;

  /**
   * Finds documents by an index. **May be stale**, by seconds or more: a document may be missing,
   * still be there, or be an older revision. What was found is read again before anything relies on
   * it. A document that is not as it was committed is passed over and counted
   * (`DocumentsUnreadable`), so that it hides no other.
   *
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for a cursor that no page
   *   gave, `ledger.stopped` (stop).
   */
  query(query: Query): Promise<Page>;

  /**
   * Sends messages that change nothing: a repeated hint, needing no evidence. At least once after
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

/** The actor of what a function does by itself. */
export function serviceActor(ledger: Ledger): Actor {
  return { kind: 'service', id: ledger.identity.name };
}

/** Where a page of a run's entries begins, and how many it has at most. */
export interface TrailPageRequest {
  /** The `next` of the page before. */
  readonly after?: string | undefined;
  /** 1 to {@link TRAIL_PAGE_MAX}. */
  readonly limit: number;
}

/** The most entries of one page. */
export const TRAIL_PAGE_MAX = 100;

export interface TrailPage {
  readonly entries: readonly StoredEntry[];
  /** Pass as `after` for the next page; absent at the end. */
  readonly next?: string;
}

/** Reads the evidence. Apart from {@link Ledger}, because those who act do not need it. */
export interface TrailReader {
  /**
   * A page of the entries that are found by a run, oldest first by the time they are found by. Of
   * the same millisecond, those of one writer are in the order of their numbers within a page, and
   * nothing else is promised; pages that follow each other hold each of them once. Costs what the
   * page does, however many there are.
   *
   * **May be stale**, as {@link Ledger.query}: of entries that come after a page was given, those
   * of a later time than its last one are in the pages after it; others may be in none of them.
   *
   * The bytes are given as they are stored, whatever they are: who may write entries may write any,
   * of any run.
   *
   * @throws `ledger.unavailable` (retry), `ledger.refused` (refuse) for a limit that is not
   *   allowed or a cursor that no page gave.
   */
  ofRun(run: string, page: TrailPageRequest): Promise<TrailPage>;
  /**
   * Every entry, in no promised order. Consistent with {@link standing} only when nothing commits
   * meanwhile.
   */
  all(): AsyncIterable<StoredEntry>;
  /** Every document as it stands, its commitment computed afresh from the stored bytes. */
  standing(): AsyncIterable<CurrentDocument>;
}

/** The sending end of the queues. */
export interface MessageSender {
  /**
   * Sends messages: each at least once after return, in any order, perhaps twice. Ids only, as
   * {@link Message} holds nothing else. Their form was checked before ({@link Ledger} does).
   *
   * @throws `ledger.unavailable` (retry): some may have been sent.
   */
  send(messages: readonly Message[]): Promise<void>;
}

/** A message as it is handed out. */
export interface Delivery {
  /** Names this handing-out; needed to delete or return the message. */
  readonly receipt: string;
  readonly message: Message;
  /**
   * How often the message has been handed out, this time included. Approximate: it may restart from
   * 1 after a crash.
   */
  readonly receives: number;
}

/**
 * The receiving end of the queues, one for each step.
 *
 * A received message is invisible to others for `visibilityMs`, then handed out again unless it was
 * deleted.
 */
export interface Queues {
  /** Up to `max` visible messages, possibly none. Returns at once. Writes nothing. */
  receive(queue: string, max: number, visibilityMs: number): readonly Delivery[];
  /** Done with. Durable at some later time; until then a crash may bring the message back. */
  delete(queue: string, receipt: string): void;
  /** Hands the message out again after `delayMs`. */
  release(queue: string, receipt: string, delayMs: number): void;
  /**
   * Moves the message to another queue, where its receives count from 0. Durable at some later
   * time, like {@link delete}.
   */
  move(queue: string, receipt: string, to: string): void;
}
