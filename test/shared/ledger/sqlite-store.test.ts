import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkTrail, commitmentOf, type EntryDraft } from '#shared/audit/index.ts';
import {
  fraction,
  type Json,
  MINUTE,
  type Random,
  SECOND,
  seededRandom,
} from '#shared/kernel/index.ts';
import { statements } from '#shared/ledger/adapters/sqlite/database.ts';
import { PRAGMAS } from '#shared/ledger/adapters/sqlite/schema.ts';
import { SqliteStore, type SqliteStoreOptions } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Change, Commit, Ledger, Message, Revision } from '#shared/ledger/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { SCHEMA_CHANGES } from '../../support/schema-changes.ts';
import { newFolder } from './folder.ts';

const QUEUE = 'invoice-approval.pay';
const ENTRY: EntryDraft = {
  workspace: 'acme',
  actor: { kind: 'service', id: 'pay' },
  action: 'step.done',
  outcome: 'ok',
};
const keyOf = (id: string | number) => `run#invoice-approval#acme#${id}`;
const insert = (id: string | number, body: Json = {}): Change => ({
  op: 'insert',
  target: keyOf(id),
  body,
});
const one = (...changes: Change[]): Commit => ({ changes, entries: [ENTRY] });
const message = (run: string, more: Partial<Message> = {}): Message => ({
  queue: QUEUE,
  workspace: 'acme',
  run,
  step: 'pay',
  subjectRefs: [],
  ...more,
});

let folder: string;
let discard: () => void;
let timers: ManualTimers;
let opened: SqliteStore[];
let children: ChildProcess[];
beforeEach(() => {
  ({ folder, discard } = newFolder());
  timers = new ManualTimers(Date.UTC(2026, 0, 2));
  opened = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  for (const store of opened) if (isOpen(store)) store.close();
  discard();
});

function open(options: Partial<SqliteStoreOptions> = {}): SqliteStore {
  const store = new SqliteStore({
    folder,
    clock: timers,
    timers,
    random: seededRandom(`${Math.random()}`),
    walPages: 0,
    ...options,
  });

  opened.push(store);
  return store;
}

function isOpen(store: SqliteStore): boolean {
  try {
    store.scrub();
    return true;
  } catch {
    return false;
  }
}

const ledgerOf = (store: SqliteStore): Ledger =>
  store.ledger({ name: 'invoice-approval.pay', bundle: 'b'.repeat(64) });
const path = (name = 'ledger.db', of = folder) => join(of, name);

/** What a crash of the process at this moment would leave behind, in a folder of its own. */
function crashed(name = 'crashed'): string {
  const copy = join(folder, name);
  mkdirSync(copy);
  for (const file of ['ledger.db', 'ledger.db-wal'])
    if (existsSync(path(file))) copyFileSync(path(file), path(file, copy));
  return copy;
}

/** A closed ledger with a few documents, entries and a message in it. */
async function filled(): Promise<Buffer> {
  const store = open();
  const ledger = ledgerOf(store);

  for (let i = 0; i < 20; i++)
    await ledger.commit({
      ...one(insert(i, { text: `${i}`.repeat(900) })),
      messages: [message(`r${i}`)],
    });

  store.close();

  return readFileSync(path());
}

async function problemsOf(store: SqliteStore) {
  return (await checkTrail(store.all(), store.standing())).problems;
}

/**
 * A process of its own that works on the same folder. Tells the keys of what was acknowledged to
 * it.
 */
async function otherProcess(): Promise<{ child: ChildProcess; told: string[] }> {
  const script = `
    import { SqliteStore } from ${JSON.stringify(new URL('../../../shared/ledger/adapters/sqlite/store.ts', import.meta.url))};
    import { systemClock, systemRandom } from ${JSON.stringify(new URL('../../../shared/kernel/index.ts', import.meta.url))};
    const store = new SqliteStore({ folder: ${JSON.stringify(folder)}, clock: systemClock, random: systemRandom(), walPages: 16 });
    const ledger = store.ledger({ name: 'other', bundle: 'b'.repeat(64) });
    for (let i = 0; ; i++) {
      const target = 'run#invoice-approval#acme#other' + i;
      await ledger.commit({ changes: [{ op: 'insert', target, body: { i } }], entries: [${JSON.stringify(ENTRY)}] });
      console.log(target);
    }`;

  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });

  children.push(child);

  const told: string[] = [];
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });

  lines.on('line', (line) => told.push(line));
  await once(lines, 'line');

  return { child, told };
}

