import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { type CurrentDocument, commitmentOf, type StoredEntry } from '#shared/audit/index.ts';
import {
  type Clock,
  DefectError,
  isWritError,
  type Metrics,
  newId,
  parseJson,
  type Random,
  silentMetrics,
  systemTimers,
  type Timers,
} from '#shared/kernel/index.ts';
import {
  DocumentCorruptError,
  LedgerConflictError,
  LedgerRefusedError,
  LedgerStoppedError,
} from '../../errors.ts';
import type {
  Commit,
  Committed,
  Document,
  Ledger,
  Message,
  Page,
  Query,
  Revision,
  TrailPage,
  TrailPageRequest,
  TrailReader,
  WriterIdentity,
} from '../../ports.ts';
import {
  assertMessages,
  assertRead,
  nameOf,
  type PreparedChange,
  type PreparedCommit,
  prepareCommit,
  revisionsOf,
  sealEntries,
} from '../../prepare.ts';
import { assertIntact, documentOf, type StoredDocument } from '../../stored-document.ts';
import { automationOf } from '../../targets.ts';
import { notOurs, placeAfter, type TrailPlace, trailCursor } from '../../trail-cursor.ts';
import { ALL_DOCUMENTS, notOpened, openDatabase, statements, WHOLE_TRAIL } from './database.ts';
import { DocumentCache } from './document-cache.ts';
import { makeDataFolder, notWritten, unusable } from './folder.ts';
import { FolderLock } from './lock.ts';
import { LogMark } from './log-mark.ts';
import { messageOf, messageRow } from './message-row.ts';
import { MemoryQueues, type StoredMessage } from './queues.ts';
import { lost } from './schema.ts';

export interface SqliteStoreOptions {
  /** Folder of the database. Created if missing. Only one process can use it at a time. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers?: Timers;
  /** @default - metrics are not counted */
  readonly metrics?: Metrics;
  /**
   * Pages of 4 KiB to which the write-ahead log is grown at the start, so that commits overwrite it
   * instead of growing it.
   *
   * @default 4000 - about 16 MB; 0 does not grow it in advance
   */
  readonly walPages?: number;
  /**
   * Maximum number of pages of the database.
   *
   * @default - limited only by the disk
   */
  readonly maxPages?: number;
  /**
   * Returns true when a new ledger may be created. Called after the folder is locked, before any
   * file of the ledger is created.
   *
   * @default - always true
   */
  readonly mayMake?: () => boolean;
}

/** Counts since the store was opened. A group is one transaction and one sync to the disk. */
export interface StoreCounts {
  readonly groups: number;
  readonly commits: number;
  readonly conflicts: number;
  readonly entries: number;
}

interface Pending {
  readonly prepared: PreparedCommit;
  readonly writer: Writer;
  resolve(committed: Committed): void;
  reject(error: unknown): void;
}

interface Writer {
  readonly identity: WriterIdentity;
  readonly name: string;
  next: number;
  row?: number;
}

type Row = Record<string, string | number | bigint | Uint8Array | null>;

/** Maximum time that deletions wait for a commit to be written together with it. */
const IDLE_MS = 500;

/**
 * The embedded ledger, trail and queues: one SQLite file, one process, one writer.
 *
 * Commits of the same turn of the event loop become one transaction and are acknowledged after its
 * sync, so throughput does not depend on the latency of the disk. The revisions of each commit are
 * checked before its first write, so a refused commit has no effect on its group. Any other failure
 * within a group stops the store. No commit of the group was acknowledged, and the next start
 * recovers from the disk.
 */
