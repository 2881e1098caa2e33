import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LedgerCorruptError, RESTORE_LEDGER } from '../../errors.ts';

/** "WRIT" in ASCII: distinguishes a ledger from other SQLite databases. */
const APPLICATION_ID = 0x57524954;
/** Version of the tables below. All other versions are refused. */
export const SCHEMA_VERSION = 1;

// The tables have rowids. Without them, a row that is longer than a quarter of a page, as most
// entries are, would use overflow pages. With them, documents of one run, which are inserted
// together, are also stored together.
const TABLES = `
  CREATE TABLE document (
    target TEXT NOT NULL UNIQUE, name TEXT NOT NULL, rev INTEGER NOT NULL, commitment TEXT NOT NULL, body BLOB NOT NULL,
    automation TEXT NOT NULL, list TEXT, sort TEXT, due_at INTEGER, sweep_at INTEGER
  ) STRICT;
  CREATE INDEX document_list ON document (list, sort) WHERE list IS NOT NULL;
  CREATE INDEX document_due ON document (automation, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX document_sweep ON document (automation, sweep_at) WHERE sweep_at IS NOT NULL;

  CREATE TABLE writer (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE trail (
    writer INTEGER NOT NULL REFERENCES writer (id), n INTEGER NOT NULL, time INTEGER NOT NULL, run TEXT, entry BLOB NOT NULL,
    UNIQUE (writer, n)
  ) STRICT;
  CREATE INDEX trail_run ON trail (run, time, writer, n) WHERE run IS NOT NULL;
  CREATE TRIGGER trail_no_replace BEFORE INSERT ON trail WHEN EXISTS (SELECT 1 FROM trail WHERE writer = NEW.writer AND n = NEW.n)
    BEGIN SELECT RAISE(ABORT, 'the trail is write-once'); END;
  CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is write-once'); END;
  CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is write-once'); END;
  CREATE TRIGGER writer_no_update BEFORE UPDATE ON writer BEGIN SELECT RAISE(ABORT, 'the trail is write-once'); END;
  CREATE TRIGGER writer_no_delete BEFORE DELETE ON writer BEGIN SELECT RAISE(ABORT, 'the trail is write-once'); END;

  CREATE TABLE message (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, body TEXT NOT NULL, visible_at INTEGER NOT NULL) STRICT;
  CREATE TABLE ballast (blob BLOB) STRICT;
`;

/** Creates the error for a data folder without a ledger. */
export function lost(folder: string): LedgerCorruptError {
  return new LedgerCorruptError(
    `${folder} holds keys, secrets or a write-ahead log, but its ledger is lost`,
    { folder },
    { help: `${RESTORE_LEDGER} Or use another data folder.` },
  );
}

function notLedger(path: string): LedgerCorruptError {
  return new LedgerCorruptError(
    `${path} is a database, but not a ledger of Writ`,
    { path },
    { help: 'Use another data folder.' },
  );
}

/** Refuses a foreign database before any setting is written to it. */
export function assertOurs(db: DatabaseSync, path: string): void {
  const value = (pragma: string) => Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  if (value('application_id') !== APPLICATION_ID && value('schema_version') !== 0) {
    throw notLedger(path);
  }

  const log = `${path}-wal`;
  // without a log, the file must contain every page in full
  if (existsSync(log) && statSync(log).size > 0) return;
  if (statSync(path).size % Number(value('page_size')) !== 0)
    throw new LedgerCorruptError(
      `${path} ends in the middle of a page`,
      { path },
      { help: RESTORE_LEDGER },
    );
}

/**
 * Creates the tables in an empty file, or checks that a file is a ledger of this version and
 * undamaged.
 *
 * @param mayMake - True when an empty file is a new ledger, not the remains of an old one.
 * @throws {@link LedgerCorruptError} otherwise. Nothing was changed.
 */
export function prepareSchema(db: DatabaseSync, path: string, mayMake: boolean): void {
  const value = (pragma: string) => Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  if (value('application_id') === 0 && value('schema_version') === 0) {
    if (!mayMake) throw lost(dirname(path));
    db.exec(
      `BEGIN IMMEDIATE; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; ${TABLES} COMMIT;`,
    );
    return;
  }
  if (value('application_id') !== APPLICATION_ID) throw notLedger(path);

  const version = Math.abs(Number(value('user_version'))); // negative: see `LogMark`
  if (version !== SCHEMA_VERSION) {
    throw new LedgerCorruptError(
      `${path} is a ledger of format ${version}; this release reads format ${SCHEMA_VERSION}`,
      { path, version },
      { help: 'Use the release that wrote the ledger, or another data folder.' },
    );
  }

  const [difference] = schemaProblems(db);
  if (difference !== undefined)
    throw new LedgerCorruptError(
      `${path} was changed outside of Writ: ${difference}`,
      { path },
      { help: RESTORE_LEDGER },
    );

  // quick_check would cost two thirds as much, but does not compare indexes with their tables
  if (value('integrity_check(1)') !== 'ok')
    throw new LedgerCorruptError(
      `${path} is damaged: SQLite's integrity_check fails`,
      { path },
      { help: RESTORE_LEDGER },
    );
}

/**
 * Lists differences between the tables, indexes and triggers of the database and those of Writ. A
 * missing trigger would leave the trail unprotected, and an added trigger would run with each
 * commit.
 */
export function schemaProblems(db: DatabaseSync): string[] {
  const reference = new DatabaseSync(':memory:');

  reference.exec(TABLES);

  const [expected, found] = [objectsOf(reference), objectsOf(db)];

  reference.close();

  const missing = [...expected.keys()]
    .filter((name) => !found.has(name))
    .map((name) => `${name} is missing`);
  const others = [...found].flatMap(([name, sql]) => {
    if (!expected.has(name)) return [`${name.slice(0, 100)} was added`];
    return expected.get(name) === sql ? [] : [`${name} was changed`];
  });

  return [...missing, ...others];
}

/**
 * Returns the statements of a schema by object, such as `trigger trail_no_update`. Indexes that
 * SQLite creates automatically have no statement.
 */
function objectsOf(db: DatabaseSync): Map<string, string> {
  const rows = db.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema').all();
  return new Map(
    rows.map(({ type, name, tbl_name, sql }) => [`${type} ${name}`, `${tbl_name} ${sql}`]),
  );
}

/**
 * Settings of every connection. WAL with FULL: a commit is on the disk when it returns.
 * `secure_delete`: shredded data is overwritten. `recursive_triggers`: INSERT OR REPLACE counts as
 * a DELETE, so it cannot rewrite the trail.
 */
export const PRAGMAS = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA recursive_triggers = ON;
  PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA busy_timeout = 0;
`;