const locked = expect.objectContaining({ code: 'ledger.locked', fate: 'stop' });
const corrupt = expect.objectContaining({ code: 'ledger.corrupt', fate: 'stop' });
const stopped = expect.objectContaining({ code: 'ledger.stopped', fate: 'stop' });

describe('one process at a time', () => {
  it('works on a folder, until it ends, however it ends; what was acknowledged to it is there', async () => {
    const { child, told } = await otherProcess();

    expect(() => open()).toThrow(locked);
    expect(() => open()).toThrow(/another process is working on the data/);
    child.kill('SIGKILL');
    await once(child, 'close');

    const store = open();

    expect(told.length).toBeGreaterThan(0);

    const found: unknown[] = [];
    for (let at = 0; at < told.length; at += 100)
      found.push(...(await ledgerOf(store).read(told.slice(at, at + 100))));

    expect(found.every((document) => document !== undefined)).toBe(true);
    expect(await problemsOf(store)).toEqual([]);
  });

  it('is one store at a time, within a process too', () => {
    const store = open();
    expect(() => open()).toThrow(locked);
    store.close();
    open();
  });

  it('lets go of the folder when it cannot open what is there', async () => {
    const good = await filled();

    writeFileSync(
      path(),
      'not a ledger at all, and longer than a header of a hundred bytes would have to be to be looked at'.repeat(
        20,
      ),
    );

    expect(() => open()).toThrow(corrupt);
    writeFileSync(path(), good);
    expect(await problemsOf(open())).toEqual([]);
  });

  it('is told so when the lock itself is damaged', async () => {
    await filled();
    writeFileSync(path('lock.db'), 'garbage'.repeat(1_000));
    expect(() => open()).toThrow(expect.objectContaining({ fate: 'stop' }));
  });
});

describe('the settings of the database', () => {
  it('make a commit durable, overwrite what is deleted, and count a replacement as a deletion', () => {
    const { folder: own, discard } = newFolder();
    const db = new DatabaseSync(join(own, 'settings.db'));

    db.exec(PRAGMAS);

    const value = (pragma: string) => Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];

    expect(
      ['journal_mode', 'synchronous', 'secure_delete', 'recursive_triggers', 'foreign_keys'].map(
        value,
      ),
    ).toEqual(['wal', 2, 1, 1, 1]);

    db.close();
    discard();
  });
});

