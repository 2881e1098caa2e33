import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type CurrentDocument, commitmentOf, type StoredEntry } from '#shared/audit/index.ts';
import { isTokenRowOf } from '#shared/crypto/index.ts';
import { isWritError, type Json, parseJson } from '#shared/kernel/index.ts';
import { LedgerCorruptError, RESTORE_LEDGER } from '../../errors.ts';
import type { Document, IndexKeys, TrailReader } from '../../ports.ts';
import { automationOf } from '../../targets.ts';
import { ALL_DOCUMENTS, ALL_MESSAGES, WHOLE_TRAIL } from './database.ts';
import { unusable } from './folder.ts';
import { assertLogThere } from './log-mark.ts';
import { type MessageRow, messageOf } from './message-row.ts';
import { openReadOnly, type ReadOnlyDatabase } from './read-only.ts';
import { assertOurs, schemaProblems } from './schema.ts';

/** A document as stored in the file, with its stored commitment. */
export type WrittenDocument = Pick<Document, 'target' | 'rev' | 'commitment' | 'body'>;

/** Returns the index keys that a document should have. */
export type IndexKeysOf = (target: string, body: Json) => IndexKeys;

/**
 * Trail and documents of a data folder at the time it was opened. Later commits are not visible.
 */
export interface TrailFile extends Pick<TrailReader, 'all' | 'standing'> {
  /** Number of entries in the file. */
  readonly entries: number;
  /**
   * Returns the documents of some kinds, unchecked.
   *
   * @throws `ledger.corrupt` (stop) if the rest of the file cannot be read.
   */
  documents(kinds: readonly string[]): Iterable<WrittenDocument>;
  /**
   * Describes damage of the file itself, one sentence each, at most 20: damaged pages or indexes,
   * and rows whose index columns contradict their bytes.
   */
  damages(indexKeysOf: IndexKeysOf): string[];
  /**
   * Checks that no process has started to use the file.
   *
   * @throws `ledger.unavailable` (retry): a process has, so the data may mix two states of the
   *   file.
   */
  assertStill(): void;
  close(): void;
}

/** Maximum number of problems reported. */
const MAX_PROBLEMS = 20;

type Row = Record<string, string | number | bigint | Uint8Array | null>;

/**
 * Entries whose index columns contradict their bytes. No other check compares columns and bytes.
 */
const ENTRIES_MISINDEXED = `
  SELECT name, n FROM trail JOIN writer ON writer.id = trail.writer
  WHERE json_valid(CAST(entry AS TEXT)) AND (run IS NOT json_extract(CAST(entry AS TEXT), '$.run') OR time IS NOT json_extract(CAST(entry AS TEXT), '$.time'))
  LIMIT ${MAX_PROBLEMS}
`;
/** Writers without entries. A writer is created with its first entry. */
const WRITERS_WITHOUT_ENTRIES = `SELECT name FROM writer WHERE id NOT IN (SELECT writer FROM trail) LIMIT ${MAX_PROBLEMS}`;
/**
 * Index columns of all documents. Due times are read as text, because a manipulated one may not be
 * a JavaScript number.
 */
const INDEXED_DOCUMENTS =
  'SELECT target, name, body, automation, list, sort, CAST(due_at AS TEXT) AS due FROM document ORDER BY target';

/**
 * Opens the SQLite file of a data folder for reading, in one read transaction, without disturbing a
 * process that uses it. Does not write to the folder, which may be read-only.
 *
 * @throws `ledger.unavailable` (retry): a process has just started to use it. `ledger.corrupt`,
 *   `ledger.stopped` (stop): the ledger is missing or cannot be read. A file whose damage is in
 *   later pages can be opened: {@link TrailFile.damages} then reports the damage, and reading may
 *   fail with `ledger.corrupt`.
 */
