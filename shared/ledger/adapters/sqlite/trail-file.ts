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

/** A document as the file has it: its commitment is the one that is stored beside it. */
export type WrittenDocument = Pick<Document, 'target' | 'rev' | 'commitment' | 'body'>;

/** What a document is found by besides its key, when it stands where whoever inserted it put it. */
export type FoundBy = (target: string, body: Json) => IndexKeys;

/**
 * The trail and the documents of a data folder as they stood when it was opened, whatever is
 * committed meanwhile.
 */
export interface TrailFile extends Pick<TrailReader, 'all' | 'standing'> {
  /** Entries in the file: how many {@link TrailReader.all} will give. */
  readonly entries: number;
  /**
   * Documents of some kinds, whatever is wrong with them. @throws `ledger.corrupt` (stop) where the
   * file cannot be read further.
   */
  documents(kinds: readonly string[]): Iterable<WrittenDocument>;
  /**
   * What is wrong with the file itself, a sentence each, at most 20: pages or indexes that are
   * damaged, and rows that would be found under something else than their bytes say.
   */
  damages(foundBy: FoundBy): string[];
  /**
   * @throws `ledger.unavailable` (retry): a process began to work on the file meanwhile, so what
   *   was read may be of two moments.
   */
  assertStill(): void;
  close(): void;
}

/** Beyond so many, more of them tell nobody more. */
const MOST_DAMAGES = 20;

type Row = Record<string, string | number | bigint | Uint8Array | null>;

/**
 * What entries are found by is written beside their bytes, and nothing but this compares the two.
 */
const MISFILED = `
  SELECT name, n FROM trail JOIN writer ON writer.id = trail.writer
  WHERE json_valid(CAST(entry AS TEXT)) AND (run IS NOT json_extract(CAST(entry AS TEXT), '$.run') OR time IS NOT json_extract(CAST(entry AS TEXT), '$.time'))
  LIMIT ${MOST_DAMAGES}
`;
/** A writer comes with its first entry. */
const EMPTIED = `SELECT name FROM writer WHERE id NOT IN (SELECT writer FROM trail) LIMIT ${MOST_DAMAGES}`;
/** Due times as text: one that somebody wrote there may be no number of JavaScript's. */
const PLACED =
  'SELECT target, name, body, automation, list, sort, CAST(due_at AS TEXT) AS due FROM document ORDER BY target';

/**
 * Opens the SQLite file of a data folder to be read, in one read transaction: beside a process that
 * works on it, which is not disturbed. Nothing is written into the folder, which may be read-only.
 *
 * @throws `ledger.unavailable` (retry): a process just began to work on it. `ledger.corrupt`,
 *   `ledger.stopped` (stop): there is no ledger, or none that can be read. A file that is damaged
 *   further in opens; then {@link TrailFile.damages} tells, and reading may end in
 *   `ledger.corrupt`.
 */
export function openTrailFile(folder: string): TrailFile {
  const path = join(resolve(folder), 'ledger.db'); // a relative one may look like a URI to SQLite
  if (!existsSync(path))
    throw new LedgerCorruptError(
      `there is no ledger in ${folder}`,
      { folder },
      { help: 'Name the data folder of a platform with --data.' },
    );

  const file = opened(path);
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
      damages: (foundBy) => damagesOf(rows, () => guarded(() => schemaProblems(db)), foundBy),
      assertStill: () => file.assertStill(),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

function opened(path: string): ReadOnlyDatabase {
  try {
    return openReadOnly(path);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function damagesOf(
  rows: (sql: string) => Iterable<Row>,
  schema: () => string[],
  foundBy: FoundBy,
): string[] {
  const pages = function* () {
    for (const strange of schema()) yield `the file was changed outside of Writ: ${strange}`;

    for (const { integrity_check: says } of rows(`PRAGMA integrity_check(${MOST_DAMAGES})`))
      if (says !== 'ok') yield `the file is damaged: ${says}`;

    for (const { name, n } of rows(MISFILED))
      yield `entry ${name} / ${n} would be found under another run or time than it says`;

    for (const { name } of rows(EMPTIED)) yield `writer ${name} has no entry any more`;

    for (const { queue, body, visible_at } of rows(ALL_MESSAGES))
      if (!isMessage({ queue: String(queue), body: String(body), visibleAt: Number(visible_at) }))
        yield 'a queued message is not as it was written';

    for (const row of rows(PLACED)) yield* misplaced(row, foundBy);
  };

  const found: string[] = [];

  try {
    for (const text of pages()) if (found.push(text) === MOST_DAMAGES) break;
  } catch (error) {
    if (!isWritError(error, 'ledger.corrupt')) throw error;
    found.push(error.message);
  }

  return found;
}

/**
 * What is wrong with where a document stands. That its body is the one the trail tells of is for
 * the trail to say.
 */
function* misplaced(
  { target, name, body: bytes, automation, list, sort, due }: Row,
  foundBy: FoundBy,
): Generator<string> {
  const [key, body] = [String(target), objectOf(bytes as Uint8Array)];
  if (isDirectoryRow(key)) {
    if (!isTokenRowOf(key, body))
      yield `document ${name} stands in the place of another row of the directory`;
  } else if (name !== target) yield `document ${name} stands in the place of ${target}`;

  const { list: place, dueAt } = foundBy(key, body);
  const given = [automationOf(key), place?.name, place?.sort, dueAt?.toString()];

  if ([automation, list, sort, due].some((is, i) => is !== (given[i] ?? null)))
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

/** Nothing for a body that is no object: no document is, so the trail tells of it. */
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