export class SqliteStore implements TrailReader {
  readonly queues: MemoryQueues;
  readonly #db: DatabaseSync;
  readonly #folder: string;
  readonly #mark: LogMark;
  readonly #lock: FolderLock;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #timers: Timers;
  readonly #metrics: Metrics;
  readonly #sql: ReturnType<typeof statements>;
  readonly #cache = new DocumentCache();
  readonly #stopListeners: ((error: LedgerStoppedError) => void)[] = [];
  #pending: Pending[] = [];
  #deletes: number[] = [];
  #moves: { readonly id: number; readonly message: Message }[] = [];
  #sends: {
    readonly messages: readonly Message[];
    resolve(): void;
    reject(error: unknown): void;
  }[] = [];
  #scheduled = false;
  #idle: (() => void) | undefined;
  #stopped: LedgerStoppedError | undefined;
  #dataVersion: unknown;
  #groups = 0;
  #commits = 0;
  #conflicts = 0;
  #entries = 0;

  /**
   * Opens or creates the store. Messages that were not deleted are delivered again.
   *
   * @throws `ledger.locked`, `ledger.corrupt`, `ledger.stopped` (all stop): nothing was changed.
   */
  constructor(options: SqliteStoreOptions) {
    SqliteStore.makeFolder(options.folder);
    this.#folder = options.folder;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#timers = options.timers ?? systemTimers;
    this.#metrics = options.metrics ?? silentMetrics;

    try {
      this.#lock = new FolderLock(options.folder);
    } catch (error) {
      throw isWritError(error) ? error : unusable(options.folder, error);
    }

    // SQLite may read a relative path as a URI
    const path = join(resolve(options.folder), 'ledger.db');
    try {
      const mayMake = options.mayMake?.() ?? true;
      if (!SqliteStore.exists(options.folder) && (!mayMake || existsSync(`${path}-wal`)))
        throw lost(options.folder);

      this.#db = openDatabase(path, { ...options, mayMake });
      this.#sql = statements(this.#db);
      this.#mark = new LogMark(this.#db, path);
      for (const file of [path, `${path}-wal`]) this.#lock.hold(file);
    } catch (error) {
      this.#lock.release();
      throw notOpened(path, error);
    }

    this.queues = new MemoryQueues(
      {
        delete: (id) => this.#later(() => this.#deletes.push(id)),
        move: (id, message) => this.#later(() => this.#moves.push({ id, message })),
      },
      this.#clock,
      this.#timers,
    );

    for (const stored of this.#storedMessages()) this.queues.publish(stored);
  }

  /**
   * Reads the messages that were not deleted. All messages are read before the first is delivered.
   */
  #storedMessages(): StoredMessage[] {
    try {
      return (this.#sql.allMessages.all() as Row[]).map(({ id, queue, body, visible_at }) => {
        const visibleAt = Number(visible_at);
        return {
          id: Number(id),
          message: messageOf({ queue: String(queue), body: String(body), visibleAt }),
          visibleAt,
        };
      });
    } catch (error) {
      this.#mark.close();
      this.#lock.release();
      throw error;
    }
  }

  /**
   * Creates the folder of a store, accessible only to its owner.
   *
   * @throws {@link LedgerStoppedError} when it cannot be created.
   */
  static makeFolder(folder: string): void {
    makeDataFolder(folder);
  }

  /** Returns true for a folder that contains a store. */
  static exists(folder: string): boolean {
    const path = join(folder, 'ledger.db');
    // SQLite creates the file before it writes anything
    return existsSync(path) && statSync(path).size > 0;
  }

  /** Opens a ledger for one function. Each call returns an instance with its own writer. */
  ledger(identity: WriterIdentity): Ledger {
    const writer: Writer = { identity, name: `${identity.name}#${newId(this.#random)}`, next: 1 };
    return {
      identity,
      commit: (commit) => this.#commit(writer, commit),
      read: async (targets) => {
        assertRead(targets);
        return this.#read(targets);
      },
      query: async (query) => this.#reading(() => this.#query(query)),
      send: (messages) => this.#send(messages),
    };
  }

  counts(): StoreCounts {
    return {
      groups: this.#groups,
      commits: this.#commits,
      conflicts: this.#conflicts,
      entries: this.#entries,
    };
  }

  /** Calls `listener` when the store stops because of a failure. The process should then end. */
  onStop(listener: (error: LedgerStoppedError) => void): void {
    this.#stopListeners.push(listener);
  }

  /** Writes pending operations, checkpoints the log, and releases the folder. */
  close(): void {
    this.#flush();
    this.#idle?.();

    if (this.#stopped === undefined) {
      this.#stopped = new LedgerStoppedError('the ledger was closed');

      try {
        this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } catch {
        // a reader blocks the checkpoint; the next start performs it
      }
    }

    this.#mark.close();
    this.#lock.release();
  }

  /**
   * Checkpoints and empties the write-ahead log, so that neither file still contains shredded
   * bytes.
   */
  scrub(): void {
    this.#flush();
    this.#db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
  }

  async ofRun(run: string, request: TrailPageRequest): Promise<TrailPage> {
    const { limit } = request;
    const rows = this.#sql.trailOfRun.all(run, ...startOf(placeAfter(request)), limit + 1) as Row[];
    const entries = rows.slice(0, limit).map(storedEntry);
    const last = rows[limit - 1];
    if (rows.length <= limit || last === undefined) return { entries };

    return {
      entries,
      next: trailCursor({ time: `${last.time}`, n: `${last.n}`, writer: `${last.row}` }),
    };
  }

  async *all(): AsyncIterable<StoredEntry> {
    for (const row of this.#rows(WHOLE_TRAIL)) yield storedEntry(row);
  }

  async *standing(): AsyncIterable<CurrentDocument> {
    for (const row of this.#rows(ALL_DOCUMENTS)) {
      const [target, rev] = [String(row.name), Number(row.rev)];

      yield {
        target,
        rev,
        commitment: commitmentOf(target, rev, row.body as Uint8Array),
        stored: String(row.commitment),
      };
    }
  }

  #rows(sql: string): Iterable<Row> {
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.iterate() as Iterable<Row>;
  }

  #commit(writer: Writer, commit: Commit): Promise<Committed> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) throw this.#stopped;
      this.#pending.push({ prepared: prepareCommit(commit), writer, resolve, reject });
      this.#schedule();
    });
  }

  #send(messages: readonly Message[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) throw this.#stopped;
      assertMessages(messages);
      this.#sends.push({ messages, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  /** Schedules a write that no caller waits for. */
  #later(record: () => void): void {
    record();
    this.#idle ??= this.#timers.after(IDLE_MS, () => {
      this.#idle = undefined;
      this.#flush();
    });
  }

  /** Writes all pending operations in one transaction, then acknowledges them. */
  #flush(): void {
    this.#scheduled = false;

    const [group, sends, deletes, moves] = [this.#pending, this.#sends, this.#deletes, this.#moves];
    if (
      this.#stopped !== undefined ||
      group.length + sends.length + deletes.length + moves.length === 0
    )
      return;

    [this.#pending, this.#sends, this.#deletes, this.#moves] = [[], [], [], []];

    const acknowledge: (() => void)[] = [];
    const publish: StoredMessage[] = [];
    const moved: StoredMessage[] = [];

    try {
      const now = this.#clock.now();

      this.#mark.renew();
      this.#sql.begin.run();
      this.#lock.assertHeld();
      this.#detectForeignWrites();
      for (const pending of group) acknowledge.push(this.#apply(pending, now, publish));

      for (const { messages, resolve } of sends) {
        for (const message of messages) publish.push(this.#insertMessage(message, now));
        acknowledge.push(resolve);
      }

      for (const { id, message } of moves) {
        deletes.push(id);
        moved.push(this.#insertMessage(message, now));
      }

      for (const id of deletes) this.#sql.deleteMessage.run(id);

      this.#sql.commit.run();
      this.#groups++;
    } catch (cause) {
      this.#stop(cause, [...group, ...sends]);
      return;
    }

    for (const stored of publish) this.queues.publish(stored);

    for (const stored of moved) this.queues.arrive(stored);

    for (const answer of acknowledge) answer();
  }

  /**
   * Applies one commit of a group. Returns a function that responds to the caller. Call it when the
   * group is durable.
   */
  #apply(
    { prepared, writer, resolve, reject }: Pending,
    now: number,
    publish: { message: Message; id: number; visibleAt: number }[],
  ): () => void {
    try {
      const stale = this.#stale(prepared);
      if (stale.length > 0) throw new LedgerConflictError(stale);
    } catch (error) {
      if (!isWritError(error, 'ledger.conflict', 'ledger.corrupt')) throw error;
      this.#conflicts++;
      return () => reject(error); // refuses only this commit, of which nothing was written
    }

    const { next, identity, name } = writer;
    let entries: Uint8Array[];

    try {
      entries = sealEntries(
        prepared,
        { writer: name, bundle: identity.bundle, time: now, engine: 'embedded' },
        next,
      );
    } catch (error) {
      const refused = isWritError(error)
        ? error
        : new LedgerRefusedError(
            'the entries of the commit cannot be written',
            {},
            { cause: error },
          );
      return () => reject(refused); // too large, or not allowed here; nothing was written
    }

    for (const change of prepared.changes) this.#write(change);

    writer.row ??= Number(this.#sql.insertWriter.run(name).lastInsertRowid);

    for (const [i, bytes] of entries.entries()) {
      this.#sql.insertEntry.run(
        writer.row,
        next + i,
        now,
        prepared.commit.entries[i]?.run ?? null,
        bytes,
      );
    }

    for (const message of prepared.commit.messages ?? [])
      publish.push(this.#insertMessage(message, now));

    for (const target of prepared.commit.unmark ?? []) this.#sql.unmark.run(target);

    writer.next = next + entries.length;
    this.#commits++;
    this.#entries += entries.length;

    return () =>
      resolve({
        revisions: revisionsOf(prepared),
        entries: entries.map((_, i) => ({ writer: name, n: next + i })),
      });
  }

  /** Returns the targets whose revision differs from that of the commit. */
  #stale({ commit }: PreparedCommit): string[] {
    const stale: string[] = [];

    const check = (target: string, at: Revision | null, as?: string) => {
      const row = this.#current(target);

      const holds =
        at === null
          ? row === undefined
          : row?.rev === at.rev &&
            row.commitment === at.commitment &&
            (as === undefined || row.name === as);

      if (!holds) stale.push(target);
    };

    for (const change of commit.changes ?? [])
      check(change.target, change.op === 'insert' ? null : change.at, nameOf(change));

    for (const { target, at } of commit.checks ?? []) check(target, at);

    for (const target of commit.unmark ?? [])
      if (this.#current(target) === undefined) stale.push(target);

    return stale;
  }

  #write({ change, bytes, rev, commitment }: PreparedChange): void {
    if (change.op === 'remove' || bytes === undefined || commitment === null) {
      this.#sql.remove.run(change.target);
      this.#cache.set(change.target, null);
      return;
    }

    if (change.op === 'insert') {
      const { list, dueAt } = change.index ?? {};

      const indexes = [
        list?.name ?? null,
        list?.sort ?? null,
        dueAt ?? null,
        change.sweepAt ?? null,
      ] as const;

      this.#sql.insert.run(
        change.target,
        nameOf(change),
        rev,
        commitment,
        bytes,
        automationOf(change.target),
        ...indexes,
      );
    } else {
      const { changes } = this.#sql.replace.run(
        rev,
        commitment,
        bytes,
        change.sweepAt ?? null,
        change.target,
        rev - 1,
      );
      if (changes !== 1)
        throw new DefectError(
          'a document moved on under this process: another one writes to the same file',
        );
    }

    this.#cache.set(change.target, {
      target: change.target,
      name: nameOf(change),
      rev,
      commitment,
      body: bytes,
    });
  }

  #insertMessage(message: Message, now: number): StoredMessage {
    const visibleAt = now + (message.delayMs ?? 0);
    const { queue, body } = messageRow(message, visibleAt);
    const { lastInsertRowid } = this.#sql.insertMessage.run(queue, body, visibleAt);
    return { message, id: Number(lastInsertRowid), visibleAt };
  }

  #stop(cause: unknown, waiting: readonly { reject(error: unknown): void }[]): void {
    if (this.#db.isTransaction) {
      try {
        this.#db.exec('ROLLBACK');
      } catch {
        // the next start rolls it back
      }
    }

    this.#stopped = cause instanceof LedgerStoppedError ? cause : notWritten(this.#folder, cause);
    for (const { reject } of waiting) reject(this.#stopped);

    for (const listener of this.#stopListeners) listener(this.#stopped);
  }

  /** Checks the lock for reads as well, because a folder that was lost has stale data. */
  #assertHeld(): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    try {
      this.#lock.assertHeld();
    } catch (error) {
      this.#stop(error, []);
      throw error;
    }
  }

  #read(targets: readonly string[]): (Document | undefined)[] {
    return this.#reading(() => {
      this.#detectForeignWrites();
      return targets.map((target) => {
        const document = this.#current(target);
        return document === undefined ? undefined : documentOf(document);
      });
    });
  }

  /** Reads, and stops the store if the file can no longer be read. */
  #reading<T>(read: () => T): T {
    if (this.#stopped !== undefined) throw this.#stopped;

    try {
      return read();
    } catch (error) {
      if ((error as { errcode?: number }).errcode === undefined) throw error;
      this.#stop(error, []);
      throw this.#stopped;
    }
  }

  /**
   * Clears the cache if another process has written to the file, so that documents are read and
   * checked again.
   */
  #detectForeignWrites(): void {
    const version = this.#sql.dataVersion.get()?.data_version;
    if (version !== this.#dataVersion) this.#cache.clear();
    this.#dataVersion = version;
  }

  /**
   * Returns the current document, from the cache or the table.
   *
   * @throws `ledger.corrupt`
   */
  #current(target: string): StoredDocument | undefined {
    const cached = this.#cache.get(target);
    if (cached) return cached;
    if (cached === null) return undefined;
    const row = this.#sql.document.get(target) as Row | undefined;
    // the index leads to another document
    if (row !== undefined && row.target !== target) throw new DocumentCorruptError(target);

    const document = row === undefined ? undefined : intactOf(row);

    this.#cache.set(target, document ?? null);

    return document;
  }

  #query(query: Query): Page {
    this.#assertHeld();

    if (query.by !== 'list') {
      const find = query.by === 'due' ? this.#sql.due : this.#sql.sweep;
      return {
        documents: this.#intact(find.all(query.automation, query.until, query.limit) as Row[]),
      };
    }

    const [find, start] = query.newestFirst
      ? [this.#sql.listBackwards, AFTER_ALL_TEXTS]
      : [this.#sql.list, ''];
    const rows = find.all(
      query.list,
      ...(cursorOf(query.after) ?? [start, start]),
      query.limit + 1,
    ) as Row[];

    const documents = this.#intact(rows.slice(0, query.limit));
    const last = rows[query.limit - 1];

    return rows.length > query.limit && last !== undefined
      ? { documents, next: JSON.stringify([last.sort, last.target]) }
      : { documents };
  }

  /**
   * Returns the intact documents of an index query. Skips corrupt documents, so that they do not
   * hide intact documents.
   */
  #intact(rows: readonly Row[]): Document[] {
    return rows.flatMap((row) => {
      try {
        return [documentOf(intactOf(row))];
      } catch (error) {
        if (!isWritError(error, 'ledger.corrupt')) throw error;
        this.#metrics.add('DocumentsUnreadable', 1);
        return [];
      }
    });
  }
}