export function openTrailFile(folder: string): TrailFile {
  const path = join(resolve(folder), 'ledger.db'); // SQLite may read a relative path as a URI
  if (!existsSync(path))
    throw new LedgerCorruptError(
      `there is no ledger in ${folder}`,
      { folder },
      { help: 'Name the data folder of a platform with --data.' },
    );

  const file = open(path);
  const { db } = file;

  const guarded = <T>(read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      throw unreadable(path, cause);
    }
  };

  function* rows(sql: string): Generator<Row> {
    const statement = guarded(() => db.prepare(sql));
    statement.setReadBigInts(true);

    const iterator = guarded(() => statement.iterate() as Iterator<Row>);
    for (
      let row = guarded(() => iterator.next());
      row.done !== true;
      row = guarded(() => iterator.next())
    )
      yield row.value;
  }

  try {
    const entries = guarded(() => {
      assertOurs(db, path);
      assertLogThere(db, path);
      db.exec('BEGIN');
      return Number(db.prepare('SELECT count(*) AS count FROM trail').get()?.count);
    });
    return {
      entries,
      async *all(): AsyncIterable<StoredEntry> {
        for (const { name, n, entry } of rows(WHOLE_TRAIL))
          yield { writer: String(name), n: Number(n), bytes: entry as Uint8Array };
      },
      async *standing(): AsyncIterable<CurrentDocument> {
        for (const { name, rev, commitment, body } of rows(ALL_DOCUMENTS)) {
          const [target, revision] = [String(name), Number(rev)];

          yield {
            target,
            rev: revision,
            commitment: commitmentOf(target, revision, body as Uint8Array),
            stored: String(commitment),
          };
        }
      },
      *documents(kinds) {
        const wanted = kinds.map((kind) => `target GLOB '${kind}#*'`).join(' OR ');
        for (const { target, rev, commitment, body } of rows(
          `SELECT target, rev, commitment, body FROM document WHERE ${wanted}`,
        ))
          yield {
            target: String(target),
            rev: Number(rev),
            commitment: String(commitment),
            body: objectOf(body as Uint8Array),
          };
      },
      damages: (indexKeysOf) =>
        damagesOf(rows, () => guarded(() => schemaProblems(db)), indexKeysOf),
      assertStill: () => file.assertStill(),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function open(path: string): ReadOnlyDatabase {
  try {
    return openReadOnly(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function damagesOf(
  rows: (sql: string) => Iterable<Row>,
  schema: () => string[],
  indexKeysOf: IndexKeysOf,
): string[] {
  const pages = function* () {
    for (const difference of schema()) yield `the file was changed outside of Writ: ${difference}`;

    for (const { integrity_check: says } of rows(`PRAGMA integrity_check(${MAX_PROBLEMS})`))
      if (says !== 'ok') yield `the file is damaged: ${says}`;

    for (const { name, n } of rows(ENTRIES_MISINDEXED))
      yield `entry ${name} / ${n} would be found under another run or time than it says`;

    for (const { name } of rows(WRITERS_WITHOUT_ENTRIES))
      yield `writer ${name} has no entry any more`;

    for (const { queue, body, visible_at } of rows(ALL_MESSAGES))
      if (!isMessage({ queue: String(queue), body: String(body), visibleAt: Number(visible_at) }))
        yield 'a queued message is not as it was written';

    for (const row of rows(INDEXED_DOCUMENTS)) yield* indexProblems(row, indexKeysOf);
  };

  const problems: string[] = [];

  try {
    for (const text of pages()) if (problems.push(text) === MAX_PROBLEMS) break;
  } catch (error) {
    if (!isWritError(error, 'ledger.corrupt')) throw error;
    problems.push(error.message);
  }

  return problems;
}

/**
 * Describes a document that is stored under another key or index. Whether its body is correct is
 * checked against the trail.
 */
function* indexProblems(
  { target, name, body: bytes, automation, list, sort, due }: Row,
  indexKeysOf: IndexKeysOf,
): Generator<string> {
  const [key, body] = [String(target), objectOf(bytes as Uint8Array)];
  if (isDirectoryRow(key)) {
    if (!isTokenRowOf(key, body))
      yield `document ${name} is stored under the key of another row of the directory`;
  } else if (name !== target) yield `document ${name} is stored under the key ${target}`;

  const { list: expectedList, dueAt } = indexKeysOf(key, body);
  const expected = [automationOf(key), expectedList?.name, expectedList?.sort, dueAt?.toString()];

  if ([automation, list, sort, due].some((is, i) => is !== (expected[i] ?? null)))
    yield `document ${name} would be found in another list or at another time than it says, or not at all`;
}

function isMessage(row: MessageRow): boolean {
  try {
    messageOf(row);
    return true;
  } catch (error) {
    if (isWritError(error, 'ledger.corrupt')) return false;
    throw error;
  }
}

const isDirectoryRow = (target: string) => target.startsWith('token#');

/**
 * Parses a body. Returns an empty object if the body is not an object, which the check of the trail
 * reports.
 */
function objectOf(bytes: Uint8Array): Json {
  try {
    const body = parseJson(bytes);
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

const [SQLITE_CORRUPT, SQLITE_NOTADB] = [11, 26];

function unreadable(path: string, cause: unknown): Error {
  if (isWritError(cause)) return cause;
  const { errcode = 0, errstr = 'unknown error' } = cause as { errcode?: number; errstr?: string };
  if (![SQLITE_CORRUPT, SQLITE_NOTADB].includes(errcode % 256))
    return unusable(path, { code: errstr });

  return new LedgerCorruptError(
    `${path} is damaged or not a ledger: ${errstr}`,
    { path },
    { cause, help: RESTORE_LEDGER },
  );
}
