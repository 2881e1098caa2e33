import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from 'vitest';
import { verify } from '#cli/verify/verify.ts';
import type { EntryDraft } from '#shared/audit/index.ts';
import { systemClock, systemRandom } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { openTrailFile } from '#shared/ledger/adapters/sqlite/trail-file.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { SCHEMA_CHANGES } from '../../support/schema-changes.ts';
import { unguarded } from '../../support/unguarded.ts';
import { within } from '../within.ts';

const key = (id: string) => `record#invoice-approval#acme#order.${id}`;
const entry: EntryDraft = {
  workspace: 'acme',
  actor: { kind: 'service', id: 'records' },
  action: 'record.import',
  outcome: 'ok',
  run: 'r1',
};

let folder = '';
/** A trail of two writers: documents that came, changed and went. */
beforeEach(async () => {
  folder = temporaryFolder();

  const store = open();
  for (const instance of ['one', 'other']) {
    const ledger = store.ledger({ name: 'records', bundle: '0'.repeat(64) });
    for (const id of ['1', '2', '3']) {
      const target = key(`${instance}-${id}`);

      await ledger.commit({
        changes: [{ op: 'insert', target, body: { v: 'test/1', count: 1 } }],
        entries: [entry],
      });

      const [found] = await ledger.read([target]);
      if (found === undefined) throw new Error('what was inserted is not there');

      await ledger.commit({
        changes: [{ op: 'replace', target, at: found, body: { v: 'test/1', count: 2 } }],
        entries: [entry],
      });
    }
  }

  store.close();
});

const open = () =>
  new SqliteStore({ folder, clock: systemClock, random: systemRandom(), walPages: 0 });

/** What whoever owns the file can do to it. */
function tamper(...statements: readonly string[]): void {
  unguarded(folder, (db) => db.exec(['PRAGMA writable_schema = ON', ...statements].join('; ')));
}

const check = (...args: readonly string[]) => within([verify], 'verify', '--data', folder, ...args);
const problems = async (): Promise<readonly string[]> => {
  const { code, stdout } = await check('--json');
  const told = (JSON.parse(stdout) as { problems: string[] }).problems;
  expect(code).toBe(told.length === 0 ? 0 : 1);
  return told;
};