/** @throws `ledger.corrupt` */
function intactOf(row: Row): StoredDocument {
  const { target, name, rev, commitment, body } = row;

  const stored = {
    target: String(target),
    name: String(name),
    rev: Number(rev),
    commitment: String(commitment),
    body: body as Uint8Array,
  };

  assertIntact(stored);

  return stored;
}

/** Upper bound of every text, because SQLite sorts blobs after texts. */
const AFTER_ALL_TEXTS = new Uint8Array();

/** Parses the cursor of a list: sort key and target of the last document of the previous page. */
function cursorOf(after: string | undefined): [string, string] | undefined {
  if (after === undefined) return undefined;

  try {
    const [sort, target] = parseJson(after) as unknown[];
    if (typeof sort === 'string' && typeof target === 'string') return [sort, target];
  } catch {
    // refused below, like any other invalid cursor
  }

  throw notOurs();
}

/**
 * Returns the time, writer row and number of the last entry before a page of a run's entries.
 *
 * @throws {@link LedgerRefusedError}
 */
function startOf(place: TrailPlace | undefined): [number, number, number] {
  if (place === undefined) return [-1, -1, -1]; // before the first

  const start: [number, number, number] = [
    Number(place.time),
    Number(place.writer),
    Number(place.n),
  ];
  if (!start.every(Number.isSafeInteger)) throw notOurs();

  return start;
}

function storedEntry(row: Row): StoredEntry {
  return { writer: String(row.name), n: Number(row.n), bytes: row.entry as Uint8Array };
}