describe('a damaged file', () => {
  const damages: [string, (good: Buffer) => void][] = [
    ['of garbage', () => writeFileSync(path(), seededRandom('garbage').bytes(20_000))],
    ['of text', () => writeFileSync(path(), 'hello\n'.repeat(1_000))],
    [
      'of garbage behind a good header',
      (good) =>
        writeFileSync(
          path(),
          Buffer.concat([good.subarray(0, 100), seededRandom('x').bytes(20_000)]),
        ),
    ],
    ['cut in half', (good) => truncateSync(path(), Math.floor(good.length / 2))],
    ['cut in the middle of a page', (good) => truncateSync(path(), good.length - 1_000)],
    ['cut to its header', () => truncateSync(path(), 100)],
    ['cut to a few bytes', () => truncateSync(path(), 10)],
    [
      'with its first page overwritten',
      (good) => writeFileSync(path(), Buffer.concat([Buffer.alloc(4_096), good.subarray(4_096)])),
    ],
    [
      'with a page in its middle overwritten',
      (good) => writeFileSync(path(), Buffer.from(good).fill(0xee, 8_192, 12_288)),
    ],
  ];

  it.each(damages)('%s is refused, and not touched', async (_, damage) => {
    damage(await filled());
    const before = readFileSync(path());
    expect(() => open()).toThrow(corrupt);
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  it('that is the database of something else is refused, and not touched', () => {
    const other = new DatabaseSync(path());

    other.exec(
      `PRAGMA application_id = 1; CREATE TABLE note (text); INSERT INTO note VALUES ('mine')`,
    );
    other.close();

    const before = readFileSync(path());

    expect(() => open()).toThrow(corrupt);
    expect(() => open()).toThrow(/not a ledger/);
    expect(readFileSync(path()).equals(before)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['ledger.db', 'lock.db']);
  });

  it('that is a database without a name of its own is refused, and not touched', () => {
    const other = new DatabaseSync(path());
    other.exec('CREATE TABLE note (text)');
    other.close();
    const before = readFileSync(path());
    expect(() => open()).toThrow(corrupt);
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  it('of a newer format is refused, and not touched', async () => {
    await filled();

    const raw = new DatabaseSync(path());

    raw.exec('PRAGMA user_version = 2');
    raw.close();

    const before = readFileSync(path());

    expect(() => open()).toThrow(corrupt);
    expect(() => open()).toThrow(/format 2; this release reads format 1/);
    expect(readFileSync(path()).equals(before)).toBe(true);
  });

  it('that lacks a table is refused', async () => {
    await filled();
    const raw = new DatabaseSync(path());
    raw.exec('DROP TABLE message');
    raw.close();
    expect(() => open()).toThrow(corrupt);
    open({ folder: join(folder, 'another') });
  });

  it.each(SCHEMA_CHANGES)(
    'whose schema was changed is refused, and not touched: %s',
    async (_, change, told) => {
      await filled();

      const raw = new DatabaseSync(path());

      raw.exec(change);
      raw.close();

      const before = readFileSync(path());

      expect(() => open()).toThrow(corrupt);
      expect(() => open()).toThrow(told);
      expect(readFileSync(path()).equals(before)).toBe(true);
    },
  );

  it.each([
    ['another run', "body = replace(body, 'r7', 'r8')"],
    ['no run', "body = 'nothing'"],
    ['another queue', "queue = 'invoice-approval.check'"],
    ['a time that never comes', 'visible_at = 9223372036854775807'],
  ])('whose queued messages were changed is refused: %s', async (_, change) => {
    await filled();
    const raw = new DatabaseSync(path());
    raw.exec(`UPDATE message SET ${change} WHERE id = 8`);
    raw.close();
    expect(() => open()).toThrow(corrupt);
    expect(() => open()).toThrow('a queued message is not as it was written');
  });

  it('takes messages that were written before they had digests', async () => {
    await filled();
    const raw = new DatabaseSync(path());
    raw.exec('UPDATE message SET body = substr(body, 45)');
    raw.close();
    expect(open().queues.outstanding).toBe(20);
  });

  it('in which a document was moved to another key is refused', async () => {
    await filled();
    const raw = new DatabaseSync(path());
    raw.exec(`UPDATE document SET target = '${keyOf('elsewhere')}' WHERE target = '${keyOf(7)}'`);
    raw.close();
    expect(() => open()).toThrow(corrupt);
    expect(() => open()).toThrow(`document ${keyOf(7)} is stored under another key`);
  });

  it('in which a document has another name opens, and does not give that document', async () => {
    await filled();

    const raw = new DatabaseSync(path());

    raw.exec(`UPDATE document SET name = '${keyOf(8)}' WHERE target = '${keyOf(7)}'`);
    raw.close();

    const ledger = ledgerOf(open());

    await expect(ledger.read([keyOf(7)])).rejects.toMatchObject({
      code: 'ledger.corrupt',
      fate: 'refuse',
    });

    expect(await ledger.read([keyOf(8)])).toMatchObject([{ rev: 1 }]);
  });

  it('with an index that leads elsewhere is refused', async () => {
    const good = await filled();
    const key = Buffer.from('run#invoice-approval#acme#');
    const places: number[] = [];

    for (let at = good.indexOf(key); at !== -1; at = good.indexOf(key, at + 1))
      places.push(at + key.length);

    let refused = 0;
    for (const at of places) {
      const bent = Buffer.from(good);
      bent[at] = (bent[at] as number) ^ 0x40; // '1' becomes 'q': a key that is not there
      writeFileSync(path(), bent);

      try {
        open().close();
      } catch (error) {
        expect(error).toMatchObject({ code: 'ledger.corrupt' });
        refused++;
      }
    }

    // the key of each document, in its row and in the index that leads to it
    expect(refused).toBeGreaterThanOrEqual(2 * 20);
  });

  it('with a flipped bit anywhere opens, or is refused as damaged: it never fails in another way', async () => {
    const good = await filled();
    const random = seededRandom('flips');

    for (let i = 0; i < 120; i++) {
      const bent = Buffer.from(good);
      const at = Math.floor(fraction(random) * good.length);
      bent[at] = (bent[at] as number) ^ (1 << (i & 7));
      writeFileSync(path(), bent);

      try {
        open().close();
      } catch (error) {
        expect(error, `bit ${i & 7} of byte ${at}`).toMatchObject({ code: 'ledger.corrupt' });
      }
    }
  });

  it('with a flipped bit in the words of a document or in the chain of an entry is found by checking the trail', async () => {
    const good = await filled();
    for (const part of [
      '"text":"1111',
      '"beforeC":null',
      '"afterC":"',
      '"rev":1',
      '"writer":"invoice',
    ]) {
      const bent = Buffer.from(good);
      const at = good.indexOf(part) + part.length - 1;

      bent[at] = (bent[at] as number) ^ 1;
      writeFileSync(path(), bent);

      const store = open();

      expect(await problemsOf(store), part).not.toEqual([]);
      store.close();
    }
  });
});

describe('a full disk', () => {
  it('stops the ledger: what was acknowledged survives, what was not is not half there', async () => {
    const store = open({ maxPages: 60 });
    const ledger = ledgerOf(store);
    const reasons: unknown[] = [];

    store.onStop((error) => reasons.push(error));

    const acknowledged: string[] = [];
    let refusal: unknown;

    for (let i = 0; refusal === undefined && i < 200; i++) {
      try {
        await ledger.commit({
          ...one(insert(i, { text: 'x'.repeat(3_000) }), insert(`${i}b`)),
          messages: [message(`${i}`)],
        });
        acknowledged.push(keyOf(i), keyOf(`${i}b`));
      } catch (error) {
        refusal = error;
      }
    }

    expect(acknowledged.length).toBeGreaterThan(10);
    expect(refusal).toEqual(stopped);
    expect(reasons).toEqual([refusal]);
    await expect(ledger.commit(one(insert('later')))).rejects.toEqual(stopped);
    await expect(ledger.send([message('later')])).rejects.toEqual(stopped);
    await expect(ledger.read([keyOf(0)])).rejects.toEqual(stopped);
    store.close();

    const again = open();
    const standing: string[] = [];

    for await (const { target } of again.standing()) standing.push(target);

    expect(standing.sort()).toEqual(acknowledged.sort());
    expect(again.queues.receive(QUEUE, 1_000, MINUTE)).toHaveLength(acknowledged.length / 2);
    expect(await problemsOf(again)).toEqual([]);
    expect((await ledgerOf(again).commit(one(insert('later')))).entries[0]?.n).toBe(1);
  });

  it('refuses every commit of the group that did not fit', async () => {
    const store = open({ maxPages: 40 });
    const ledger = ledgerOf(store);
    const settled = await Promise.allSettled(
      Array.from({ length: 30 }, (_, i) =>
        ledger.commit(one(insert(i, { text: 'x'.repeat(9_000) }))),
      ),
    );

    expect(
      settled.every((each) => each.status === 'rejected' && each.reason.code === 'ledger.stopped'),
    ).toBe(true);
    store.close();
    expect((await checkTrail(open().all(), [])).entries).toBe(0);
  });
});

describe('the trail in the file', () => {
  const attempts: [string, string][] = [
    ['UPDATE', "UPDATE trail SET entry = x'00'"],
    ['UPDATE of a number', 'UPDATE trail SET n = n + 100'],
    ['DELETE', 'DELETE FROM trail'],
    [
      'INSERT OR REPLACE',
      "INSERT OR REPLACE INTO trail SELECT writer, n, time, run, x'00' FROM trail",
    ],
    ['REPLACE', "REPLACE INTO trail SELECT writer, n, time, run, x'00' FROM trail LIMIT 1"],
    ['UPDATE OR REPLACE', 'UPDATE OR REPLACE trail SET n = 1'],
    [
      'UPSERT',
      "INSERT INTO trail SELECT writer, n, time, run, entry FROM trail WHERE true ON CONFLICT (writer, n) DO UPDATE SET entry = x'00'",
    ],
    ['UPDATE of a writer', "UPDATE writer SET name = 'somebody'"],
    ['REPLACE of a writer', "INSERT OR REPLACE INTO writer SELECT id, 'somebody' FROM writer"],
    ['DELETE of a writer', 'DELETE FROM writer'],
  ];

  it.each(attempts)('is not changed by %s', async (_, sql) => {
    await filled();

    const raw = new DatabaseSync(path());

    raw.exec('PRAGMA recursive_triggers = ON');

    const rows = () =>
      JSON.stringify([
        raw.prepare('SELECT * FROM trail').all(),
        raw.prepare('SELECT * FROM writer').all(),
      ]);

    const before = rows();

    expect(() => raw.exec(sql)).toThrow(/write-once/);
    expect(rows()).toBe(before);
    raw.close();
  });
});

describe('a page of a run', () => {
  it('is read from the index, from where it begins to where it ends: nothing is sorted', () => {
    open();

    const db = new DatabaseSync(path('ledger.db'));
    const plan = db
      .prepare(`EXPLAIN QUERY PLAN ${statements(db).trailOfRun.sourceSQL}`)
      .all('a', 0, 0, 0, 1);

    db.close();
    expect(plan.map(({ detail }) => detail)).toEqual([
      'SEARCH trail USING INDEX trail_run (run=? AND (time,writer,n)>(?,?,?))',
      'SEARCH writer USING INTEGER PRIMARY KEY (rowid=?)',
    ]);
  });
});

describe('messages', () => {
  it('survive a crash until they are deleted', async () => {
    const store = open();
    const ledger = ledgerOf(store);

    await ledger.commit({
      ...one(insert('r1')),
      messages: [message('r1'), message('r2'), message('r3', { delayMs: 5 * MINUTE })],
    });

    const [first] = store.queues.receive(QUEUE, 1, MINUTE);

    store.queues.delete(QUEUE, first?.receipt as string);
    await ledger.commit({ entries: [ENTRY] }); // the deletion rides with this

    const again = open({ folder: crashed() });

    expect(again.queues.receive(QUEUE, 9, MINUTE).map(({ message: { run } }) => run)).toEqual([
      'r2',
    ]);
    timers.advance(5 * MINUTE);
    expect(again.queues.receive(QUEUE, 9, MINUTE).map(({ message: { run } }) => run)).toContain(
      'r3',
    );
  });

  it('may come back when a crash comes before their deletion was written', async () => {
    const store = open();

    await ledgerOf(store).send([message('r1')]);

    const [delivery] = store.queues.receive(QUEUE, 1, MINUTE);

    store.queues.delete(QUEUE, delivery?.receipt as string);
    expect(open({ folder: crashed('before') }).queues.receive(QUEUE, 9, MINUTE)).toHaveLength(1);
    timers.advance(SECOND); // nobody commits: the deletion is written by itself
    expect(open({ folder: crashed('after') }).queues.receive(QUEUE, 9, MINUTE)).toEqual([]);
    expect(store.counts().groups).toBe(2);
  });

  it('cost no write to receive, and none of their own to delete', async () => {
    const store = open();
    const ledger = ledgerOf(store);

    await ledger.send([message('r1'), message('r2')]);

    const before = store.counts().groups;

    for (const { receipt } of store.queues.receive(QUEUE, 9, MINUTE))
      store.queues.delete(QUEUE, receipt);

    expect(store.counts().groups).toBe(before);
    await ledger.commit(one(insert('r3')));
    timers.advance(MINUTE);
    expect(store.counts().groups).toBe(before + 1);
  });

  it('are written before the store closes', async () => {
    const store = open();
    const ledger = ledgerOf(store);

    await ledger.send([message('r1')]);

    const [delivery] = store.queues.receive(QUEUE, 1, MINUTE);

    store.queues.delete(QUEUE, delivery?.receipt as string);

    const late = ledger.commit({ ...one(insert('r2')), messages: [message('r2')] });

    store.close();
    await late;
    expect(
      open()
        .queues.receive(QUEUE, 9, MINUTE)
        .map(({ message: { run } }) => run),
    ).toEqual(['r2']);
  });

  it('are invisible while somebody holds them, and handed out again when their time ran out', async () => {
    const store = open();

    await ledgerOf(store).send([message('r1')]);

    const [first] = store.queues.receive(QUEUE, 9, 30 * SECOND);

    expect(first?.receives).toBe(1);
    timers.advance(29 * SECOND);
    expect(store.queues.receive(QUEUE, 9, MINUTE)).toEqual([]);
    timers.advance(SECOND);

    const [second] = store.queues.receive(QUEUE, 9, MINUTE);

    expect(second).toMatchObject({ message: { run: 'r1' }, receives: 2 });
    store.queues.delete(QUEUE, first?.receipt as string); // too late: somebody else holds it now
    timers.advance(MINUTE);
    expect(store.queues.receive(QUEUE, 9, MINUTE)).toMatchObject([{ receives: 3 }]);
  });

  it('are handed out in the order they were sent, as many as asked for', async () => {
    const store = open();
    await ledgerOf(store).send(['a', 'b', 'c'].map((run) => message(run)));
    expect(store.queues.receive(QUEUE, 2, MINUTE).map(({ message: { run } }) => run)).toEqual([
      'a',
      'b',
    ]);

    expect(store.queues.receive(QUEUE, 2, MINUTE).map(({ message: { run } }) => run)).toEqual([
      'c',
    ]);
  });

  it('can be given back, at once or for later', async () => {
    const store = open();

    await ledgerOf(store).send([message('now'), message('later')]);

    const [now, later] = store.queues.receive(QUEUE, 9, MINUTE);

    store.queues.release(QUEUE, now?.receipt as string, 0);
    store.queues.release(QUEUE, later?.receipt as string, 10 * MINUTE);
    expect(store.queues.receive(QUEUE, 9, 20 * MINUTE)).toMatchObject([
      { message: { run: 'now' }, receives: 2 },
    ]);
    timers.advance(10 * MINUTE - 1);
    expect(store.queues.receive(QUEUE, 9, MINUTE)).toEqual([]);
    timers.advance(1);
    expect(store.queues.receive(QUEUE, 9, MINUTE)).toMatchObject([
      { message: { run: 'later' }, receives: 2 },
    ]);
  });

  it('move to another queue, where they count from the beginning, also after a crash', async () => {
    const store = open();

    await ledgerOf(store).send([message('r1')]);

    const [delivery] = store.queues.receive(QUEUE, 9, MINUTE);

    store.queues.move(QUEUE, delivery?.receipt as string, 'dead');
    timers.advance(SECOND);

    const again = open({ folder: crashed() });
    for (const each of [store, again]) {
      expect(each.queues.receive(QUEUE, 9, MINUTE)).toEqual([]);
      expect(each.queues.receive('dead', 9, MINUTE)).toMatchObject([
        { message: { run: 'r1', queue: 'dead' }, receives: 1 },
      ]);
    }
  });

  it('are not held back a second time when they move', async () => {
    const store = open();
    await ledgerOf(store).send([message('r1', { delayMs: 10 * MINUTE })]);
    timers.advance(10 * MINUTE);
    const [delivery] = store.queues.receive(QUEUE, 9, MINUTE);
    store.queues.move(QUEUE, delivery?.receipt as string, 'dead');
    timers.advance(SECOND);
    expect(store.queues.receive('dead', 9, MINUTE)).toHaveLength(1);
  });

  it('wake who listens to their queue', async () => {
    const store = open();
    const woken: string[] = [];
    await ledgerOf(store).send([message('r1')]);
    store.queues.listen(QUEUE, () => woken.push('mine'));
    store.queues.listen('other', () => woken.push('other'));
    await ledgerOf(store).send([message('r2')]);
    expect(woken).toEqual(['mine', 'mine']);
  });
});

describe('a group', () => {
  it('is all commits of one turn, written and synced once', async () => {
    const store = open();
    const [a, b] = [ledgerOf(store), ledgerOf(store)];
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? a : b).commit(one(insert(i)))),
    );
    expect(store.counts()).toEqual({ groups: 1, commits: 50, conflicts: 0, entries: 50 });
  });

  it('goes on without those that were refused', async () => {
    const store = open();
    const ledger = ledgerOf(store);
    await Promise.allSettled(
      Array.from({ length: 10 }, (_, i) => ledger.commit(one(insert(i % 5)))),
    );
    expect(store.counts()).toEqual({ groups: 1, commits: 5, conflicts: 5, entries: 5 });
  });
});

describe('documents kept at hand', () => {
  it('are those that stand, also when there are more than are kept', async () => {
    const store = open();
    const ledger = ledgerOf(store);
    const text = 'x'.repeat(200_000);
    const count = 60; // 12 MB, of which 8 are kept
    const first = await Promise.all(
      Array.from({ length: count }, (_, i) => ledger.commit(one(insert(i, { text })))),
    );
    const at = (i: number) => first[i]?.revisions.get(keyOf(i)) as Revision;

    await ledger.commit(
      one(
        { op: 'replace', target: keyOf(0), at: at(0), body: { n: 2 } },
        { op: 'remove', target: keyOf(59), at: at(59) },
      ),
    );

    const found = await ledger.read(Array.from({ length: count }, (_, i) => keyOf(i)));

    expect(found.map((each) => each?.rev)).toEqual([2, ...Array(58).fill(1), undefined]);

    const again = open({ folder: crashed() });

    expect(await ledgerOf(again).read(Array.from({ length: count }, (_, i) => keyOf(i)))).toEqual(
      found,
    );
  });
});

describe('what another process writes to the file of an open ledger', () => {
  const change = (sql: string) => {
    const other = new DatabaseSync(path());
    other.exec(sql);
    other.close();
  };

  it('is seen, though the document was at hand', async () => {
    const ledger = ledgerOf(open());
    const first = (await ledger.commit(one(insert('1', { n: 1 }), insert('2')))).revisions.get(
      keyOf('1'),
    ) as Revision;
    const body = Buffer.from('{"n":2}');

    change(
      `UPDATE document SET rev = 2, commitment = '${commitmentOf(keyOf('1'), 2, body)}', body = x'${body.toString('hex')}' WHERE rowid = 1`,
    );
    expect(await ledger.read([keyOf('1')])).toMatchObject([{ rev: 2, body: { n: 2 } }]);
    change('DELETE FROM document WHERE rowid = 1');
    expect(await ledger.read([keyOf('1'), keyOf('2')])).toMatchObject([undefined, { rev: 1 }]);
    await expect(
      ledger.commit(one({ op: 'replace', target: keyOf('1'), at: first, body: {} })),
    ).rejects.toMatchObject({
      code: 'ledger.conflict',
    });

    await ledger.commit(one(insert('3'))); // it works on
  });

  it('is not committed over: the commit is refused, and the others of its moment are not', async () => {
    const ledger = ledgerOf(open());
    const at = (await ledger.commit(one(insert('1', { n: 1 })))).revisions.get(
      keyOf('1'),
    ) as Revision;

    change(`UPDATE document SET body = CAST('{"n":9}' AS BLOB)`);

    const settled = await Promise.allSettled([
      ledger.commit(one(insert('2'))),
      ledger.commit(one({ op: 'replace', target: keyOf('1'), at, body: { n: 2 } })),
      ledger.commit({ ...one(insert('3')), checks: [{ target: keyOf('1'), at }] }),
      ledger.commit(one(insert('4'))),
    ]);

    expect(settled.map((each) => (each.status === 'rejected' ? each.reason.code : 'done'))).toEqual(
      ['done', 'ledger.corrupt', 'ledger.corrupt', 'done'],
    );
  });
});

describe('a ledger that was closed', () => {
  it('refuses everything', async () => {
    const store = open();
    const ledger = ledgerOf(store);

    store.close();
    await expect(ledger.commit(one(insert('r1')))).rejects.toEqual(stopped);
    await expect(ledger.read([keyOf('r1')])).rejects.toEqual(stopped);
    await expect(ledger.query({ by: 'due', automation: 'a', until: 1, limit: 1 })).rejects.toEqual(
      stopped,
    );
  });

  it('can be closed while somebody reads the trail', async () => {
    const store = open();
    await Promise.all(Array.from({ length: 5 }, (_, i) => ledgerOf(store).commit(one(insert(i)))));
    const reader = store.all()[Symbol.asyncIterator]();
    await reader.next();
    store.close();
    open();
  });
});

describe('what was acknowledged is there after a crash of the machine', () => {
  /** Commits of all kinds. Gives the revisions that stand after each was acknowledged. */
  async function work(
    ledger: Ledger,
    random: Random,
    count: number,
    standing: Map<string, Revision | null>,
  ): Promise<void> {
    for (let i = 0; i < count; i++) {
      const changes: Change[] = [
        insert(`${count}-${i}`, { text: 'x'.repeat(Math.floor(fraction(random) * 6_000)) }),
      ];
      const known = [...standing].filter((each): each is [string, Revision] => each[1] !== null);
      const [target, at] = known[Math.floor(fraction(random) * known.length)] ?? [];

      if (target !== undefined && at !== undefined) {
        changes.push(
          fraction(random) < 0.3
            ? { op: 'remove', target, at }
            : { op: 'replace', target, at, body: { text: `${i}`.repeat(500) } },
        );
      }

      const { revisions } = await ledger.commit({
        ...one(...changes),
        messages: [message(`${i}`)],
      });

      for (const { target: changed } of changes)
        standing.set(changed, revisions.get(changed) ?? null);
    }
  }

  it.each([
    ['that grows', 0],
    ['that was grown before', 200],
  ])('with a log %s, whatever part of later writes reached the disk', async (_, walPages) => {
    const random = seededRandom(`torn ${walPages}`);
    const store = open({ walPages });
    const ledger = ledgerOf(store);
    const acknowledged = new Map<string, Revision | null>();

    await work(ledger, random, 25, acknowledged);

    const count = store.counts().entries;
    const [database, older] = [readFileSync(path()), readFileSync(path('ledger.db-wal'))];
    const after = new Map(acknowledged);

    await work(ledger, random, 12, after);

    const newer = readFileSync(path('ledger.db-wal'));

    expect(readFileSync(path()).equals(database)).toBe(true); // all that is new is in the log

    const first = older.findIndex((byte, i) => byte !== newer[i]);
    const start = first === -1 ? older.length : first; // where the later writes begin
    const written =
      newer.length > older.length
        ? newer.length
        : newer.findLastIndex((byte, i) => byte !== older[i]);

    expect(written).toBeGreaterThan(start);

    // a file that was made longer holds zeros
    const room = Buffer.concat([older, Buffer.alloc(newer.length - older.length)]);

    const torn: Buffer[] = [older, newer];

    for (let i = 0; i < 30; i++) {
      const cut = start + Math.floor(fraction(random) * (written - start));
      torn.push(Buffer.concat([newer.subarray(0, cut), room.subarray(cut)]));
      if (walPages === 0) torn.push(newer.subarray(0, cut)); // only a growing file can end early

      const mixed = Buffer.from(room);
      for (let at = 0; at < mixed.length; at += 512)
        if (fraction(random) < 0.7) newer.copy(mixed, at, at, at + 512);

      torn.push(mixed);
    }

    for (const [i, log] of torn.entries()) {
      const copy = join(folder, `torn${i}`);

      mkdirSync(copy);
      writeFileSync(path('ledger.db', copy), database);
      writeFileSync(path('ledger.db-wal', copy), log);

      const again = open({ folder: copy });
      const report = await checkTrail(again.all(), again.standing());

      expect(report.problems, `log ${i}`).toEqual([]);
      expect(report.entries).toBeGreaterThanOrEqual(count);

      const targets = [...acknowledged.keys()];
      const found = await ledgerOf(again).read(targets);

      for (const [k, target] of targets.entries()) {
        const [was, is] = [acknowledged.get(target), found[k]];
        if (was === null) expect(is).toBeUndefined();
        else if (is === undefined)
          expect(after.get(target), target).toBeNull(); // removed by a later commit that made it
        else expect(is.rev).toBeGreaterThanOrEqual(was?.rev ?? 0);

        if (is !== undefined && is.rev === was?.rev) expect(is.commitment).toBe(was.commitment);
      }

      again.close();
    }
  });

  it('also when the log was folded into the database meanwhile', async () => {
    const store = open();
    const ledger = ledgerOf(store);
    const text = 'x'.repeat(250_000);
    let folded = false;

    for (let i = 0; i < 80 && !folded; i++) {
      const before = readFileSync(path()).length;
      await ledger.commit(one(insert(i, { text })));
      folded = i > 0 && readFileSync(path()).length > before;
    }

    expect(folded).toBe(true);
    await ledger.commit(one(insert('after')));

    const again = open({ folder: crashed() });

    expect(await problemsOf(again)).toEqual([]);
    expect(
      (await ledgerOf(again).read([keyOf(0), keyOf('after')])).map((each) => each?.rev),
    ).toEqual([1, 1]);
  });
});

describe('what was shredded', () => {
  it.each([1, 10, 600])(
    'is in no file once it was scrubbed: %i of each kind of document',
    async (count) => {
      const random = seededRandom(`shred ${count}`);
      const store = open({ walPages: 32 });
      const ledger = ledgerOf(store);
      const marks: string[] = [];
      const mark = (): string => {
        const text = Buffer.from(random.bytes(12)).toString('hex');
        marks.push(text);
        return text;
      };

      const standing = new Map<string, { at: Revision; as?: string }>();
      const body = (): Json => ({
        mark: mark(),
        rest: 'f'.repeat(Math.floor(fraction(random) * 600)),
      });

      const commit = async (change: Change) => {
        const at = (await ledger.commit(one(change))).revisions.get(change.target);
        if (at !== undefined)
          standing.set(change.target, {
            at,
            as: change.as,
          });
      };

      const each = Array.from(
        { length: count },
        (_, i) => `${Buffer.from(random.bytes(4)).toString('hex')}${i}`,
      );

      const tokens = each.map((i) => ({
        target: `token#acme#supplier.${mark()}${'x'.repeat(19)}`,
        as: `token#acme#~${`${i}`.padStart(26, '0')}`,
      }));

      await Promise.all(each.map((i) => commit(insert(i, body()))));
      await Promise.all(
        tokens.map((token) => commit({ op: 'insert', ...token, body: { subject: 's' } })),
      );

      await Promise.all(
        each.map((i) =>
          commit({
            op: 'replace',
            target: keyOf(i),
            at: standing.get(keyOf(i))?.at as Revision,
            body: body(),
          }),
        ),
      );

      const shredded = (target: string, named: { at: Revision; as?: string }): Change =>
        target.startsWith('token#')
          ? { op: 'remove', target, ...named }
          : { op: 'replace', target, ...named, body: { kind: 'tombstone', at: 1_767_312_000_000 } };

      await Promise.all([...standing].map(([target, named]) => commit(shredded(target, named))));
      store.scrub();

      const files = readdirSync(folder).map((name) => [name, readFileSync(path(name))] as const);
      const left = files.flatMap(([name, bytes]) =>
        marks.filter((text) => bytes.includes(text)).map((text) => `${text} in ${name}`),
      );

      expect(left).toEqual([]);
      expect(await problemsOf(store)).toEqual([]);
    },
  );
});
