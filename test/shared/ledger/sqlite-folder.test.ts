import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EntryDraft } from '#shared/audit/index.ts';
import { seededRandom } from '#shared/kernel/index.ts';
import { unusable } from '#shared/ledger/adapters/sqlite/folder.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { openTrailFile } from '#shared/ledger/adapters/sqlite/trail-file.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { newFolder } from './folder.ts';

const ENTRY: EntryDraft = {
  workspace: 'acme',
  actor: { kind: 'service', id: 'pay' },
  action: 'step.done',
  outcome: 'ok',
};
const keyOf = (id: number) => `run#invoice-approval#acme#${id}`;
const corrupt = expect.objectContaining({ code: 'ledger.corrupt' });

let folder: string;
let discard: () => void;
let opened: SqliteStore[];
let children: ChildProcess[];
beforeEach(() => {
  ({ folder, discard } = newFolder());
  [opened, children] = [[], []];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  for (const store of opened) store.close();
  discard();
});

const path = (name: string, of = folder) => join(of, name);

function open(of = folder): SqliteStore {
  const timers = new ManualTimers(Date.UTC(2026, 0, 2));

  const store = new SqliteStore({
    folder: of,
    clock: timers,
    timers,
    random: seededRandom(of),
    walPages: 0,
  });

  opened.push(store);

  return store;
}

function close(store: SqliteStore): void {
  opened = opened.filter((one) => one !== store);
  store.close();
}

/** A ledger that counts what was committed. */
function counting(store: SqliteStore, bytes = 10) {
  const ledger = store.ledger({ name: 'invoice-approval.pay', bundle: 'b'.repeat(64) });
  let count = 0;

  return async () => {
    const body = { text: 'x'.repeat(bytes) };
    await ledger.commit({
      changes: [{ op: 'insert', target: keyOf(count), body }],
      entries: [ENTRY],
    });
    return ++count;
  };
}

async function countIn(store: SqliteStore): Promise<number> {
  let count = 0;
  for await (const _ of store.standing()) count++;
  return count;
}

/** What a copy of some of the files gives. */
function copied(name: string, files: readonly string[]): string {
  const copy = path(name);
  mkdirSync(copy);
  for (const file of files) copyFileSync(path(file), path(file, copy));
  return copy;
}

describe('a ledger whose log is not there', () => {
  const losses: [string, (log: string) => void][] = [
    ['removed', (log) => rmSync(log)],
    ['emptied', (log) => truncateSync(log)],
    ['cut to its head', (log) => truncateSync(log, 32)],
    ['cut in its first page', (log) => truncateSync(log, 2_000)],
    ['of another file', (log) => writeFileSync(log, seededRandom('log').bytes(50_000))],
    ['with a bit of its head flipped', (log) => writeFileSync(log, flipped(readFileSync(log), 17))],
  ];

  it.each(losses)(
    '%s after a crash is refused, by a start and by a check, and not touched',
    async (_, lose) => {
      const commit = counting(open());

      for (let i = 0; i < 5; i++) await commit();

      const copy = copied('crashed', ['ledger.db', 'ledger.db-wal']);

      lose(path('ledger.db-wal', copy));

      const logOf = () =>
        existsSync(path('ledger.db-wal', copy))
          ? readFileSync(path('ledger.db-wal', copy)).toString('hex')
          : '';

      const [before, log] = [readFileSync(path('ledger.db', copy)), logOf()];

      expect(() => openTrailFile(copy)).toThrow(corrupt);
      expect(() => open(copy)).toThrow(corrupt);
      expect(() => open(copy)).toThrow(/ledger\.db-wal is missing, empty or damaged/);
      expect(readFileSync(path('ledger.db', copy)).equals(before)).toBe(true);
      expect(logOf()).toBe(log);
    },
  );

  it('is refused, or holds all that was committed, at any moment, also when the log was folded in between', async () => {
    const store = open();
    const commit = counting(store, 200_000);
    const [marked, whole]: number[][] = [[], []];

    for (let i = 0; i < 100; i++) {
      const count = await commit();
      const version = versionIn(path('ledger.db'));
      (version < 0 ? marked : whole)?.push(count);

      if (version > 0) {
        const copy = copied(`whole-${count}`, ['ledger.db']);
        const alone = open(copy);
        expect(await countIn(alone)).toBe(count);
        close(alone);
      }
    }

    expect(whole?.length).toBeGreaterThan(0);
    expect(marked?.length).toBeGreaterThan(90);

    const copy = copied('last', ['ledger.db']);

    expect(() => open(copy)).toThrow(corrupt);
  });

  it('opens when nothing was lost: closed, folded by another tool, saved by SQLite’s own means, or killed while it was marked', async () => {
    const store = open();
    const commit = counting(store);

    for (let i = 0; i < 5; i++) await commit();

    const folded = copied('folded', ['ledger.db', 'ledger.db-wal']);
    const tool = new DatabaseSync(path('ledger.db', folded));

    tool.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    tool.close();
    rmSync(path('ledger.db-wal', folded), { force: true });

    const between = copied('between', ['ledger.db', 'ledger.db-wal']);
    const killed = new DatabaseSync(path('ledger.db', between));

    killed.exec('PRAGMA user_version = -1');

    const cut = copied('cut', []);
    for (const file of ['ledger.db', 'ledger.db-wal'])
      copyFileSync(path(file, between), path(file, cut));

    killed.close();

    const [saved, vacuumed] = [copied('saved', []), copied('vacuumed', [])];
    const reader = new DatabaseSync(path('ledger.db'));

    await backup(reader, path('ledger.db', saved));
    reader.exec(`VACUUM INTO '${path('ledger.db', vacuumed)}'`);
    reader.close();
    close(store);

    for (const of of [folder, folded, cut, saved, vacuumed]) {
      const again = open(of);
      expect([of, await countIn(again)]).toEqual([of, 5]);
      close(again);
      rmSync(path('ledger.db-wal', of), { force: true });
      close(open(of)); // closed well, so it needs no log
    }
  });

  it('is not made anew over the log that is left of it', async () => {
    await counting(open())();
    const copy = copied('left', ['ledger.db-wal']);
    const log = readFileSync(path('ledger.db-wal', copy));
    expect(() => open(copy)).toThrow(/its ledger is lost/);
    expect(readFileSync(path('ledger.db-wal', copy)).equals(log)).toBe(true);
    expect(existsSync(path('ledger.db', copy))).toBe(false);
  });
});