describe('writ verify', () => {
  it('finds nothing wrong with a trail that nobody touched, and says how much it looked at', async () => {
    const { code, stdout, stderr } = await check();

    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('No gaps found, and documents and decisions match the trail.'),
    ]);

    expect(stdout).toMatch(/entries +12\n/);
    expect(stderr).toContain('checked 12/12');

    expect(JSON.parse((await check('--json')).stdout)).toMatchObject({
      entries: 12,
      writers: 2,
      documents: 6,
      problems: [],
    });
  });

  it('claims no more than it finds, on its page and in its help', async () => {
    const { stdout } = await check();

    expect(stdout).toMatch(
      /Some changes cannot be found, such as a document changed with its entry: see --help/,
    );

    const help = (await within([verify], 'verify', '--help')).stdout.replaceAll(/\s+/g, ' ');

    expect(help).toContain(
      'Cannot find: - a document that was added or changed together with a matching entry',
    );
    expect(help).toContain(
      'an actor, reason or value in an entry that was changed to another valid one',
    );
    tamper(
      'UPDATE trail SET entry = CAST(replace(CAST(entry AS TEXT), \'"id":"records"\', \'"id":"recordz"\') AS BLOB) WHERE n = 2',
    );
    expect(await problems()).toEqual([]);
  });

  it('changes nothing in the folder', async () => {
    const before = readFileSync(join(folder, 'ledger.db'));
    await check();
    expect(readFileSync(join(folder, 'ledger.db')).equals(before)).toBe(true);
  });

  it.each([
    [
      'a flipped bit of an entry',
      "UPDATE trail SET entry = CAST(replace(CAST(entry AS TEXT), 'acme', 'acmf') AS BLOB) WHERE n = 2 AND writer = 1",
      /./,
    ],
    [
      'an entry that says something else in other words',
      "UPDATE trail SET entry = CAST(replace(CAST(entry AS TEXT), ':', ': ') AS BLOB) WHERE n = 2",
      /canonical/,
    ],
    ['a removed entry', 'DELETE FROM trail WHERE n = 3 AND writer = 1', /number 3 is missing/],
    [
      'a removed last entry, whose document tells',
      'DELETE FROM trail WHERE n = 6 AND writer = 2',
      /no entry records the current state of the document/,
    ],
    [
      'two swapped entries',
      'UPDATE trail SET n = n + 100 WHERE n IN (1, 2); UPDATE trail SET n = 103 - n WHERE n > 100',
      /claims to be/,
    ],
    [
      'a removed writer',
      'DELETE FROM trail WHERE writer = 1',
      /no entry records the current state of the document/,
    ],
    [
      'an entry that is found under another run',
      "UPDATE trail SET run = 'r2' WHERE n = 4",
      /another run or time/,
    ],
    [
      'an entry that is found under another time',
      'UPDATE trail SET time = time + 1 WHERE n = 4',
      /another run or time/,
    ],
    [
      'a changed document',
      "UPDATE document SET body = CAST(replace(CAST(body AS TEXT), '2', '3') AS BLOB) WHERE rowid = 1",
      /no entry records the current state of the document/,
    ],
    ['a document that is gone', 'DELETE FROM document WHERE rowid = 2', /but not in the store/],
    [
      'a document that nobody made',
      `INSERT INTO document SELECT '${key('9')}', '${key('9')}', 1, commitment, body, automation, NULL, NULL, NULL, NULL FROM document LIMIT 1`,
      /no entry records/,
    ],
    [
      'a document in the place of another',
      `UPDATE document SET target = '${key('9')}' WHERE rowid = 3`,
      /is stored under the key/,
    ],
  ])('finds %s', async (_, statement, told) => {
    tamper(statement);
    expect((await problems()).join('\n')).toMatch(told);
    const { code, stdout } = await check();
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^\d+ problems?:$/m)]);
  });

  it.each(SCHEMA_CHANGES)('finds a schema that is not its own: %s', async (_, change, told) => {
    const db = new DatabaseSync(join(folder, 'ledger.db'));
    db.exec(change);
    db.close();
    expect(await problems()).toContain(`the file was changed outside of Writ: ${told}`);
  });

  it('finds entries without their writer, and a writer without its entries', async () => {
    tamper('PRAGMA foreign_keys = OFF', 'UPDATE writer SET id = 900 WHERE id = 1');
    const told = (await problems()).join('\n');
    expect(told).toMatch(/entry \(no writer\) \/ 1 claims to be records#/);
    expect(told).toMatch(/writer records#\w+ has no entry any more/);
  });

  it('finds a commitment that is not the one of its document, which nothing else tells', async () => {
    tamper(
      'UPDATE document SET commitment = (SELECT commitment FROM document WHERE rowid = 2) WHERE rowid = 1',
    );
    expect(await problems()).toEqual([
      expect.stringMatching(/the commitment stored beside the document does not match its bytes$/),
    ]);
  });

  it('finds a queued message that was changed', async () => {
    const store = open();

    const message = {
      queue: 'invoice-approval.pay',
      workspace: 'acme',
      run: 'r1',
      step: 'pay',
      subjectRefs: [],
    };

    await store.ledger({ name: 'records', bundle: '0'.repeat(64) }).send([message]);
    store.close();
    expect(await problems()).toEqual([]);

    for (const change of [
      "body = replace(body, 'r1', 'r2')",
      'visible_at = visible_at + 1',
      "queue = 'invoice-approval.tell'",
    ]) {
      const whole = readFileSync(join(folder, 'ledger.db'));
      tamper(`UPDATE message SET ${change}`);
      expect(await problems()).toEqual(['a queued message is not as it was written']);
      writeFileSync(join(folder, 'ledger.db'), whole);
    }
  });

  it('finds a byte of an entry that turned on the disk, wherever it is', async () => {
    const path = join(folder, 'ledger.db');
    const whole = readFileSync(path);
    const file = openTrailFile(folder);
    const entries: Buffer[] = [];

    for await (const { bytes } of file.all()) entries.push(Buffer.from(bytes));

    file.close();

    for (const [i, bytes] of entries.entries()) {
      const flipped = Buffer.from(whole);
      const at = whole.indexOf(bytes) + ((i * 37) % bytes.length);
      flipped[at] = (flipped[at] ?? 0) ^ 0x80;
      writeFileSync(path, flipped);
      expect(await problems()).not.toEqual([]);
    }
  });

  it('looks at one moment, while another process goes on writing', async () => {
    const store = open();
    const ledger = store.ledger({ name: 'records', bundle: '0'.repeat(64) });
    const file = openTrailFile(folder);

    await ledger.commit({
      changes: [{ op: 'insert', target: key('later'), body: { v: 'test/1' } }],
      entries: [entry],
    });

    let seen = 0;

    for await (const _ of file.all()) seen++;

    expect([file.entries, seen, file.damages(() => ({}))]).toEqual([12, 12, []]);
    expect(await problems()).toEqual([]);
    file.close();
    store.close();
  });

  it('says that there is nothing to check where there is no ledger, or something else in its place: exit code 3', async () => {
    folder = temporaryFolder();
    expect(await check()).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is no ledger'),
    });

    writeFileSync(
      join(folder, 'ledger.db'),
      'something else, and long enough to be looked at as a database '.repeat(100),
    );

    expect(await check()).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('not a ledger'),
    });

    new DatabaseSync(join(folder, 'other.db')).exec('CREATE TABLE a (b)');
    writeFileSync(join(folder, 'ledger.db'), readFileSync(join(folder, 'other.db')));
    expect(await check()).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('not a ledger of Writ'),
    });
  });

  it('tells of a file that is damaged further in', async () => {
    const path = join(folder, 'ledger.db');
    const damaged = readFileSync(path);
    damaged.fill(0x5a, damaged.length - 8_192);
    writeFileSync(path, damaged);
    const { code, stdout, stderr } = await check();
    expect(code).toBeGreaterThan(0);
    expect(stdout + stderr).toContain('damaged');
  });
});