/** The version of the format, as it stands in the file without its log. */
function versionIn(file: string): number {
  const [handle, bytes] = [openSync(file, 'r'), Buffer.alloc(4)];
  readSync(handle, bytes, 0, 4, 60);
  closeSync(handle);
  return bytes.readInt32BE();
}

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

/** What came of another process that opened the folder: the code of its error, or `open`. */
async function openedElsewhere(): Promise<string> {
  const module = (name: string) =>
    JSON.stringify(new URL(`../../../shared/${name}`, import.meta.url));

  const script = `
    import { SqliteStore } from ${module('ledger/adapters/sqlite/store.ts')};
    import { systemClock, systemRandom } from ${module('kernel/index.ts')};
    try {
      new SqliteStore({ folder: ${JSON.stringify(folder)}, clock: systemClock, random: systemRandom(), walPages: 0 }).close();
      console.log('open');
    } catch (error) {
      console.log(error.code);
    }`;

  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

  children.push(child);

  let text = '';

  child.stdout?.on('data', (data) => {
    text += data;
  });
  await once(child, 'close');

  return text.trim();
}

describe('files that are removed under a process', () => {
  it('let nobody else in when it is the lock, which is taken again', async () => {
    const store = open();
    const commit = counting(store);

    await commit();
    rmSync(path('lock.db'));
    expect(await openedElsewhere()).toBe('ledger.locked');
    expect(await commit()).toBe(2);
    expect(existsSync(path('lock.db'))).toBe(true);
    expect(await openedElsewhere()).toBe('ledger.locked');
    close(store);
    expect(await openedElsewhere()).toBe('open');
  });

  it('let somebody in when nobody works there', async () => {
    await counting(open())();
    const copy = copied('crashed', ['ledger.db', 'ledger.db-wal', 'ledger.db-shm']);
    expect(await countIn(open(copy))).toBe(1);
  });

  it.each(['lock.db', 'ledger.db', 'ledger.db-wal'])(
    'stop it when another %s is in the place of its own, before it writes',
    async (name) => {
      const store = open();
      const commit = counting(store);

      await commit();

      const told: string[] = [];

      store.onStop((error) => told.push(error.message));
      copyFileSync(path(name), path('other'));
      rmSync(path(name));
      copyFileSync(path('other'), path(name));
      await expect(commit()).rejects.toMatchObject({
        code: 'ledger.stopped',
        message: expect.stringContaining(`${name} was removed or replaced`),
      });

      expect(told).toHaveLength(1);
    },
  );

  it('stop it when its log is gone, and what was acknowledged is in the ledger then', async () => {
    const store = open();
    const commit = counting(store);
    await commit();
    rmSync(path('ledger.db-wal'));
    await expect(commit()).rejects.toMatchObject({ code: 'ledger.stopped' });
    close(store);
    expect(await countIn(open())).toBe(1);
  });

  it('stop it also when it only reads', async () => {
    const store = open();
    await counting(store)();
    rmSync(path('ledger.db'));
    const ledger = store.ledger({ name: 'one', bundle: 'b'.repeat(64) });
    await expect(ledger.query({ by: 'list', list: 'runs', limit: 1 })).rejects.toMatchObject({
      code: 'ledger.stopped',
    });
  });
});

describe('a ledger that is only read', () => {
  const filesOf = (of: string) =>
    readdirSync(of, { withFileTypes: true })
      .filter((file) => file.isFile())
      .map(({ name }) => [
        name,
        statSync(path(name, of)).mtimeMs,
        readFileSync(path(name, of)).toString('base64'),
      ]);

  const all = async (file: ReturnType<typeof openTrailFile>) => {
    let entries = 0;
    for await (const _ of file.all()) entries++;
    expect(file.damages(() => ({}))).toEqual([]);
    return entries;
  };

  it('leaves its folder as it is, closed or with a log', async () => {
    const store = open();
    const commit = counting(store);

    for (let i = 0; i < 3; i++) await commit();

    const crashed = copied('crashed', ['ledger.db', 'ledger.db-wal']);

    close(store);

    const closed = copied('closed', ['ledger.db']);
    for (const of of [crashed, closed]) {
      const [before, changedAt] = [filesOf(of), statSync(of).mtimeMs];
      const file = openTrailFile(of);
      expect(await all(file)).toBe(3);
      file.assertStill();
      file.close();
      expect([filesOf(of), statSync(of).mtimeMs]).toEqual([before, changedAt]);
    }
  });

  it('says so when a process begins to work on it meanwhile', async () => {
    const first = open();

    await counting(first)();
    close(first);

    const file = openTrailFile(folder);

    open();
    expect(() => file.assertStill()).toThrow(
      expect.objectContaining({ code: 'ledger.unavailable' }),
    );
    file.close();
  });
});

describe('a data folder', () => {
  it('is passed over by git, when it was made for this or was empty', () => {
    const [made, empty, other] = ['made', 'empty', 'other'].map((name) => path(name)) as [
      string,
      string,
      string,
    ];

    for (const name of [empty, other]) mkdirSync(name);

    writeFileSync(path('notes.txt', other), 'mine');
    for (const of of [made, empty, other]) close(open(of));

    const ignored = [made, empty, other].map(
      (of) => existsSync(path('.gitignore', of)) && readFileSync(path('.gitignore', of), 'utf8'),
    );

    expect(ignored).toEqual(['*\n', '*\n', false]);
  });

  it.each([
    [{ code: 'ENOSPC' }],
    [{ code: 'EDQUOT' }],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }],
  ])('on a full disk is named, with how much is free and how much is needed: %o', (cause) => {
    const { code, message } = unusable(folder, cause);

    expect([code, message]).toEqual([
      'ledger.full',
      expect.stringMatching(
        /^the disk of .+ is full: \d+ KiB are free, and a start needs at least 1024 KiB/,
      ),
    ]);

    expect(message).toContain(folder);
  });
});

it('is made anew where a process was killed while it made the file, before there was a log', () => {
  const cut = new DatabaseSync(path('ledger.db'));

  // more than the cache holds, so that pages are in the file before the transaction is
  cut.exec(
    'PRAGMA cache_size = 1; BEGIN; CREATE TABLE document (body BLOB); INSERT INTO document VALUES (zeroblob(1000000))',
  );

  const half = copied('half', ['ledger.db', 'ledger.db-journal']);

  cut.close();
  expect(() =>
    new DatabaseSync(path('ledger.db', half), { readOnly: true }).exec(
      'SELECT * FROM sqlite_schema',
    ),
  ).toThrow(/readonly/);

  expect(open(half).counts().commits).toBe(0);
});
