import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkTrail,
  commitmentOf,
  type Entry,
  type EntryDraft,
  entrySchema,
  type StoredEntry,
} from '#shared/audit/index.ts';
import {
  canonicalBytes,
  canonicalJson,
  HOUR,
  isWritError,
  type Json,
  MINUTE,
  parseJson,
  SECOND,
} from '#shared/kernel/index.ts';
import {
  type Change,
  COMMIT_MAX_BYTES,
  COMMIT_MAX_PARTS,
  type Commit,
  type Committed,
  DOCUMENT_MAX_BYTES,
  type Document,
  entriesOfRun,
  type Ledger,
  MESSAGE_DELAY_MAX_MS,
  MESSAGE_MAX_SUBJECTS,
  type Message,
  type Query,
  type Revision,
  readIntact,
  TRAIL_PAGE_MAX,
  type TrailReader,
} from '#shared/ledger/index.ts';
import type { Alteration } from '../support/alter-document.ts';

/** An empty store with a ledger in front of it. */
export interface LedgerUnderTest {
  readonly engine: 'embedded' | 'aws';
  readonly trail: TrailReader;
  /** Opens a ledger for a function of this name. Each call is another instance. */
  ledger(name: string): Ledger;
  /** The time the store goes by. */
  now(): number;
  /** Lets time pass. */
  advance(ms: number): void;
  /**
   * Puts bytes where an entry could be, past every ledger, as hostile code may that has the right
   * to append entries.
   */
  forge(entry: StoredEntry, run: string, time: number): Promise<void>;
  /**
   * Changes a stored document past every ledger, and nothing else: no entry, and nothing a ledger
   * keeps at hand.
   */
  alter(target: string, to: Alteration): Promise<void>;
  /** Makes every index show what was committed. */
  settle(): Promise<void>;
  /** Takes every visible message of a queue, once it has arrived, and deletes it. */
  take(queue: string): Promise<readonly Message[]>;
  /**
   * Runs `cause` again if the store may have lost messages of its first run, as the queue that
   * brought the cause would. A store that keeps messages with the commit does nothing.
   */
  redeliver(cause: () => Promise<void>): Promise<void>;
  /**
   * Faults of the store below, where it can be made to have them. Each holds for the next commit
   * only.
   */
  readonly faults?: {
    /** The reply is lost: after the commit happened, or before it could. */
    loseReply(happened: boolean): void;
    /** The store refuses the call before anything happens. */
    refuseCall(): void;
  };
  close(): Promise<void>;
}

const BODY: Json = { v: 'test/1', count: 1 };
const QUEUE = 'invoice-approval.pay';
const runKey = (id: string) => `run#invoice-approval#acme#${id}`;

function entry(more: Partial<EntryDraft> = {}): EntryDraft {
  return {
    workspace: 'acme',
    actor: { kind: 'service', id: 'invoice-approval.pay' },
    action: 'step.done',
    outcome: 'ok',
    ...more,
  };
}

const one = (...changes: Change[]): Commit => ({ changes, entries: [entry()] });
const insert = (
  id: string,
  body: Json = BODY,
  more: { sweepAt?: number; index?: object } = {},
): Change => ({
  op: 'insert',
  target: runKey(id),
  body,
  ...more,
});
const replace = (
  id: string,
  at: Revision,
  body: Json = BODY,
  more: { sweepAt?: number } = {},
): Change => ({
  op: 'replace',
  target: runKey(id),
  at,
  body,
  ...more,
});
const remove = (id: string, at: Revision): Change => ({ op: 'remove', target: runKey(id), at });
const message = (run: string, more: Partial<Message> = {}): Message => ({
  queue: QUEUE,
  workspace: 'acme',
  run,
  step: 'pay',
  subjectRefs: ['s1'],
  ...more,
});

const conflict = { code: 'ledger.conflict', fate: 'reread' };
const readEntry = (stored: StoredEntry): Entry => entrySchema.parse(parseJson(stored.bytes));

/** Lengths of the pages of so many entries. */
const sizes = (count: number, limit: number) =>
  Array.from({ length: Math.ceil(count / limit) }, (_, page) =>
    Math.min(limit, count - page * limit),
  );

async function gather<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

/**
 * What every adapter of the {@link Ledger} port promises, whatever store is below.
 *
 * @param open - An empty store for each test.
 * @param abilities - `faults`: the stores have {@link LedgerUnderTest.faults}.
 */
export function describeLedger(
  name: string,
  open: () => Promise<LedgerUnderTest>,
  abilities: { readonly faults?: true } = {},
): void {
  describe(`a ledger: ${name}`, () => {
    let store: LedgerUnderTest;
    let ledger: Ledger;

    beforeEach(async () => {
      store = await open();
      ledger = store.ledger('invoice-approval.pay');
    });

    afterEach(() => store.close());

    const trail = () => gather(store.trail.all());
    const entries = async () =>
      (await trail()).map(readEntry).sort((a, b) => a.writer.localeCompare(b.writer) || a.n - b.n);
    const find = async (id: string, by: Ledger = ledger) =>
      (await by.read([runKey(id)]))[0] as Document;
    const check = () => checkTrail(store.trail.all(), store.trail.standing());
    const query = async (question: Query) => {
      await store.settle();
      return ledger.query(question);
    };

    const put = async (id: string, body: Json = BODY): Promise<Revision> =>
      (await ledger.commit(one(insert(id, body)))).revisions.get(runKey(id)) as Revision;

    const pagesOf = async (run: string, limit: number) => {
      const pages: (readonly StoredEntry[])[] = [];
      for (let after: string | undefined; pages.length === 0 || after !== undefined; ) {
        const page = await store.trail.ofRun(run, { limit, after });
        pages.push(page.entries);
        after = page.next;
      }
      return pages;
    };

    /** Everything that can be seen of the store. */
    const picture = async () => ({
      entries: (await trail())
        .map(({ writer, n, bytes }) => `${writer} ${n} ${Buffer.from(bytes).toString('utf8')}`)
        .sort(),
      documents: (await gather(store.trail.standing()))
        .map((document) => canonicalJson({ ...document }))
        .sort(),
    });

    describe('a commit', () => {
      it('leaves the document and the entry that tells of it', async () => {
        const { revisions, entries: places } = await ledger.commit(one(insert('r1', { total: 5 })));

        expect(await find('r1')).toEqual({
          target: runKey('r1'),
          body: { total: 5 },
          ...revisions.get(runKey('r1')),
        });

        const [told] = await entries();
        expect(told).toMatchObject({ ...places[0], action: 'step.done', outcome: 'ok' });

        expect(told?.changes).toEqual([
          {
            target: runKey('r1'),
            rev: 1,
            beforeC: null,
            afterC: revisions.get(runKey('r1'))?.commitment,
          },
        ]);
      });

      it('may change nothing and only leave evidence', async () => {
        await ledger.commit({ entries: [entry({ action: 'run.refuse', outcome: 'denied' })] });
        expect(await entries()).toMatchObject([{ action: 'run.refuse', outcome: 'denied', n: 1 }]);
        expect((await entries())[0]?.changes).toBeUndefined();
      });

      it('changes many documents and leaves many entries at once', async () => {
        const at = await put('r0');
        const commit: Commit = {
          changes: [insert('r1'), replace('r0', at, { n: 2 }), insert('r2')],
          entries: [entry({ run: 'a' }), entry({ run: 'b' }), entry({ run: 'c' })],
        };

        const committed = await ledger.commit(commit);

        expect([...committed.revisions.keys()].sort()).toEqual(['r0', 'r1', 'r2'].map(runKey));
        expect(committed.revisions.get(runKey('r0'))?.rev).toBe(2);
        expect(committed.entries.map(({ n }) => n)).toEqual([2, 3, 4]);
        expect((await entries()).map(({ run }) => run)).toEqual([undefined, 'a', 'b', 'c']);
      });

      it('takes as many parts as are allowed', async () => {
        const changes = Array.from({ length: COMMIT_MAX_PARTS - 1 }, (_, i) => insert(`r${i}`));
        await ledger.commit({ changes, entries: [entry()] });
        expect(await gather(store.trail.standing())).toHaveLength(COMMIT_MAX_PARTS - 1);
        expect((await check()).problems).toEqual([]);
      });

      it('writes its entry in the closed form, canonical, once: what is read back is what was stored', async () => {
        const draft = entry({
          run: 'r1',
          attempt: 2,
          targets: [{ kind: 'run', id: 'r1', rev: 1 }],
          why: { code: 'x', reason: 'ünï 😀\u2028' },
        });

        await ledger.commit({ changes: [insert('r1')], entries: [draft] });

        const [stored] = await trail();
        const bytes = Buffer.from((stored as StoredEntry).bytes);
        const read = entrySchema.parse(parseJson(bytes));

        expect(bytes.equals(canonicalBytes(read as unknown as Json))).toBe(true);

        expect(read).toMatchObject({
          ...draft,
          v: 'audit/1',
          time: store.now(),
          bundle: ledger.identity.bundle,
          n: 1,
        });

        expect(Buffer.from(((await trail())[0] as StoredEntry).bytes).equals(bytes)).toBe(true);
        await store.settle();
        expect(
          (await entriesOfRun(store.trail, 'r1')).map((each) =>
            Buffer.from(each.bytes).equals(bytes),
          ),
        ).toEqual([true]);
      });

      it('lets no caller choose writer, number, time, bundle or form of an entry', async () => {
        const forged = {
          ...entry(),
          v: 'audit/2',
          writer: 'gates#1',
          n: 99,
          time: 1,
          bundle: 'f'.repeat(64),
          changes: [{ target: 'x' }],
        };

        await expect(ledger.commit({ entries: [forged as EntryDraft] })).rejects.toMatchObject({
          code: 'audit.entry-invalid',
        });
        expect(await trail()).toEqual([]);
        await ledger.commit({ entries: [entry()] });

        const [stored] = await trail();

        expect(readEntry(stored as StoredEntry)).toMatchObject({
          v: 'audit/1',
          n: 1,
          time: store.now(),
          bundle: ledger.identity.bundle,
        });

        expect(readEntry(stored as StoredEntry).writer).toMatch(/^invoice-approval\.pay#/);
        expect(readEntry(stored as StoredEntry).changes).toBeUndefined();
      });

      it('stores values as they are: every text, every safe integer', async () => {
        const body = {
          text: 'quote " slash \\ null \u0000 emoji 😀 bom \ufeff',
          least: -(2 ** 53) + 1,
          most: 2 ** 53 - 1,
          nested: [[], {}, null],
        };

        await put('r1', body);
        expect((await find('r1')).body).toEqual(body);
      });
    });

    describe('numbers', () => {
      it('run from 1 without a gap, for each writer', async () => {
        const other = store.ledger('gates');
        for (let i = 0; i < 4; i++) {
          await ledger.commit({ entries: [entry(), entry()] });
          await other.commit({ entries: [entry()] });
        }

        const byWriter = Map.groupBy(await entries(), ({ writer }) => writer.split('#')[0]);

        expect(byWriter.get('invoice-approval.pay')?.map(({ n }) => n)).toEqual([
          1, 2, 3, 4, 5, 6, 7, 8,
        ]);
        expect(byWriter.get('gates')?.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
      });

      it('are given back when a commit is refused because a document moved on', async () => {
        const at = await put('r1');
        await ledger.commit(one(replace('r1', at)));
        await expect(ledger.commit(one(replace('r1', at)))).rejects.toMatchObject(conflict);
        expect((await ledger.commit(one(insert('r2')))).entries[0]?.n).toBe(3);
        expect((await check()).problems).toEqual([]);
      });

      it('are gapless when many commits are under way at once and some are refused', async () => {
        const at = await put('r1');
        const settled = await Promise.allSettled(
          Array.from({ length: 12 }, (_, i) =>
            ledger.commit(one(i % 3 === 0 ? replace('r1', at, { i }) : insert(`n${i}`))),
          ),
        );

        expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(3);

        const report = await check();
        expect([report.entries, report.problems]).toEqual([10, []]);
      });

      it('belong to the instance: two ledgers of one function are two writers', async () => {
        const twin = store.ledger('invoice-approval.pay');
        const [a] = (await ledger.commit(one(insert('r1')))).entries;
        const [b] = (await twin.commit(one(insert('r2')))).entries;

        expect([a?.n, b?.n]).toEqual([1, 1]);
        expect(a?.writer).not.toBe(b?.writer);

        for (const place of [a, b])
          expect(place?.writer).toMatch(/^invoice-approval\.pay#[a-z0-9]+$/);

        expect((await check()).problems).toEqual([]);
      });
    });

    describe('a commit that no ledger accepts', () => {
      const big = (bytes: number) => 'x'.repeat(bytes - 2);
      const longEntry = () =>
        entry({ reads: Array.from({ length: 200 }, (_, i) => `${i}`.padStart(200, 'f')) });
      const at: Revision = { rev: 1, commitment: 'A'.repeat(43) };
      const refs = (count: number) => Array.from({ length: count }, (_, i) => `s${i}`);
      const other = (target: string): Change => ({ op: 'insert', target, body: BODY, sweepAt: 5 });
      const inList = (name: string, sort: string): Change =>
        insert('r1', BODY, { index: { list: { name, sort } } });
      const largest = (count: number) =>
        Array.from({ length: count }, (_, i) => insert(`r${i}`, big(DOCUMENT_MAX_BYTES)));

      it.each<[string, Commit, string]>([
        [
          'no entry',
          { changes: [insert('r1')], entries: [] as unknown as Commit['entries'] },
          'ledger.refused',
        ],
        [
          'a document that is too large',
          one(insert('r0'), insert('r1', big(DOCUMENT_MAX_BYTES + 1))),
          'ledger.document-too-large',
        ],
        [
          'an entry that is too large',
          { changes: [insert('r1')], entries: [entry(), longEntry()] },
          'audit.entry-too-large',
        ],
        [
          'a document key of no known form',
          one({ op: 'insert', target: 'run#*#acme#r1', body: BODY }),
          'ledger.refused',
        ],
        [
          'a check on a key of no known form',
          { checks: [{ target: 'x', at: { rev: 1, commitment: 'x' } }], entries: [entry()] },
          'ledger.refused',
        ],
        ['one document changed twice', one(insert('r1'), replace('r1', at)), 'ledger.refused'],
        [
          'one document changed and checked',
          {
            changes: [insert('r1')],
            checks: [{ target: runKey('r1'), at: { rev: 1, commitment: 'x' } }],
            entries: [entry()],
          },
          'ledger.refused',
        ],
        [
          'too many parts',
          one(...Array.from({ length: COMMIT_MAX_PARTS }, (_, i) => insert(`r${i}`))),
          'ledger.refused',
        ],
        [
          'a delay that is too long',
          {
            ...one(insert('r1')),
            messages: [message('r1', { delayMs: MESSAGE_DELAY_MAX_MS + 1 })],
          },
          'ledger.refused',
        ],
        [
          'a delay that is negative',
          { ...one(insert('r1')), messages: [message('r1', { delayMs: -1 })] },
          'ledger.refused',
        ],
        [
          'a delay that is no number',
          { ...one(insert('r1')), messages: [message('r1', { delayMs: Number.NaN })] },
          'ledger.refused',
        ],
        [
          'a delay that is no whole number',
          { ...one(insert('r1')), messages: [message('r1', { delayMs: 0.5 })] },
          'ledger.refused',
        ],
        [
          'a sweep mark that is no whole number',
          one(insert('r1', BODY, { sweepAt: 0.5 })),
          'ledger.refused',
        ],
        [
          'a due time that is no whole number',
          one(insert('r1', BODY, { index: { dueAt: 0.5 } })),
          'ledger.refused',
        ],
        [
          'a sweep mark on a gate',
          one(other('gate#invoice-approval#acme#r1.approve')),
          'ledger.refused',
        ],
        [
          'a sweep mark on a timer',
          one(other('timer#invoice-approval#acme#r1.approve')),
          'ledger.refused',
        ],
        [
          'a sweep mark on a record',
          one(other('record#invoice-approval#acme#order.7')),
          'ledger.refused',
        ],
        ['a list without a name', one(inList('', '01')), 'ledger.refused'],
        [
          'a list whose name is longer in bytes than a key',
          one(inList('é'.repeat(513), '01')),
          'ledger.refused',
        ],
        ['a place in a list that is none', one(inList('gates#acme', '')), 'ledger.refused'],
        [
          'a place in a list that is longer in bytes than a key',
          one(inList('gates#acme', 'é'.repeat(513))),
          'ledger.refused',
        ],
        [
          'a message with too many references',
          {
            ...one(insert('r1')),
            messages: [message('r1', { subjectRefs: refs(MESSAGE_MAX_SUBJECTS + 1) })],
          },
          'ledger.refused',
        ],
        [
          'documents that are too large together',
          one(...largest(12), insert('last', '')),
          'ledger.refused',
        ],
        [
          'documents and an entry that are too large together',
          one(...largest(12)),
          'ledger.refused',
        ],
        ['a body that is not canonical', one(insert('r1', { rate: 0.5 })), 'json.not-canonical'],
        [
          'an entry that is not canonical',
          { changes: [insert('r1')], entries: [entry({ why: { reason: '\ud800' } })] },
          'json.not-canonical',
        ],
        [
          'an entry that tells of a document it does not change',
          { changes: [insert('r1')], entries: [entry({ diffs: { [runKey('r2')]: [] } })] },
          'kernel.defect',
        ],
      ])('with %s leaves nothing, and the next one goes on', async (_, commit, code) => {
        await put('before');
        const before = await picture();
        await expect(ledger.commit(commit)).rejects.toMatchObject({ code, fate: 'refuse' });
        expect(await picture()).toEqual(before);
        expect(await store.take(QUEUE)).toEqual([]);
        expect((await ledger.commit(one(insert('after')))).entries[0]?.n).toBe(2);
      });

      it('with an entry outside the closed form leaves nothing, and the next one goes on', async () => {
        const before = await picture();
        const tooLong = entry({ why: { reason: 'x'.repeat(2_001) } });
        await expect(
          ledger.commit({ changes: [insert('r1')], entries: [tooLong] }),
        ).rejects.toMatchObject({ fate: 'refuse' });
        expect(await picture()).toEqual(before);
        expect((await ledger.commit(one(insert('after')))).entries[0]?.n).toBe(1);
      });

      it('harms no other commit of the same moment', async () => {
        const settled = await Promise.allSettled([
          ledger.commit(one(insert('r1'))),
          ledger.commit({ changes: [insert('r2')], entries: [longEntry()] }),
          ledger.commit(one(insert('r1'))),
          ledger.commit(one(insert('r3'))),
        ]);

        expect(settled.map(({ status }) => status)).toEqual([
          'fulfilled',
          'rejected',
          'rejected',
          'fulfilled',
        ]);

        expect(
          (await ledger.read(['r1', 'r2', 'r3'].map(runKey))).map((each) => each !== undefined),
        ).toEqual([true, false, true]);
        expect((await check()).problems).toEqual([]);
      });

      it('is the same for the largest document and the largest delay: those are accepted', async () => {
        await ledger.commit({
          changes: [insert('r1', big(DOCUMENT_MAX_BYTES))],
          entries: [entry()],
          messages: [message('r1', { delayMs: MESSAGE_DELAY_MAX_MS })],
        });
        expect((await find('r1')).body).toHaveLength(DOCUMENT_MAX_BYTES - 2);
      });

      it('is the same for the longest place in a list and the most references of a message', async () => {
        const long = 'é'.repeat(512);
        const full = message('r1', { subjectRefs: refs(MESSAGE_MAX_SUBJECTS) });

        await ledger.commit({
          changes: [insert('r1', BODY, { index: { list: { name: long, sort: long } } })],
          entries: [entry()],
        });

        expect((await query({ by: 'list', list: long, limit: 5 })).documents).toHaveLength(1);

        const cause = () => ledger.send([full]);

        await cause();
        await store.redeliver(cause);
        expect(await store.take(QUEUE)).toContainEqual(full);
        await expect(
          ledger.send([message('r1', { subjectRefs: refs(MESSAGE_MAX_SUBJECTS + 1) })]),
        ).rejects.toMatchObject({
          code: 'ledger.refused',
        });
      });

      it('is the same for as many bytes as go in: documents and entries together, whichever has them', async () => {
        const told = entry({ reads: refs(100).map((ref) => ref.padStart(256, 'f')) });

        await ledger.commit({ entries: [told] });

        const [stored] = await trail();
        const own = (stored as StoredEntry).bytes.length;
        const some = (documents: number, entries: number): Commit => ({
          changes: largest(documents),
          entries: [told, ...Array.from({ length: entries - 1 }, () => told)],
        });

        // as numbers grow, so do the entries
        const room = Math.floor((COMMIT_MAX_BYTES - 11 * DOCUMENT_MAX_BYTES) / (own + 64));
        const before = await picture();

        await expect(ledger.commit(some(11, room + 2))).rejects.toMatchObject({
          code: 'ledger.refused',
          fate: 'refuse',
        });

        expect(await picture()).toEqual(before);

        const { entries: places } = await ledger.commit(some(11, room - 3));

        expect(places.map(({ n }) => n).at(0)).toBe(2);
        expect((await check()).problems).toEqual([]);
      });

      it('with an action for trying Writ out is refused in the cloud, and only there', async () => {
        const seeded = ledger.commit({
          changes: [insert('r1')],
          entries: [entry({ action: 'rollout.seed' })],
        });

        if (store.engine === 'embedded') await seeded;
        else
          await expect(seeded).rejects.toMatchObject({
            code: 'audit.embedded-only',
            fate: 'refuse',
          });

        expect((await gather(store.trail.standing())).length).toBe(
          store.engine === 'embedded' ? 1 : 0,
        );
      });
    });

    describe('a named revision', () => {
      it('must be the one that stands, its number and its commitment, for a document to be replaced or removed', async () => {
        const at = await put('r1');
        const other = await put('r2', { other: true });
        const now = (await ledger.commit(one(replace('r1', at, { n: 2 })))).revisions.get(
          runKey('r1'),
        ) as Revision;

        const wrong: Revision[] = [
          at,
          { ...now, rev: 1 },
          { ...now, rev: 3 },
          { ...now, commitment: at.commitment },
          other,
        ];

        const before = await picture();

        for (const stale of wrong) {
          await expect(ledger.commit(one(replace('r1', stale)))).rejects.toMatchObject({
            ...conflict,
            targets: [runKey('r1')],
          });
          await expect(ledger.commit(one(remove('r1', stale)))).rejects.toMatchObject(conflict);
        }

        await expect(ledger.commit(one(replace('nowhere', at)))).rejects.toMatchObject(conflict);
        await expect(ledger.commit(one(remove('nowhere', at)))).rejects.toMatchObject(conflict);
        expect(await picture()).toEqual(before);
        expect(
          (await ledger.commit(one(replace('r1', now)))).revisions.get(runKey('r1'))?.rev,
        ).toBe(3);
      });

      it('of a document that is to be inserted is none: an existing one is not overwritten', async () => {
        await put('r1', { first: true });
        await expect(ledger.commit(one(insert('r1', { first: true })))).rejects.toMatchObject(
          conflict,
        );
        await expect(store.ledger('gates').commit(one(insert('r1')))).rejects.toMatchObject(
          conflict,
        );
        expect((await find('r1')).body).toEqual({ first: true });
      });

      it('can be checked without changing the document', async () => {
        const at = await put('r1');
        const checked = (revision: Revision, id: string): Commit => ({
          changes: [insert(id)],
          checks: [{ target: runKey('r1'), at: revision }],
          entries: [entry()],
        });

        await ledger.commit(checked(at, 'a'));
        expect((await find('r1')).rev).toBe(1);

        const now = (await ledger.commit(one(replace('r1', at, { n: 2 })))).revisions.get(
          runKey('r1'),
        ) as Revision;

        await expect(ledger.commit(checked(at, 'b'))).rejects.toMatchObject({
          ...conflict,
          targets: [runKey('r1')],
        });

        await expect(
          ledger.commit(checked({ ...now, commitment: at.commitment }, 'b')),
        ).rejects.toMatchObject(conflict);
        expect(await ledger.read([runKey('a'), runKey('b')])).toMatchObject([
          { rev: 1 },
          undefined,
        ]);

        await ledger.commit(one(remove('r1', now)));
        await expect(ledger.commit(checked(now, 'c'))).rejects.toMatchObject(conflict);
      });

      it('keeps every part of the commit away when one does not hold', async () => {
        const at = await put('r1');

        await ledger.commit(one(replace('r1', at, { n: 2 })));

        const before = await picture();
        const mixed: Commit = {
          changes: [insert('r2'), replace('r1', at), insert('r3')],
          entries: [entry(), entry()],
          messages: [message('r2')],
        };

        await expect(ledger.commit(mixed)).rejects.toMatchObject({
          ...conflict,
          targets: [runKey('r1')],
        });

        expect(await picture()).toEqual(before);
        expect(await store.take(QUEUE)).toEqual([]);
      });

      it('lets exactly one of many parallel commits replace a document', async () => {
        let at = await put('r1');
        const ledgers = [ledger, store.ledger('invoice-approval.pay'), store.ledger('gates')];

        for (let round = 2; round < 5; round++) {
          const settled = await Promise.allSettled(
            Array.from({ length: 9 }, (_, i) =>
              (ledgers[i % 3] as Ledger).commit(one(replace('r1', at, { round, i }))),
            ),
          );

          const won = settled.flatMap((each, i) =>
            each.status === 'fulfilled' ? [{ ...each.value, i }] : [],
          );

          expect(won).toHaveLength(1);

          for (const each of settled)
            if (each.status === 'rejected') expect(each.reason).toMatchObject(conflict);

          at = won[0]?.revisions.get(runKey('r1')) as Revision;

          expect(await find('r1')).toEqual({
            target: runKey('r1'),
            rev: round,
            commitment: at.commitment,
            body: { round, i: won[0]?.i },
          });
        }

        expect((await check()).problems).toEqual([]);
      });

      it('lets exactly one of many parallel commits insert a document', async () => {
        const settled = await Promise.allSettled(
          Array.from({ length: 8 }, (_, i) =>
            store.ledger('intake').commit(one(insert('r1', { i }))),
          ),
        );
        expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect((await check()).problems).toEqual([]);
      });

      it('holds for checks and changes at one instant: two documents that guard each other never both change', async () => {
        for (let round = 0; round < 5; round++) {
          const [a, b] = [await put(`a${round}`), await put(`b${round}`)];

          const guarded = (
            changed: string,
            at: Revision,
            checkedId: string,
            checkedAt: Revision,
          ): Commit => ({
            changes: [replace(changed, at, { taken: true })],
            checks: [{ target: runKey(checkedId), at: checkedAt }],
            entries: [entry()],
          });

          const settled = await Promise.allSettled([
            ledger.commit(guarded(`a${round}`, a, `b${round}`, b)),
            store.ledger('gates').commit(guarded(`b${round}`, b, `a${round}`, a)),
          ]);

          expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(
            1,
          );
        }
      });
    });

    describe('a removal', () => {
      it('takes the document away and ends its history in the trail', async () => {
        const at = await put('r1');
        const { revisions } = await ledger.commit(one(remove('r1', at)));
        expect(revisions.size).toBe(0);
        expect(await find('r1')).toBeUndefined();
        expect((await entries()).at(-1)?.changes).toEqual([
          { target: runKey('r1'), rev: 2, beforeC: at.commitment, afterC: null },
        ]);
        expect((await check()).problems).toEqual([]);
      });

      it('happens once when many try at the same moment, each changing another document with it', async () => {
        const [at, guard] = [await put('r1'), await put('guard')];
        const settled = await Promise.allSettled(
          Array.from({ length: 5 }, (_, i) =>
            store.ledger('intake').commit(one(replace('guard', guard, { i }), remove('r1', at))),
          ),
        );

        expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect((await check()).problems).toEqual([]);
      });

      it('is not followed by a second one', async () => {
        const at = await put('r1');
        await ledger.commit(one(remove('r1', at)));
        await expect(ledger.commit(one(remove('r1', at)))).rejects.toMatchObject(conflict);
      });
    });

    describe('commitments', () => {
      it('chain through every change of a document, each over the bytes that stood then', async () => {
        const bodies: Json[] = [{ n: 1 }, { n: 2 }, { n: 2 }, { b: 1, a: ['ü'] }];
        let at: Revision | undefined;

        for (const body of bodies) {
          const committed = await ledger.commit(
            one(at === undefined ? insert('r1', body) : replace('r1', at, body)),
          );
          at = committed.revisions.get(runKey('r1'));
        }

        await ledger.commit(one(remove('r1', at as Revision)));

        const links = (await entries()).flatMap(({ changes }) => changes ?? []);
        const expected = [
          ...bodies.map((body, i) => commitmentOf(runKey('r1'), i + 1, canonicalBytes(body))),
          null,
        ];

        expect(links.map(({ rev }) => rev)).toEqual([1, 2, 3, 4, 5]);
        expect(links.map(({ afterC }) => afterC)).toEqual(expected);
        expect(links.map(({ beforeC }) => beforeC)).toEqual([null, ...expected.slice(0, -1)]);
      });

      it('are computed afresh from the stored bytes of every document that stands', async () => {
        await put('r1', { z: 1, a: 2 });

        const at = await put('r2');
        await ledger.commit(one(replace('r2', at, { n: 2 })));

        const expected = [
          ['r1', 1, { a: 2, z: 1 }],
          ['r2', 2, { n: 2 }],
        ].map(([id, rev, body]) => {
          const target = runKey(String(id));
          const commitment = commitmentOf(target, Number(rev), canonicalBytes(body as Json));
          return { target, rev, commitment, stored: commitment };
        });

        expect(
          (await gather(store.trail.standing())).sort((a, b) => a.target.localeCompare(b.target)),
        ).toEqual(expected);
      });
    });

    describe('a directory row', () => {
      const key = (letter: string) => `token#acme#supplier.${letter.repeat(43)}`;
      const as = (letter: string) => `token#acme#~${letter.repeat(26)}`;

      it('goes by its random name in entries and commitments, and by its key nowhere in the trail', async () => {
        const { revisions } = await ledger.commit(
          one({ op: 'insert', target: key('K'), as: as('a'), body: { subject: 's1' } }),
        );
        const at = revisions.get(key('K')) as Revision;

        expect(at.commitment).toBe(commitmentOf(as('a'), 1, canonicalBytes({ subject: 's1' })));

        expect((await ledger.read([key('K')]))[0]).toEqual({
          target: key('K'),
          as: as('a'),
          body: { subject: 's1' },
          ...at,
        });

        await ledger.commit(
          one({ op: 'replace', target: key('K'), as: as('a'), at, body: { kind: 'tombstone' } }),
        );
        expect((await picture()).entries.join()).not.toContain(key('K'));
        expect((await picture()).documents.join()).not.toContain(key('K'));
        expect(
          (await entries()).flatMap(({ changes }) => changes ?? []).map(({ target }) => target),
        ).toEqual([as('a'), as('a')]);
        expect((await check()).problems).toEqual([]);
      });

      it('can be removed, and its key used again under another name: that is another history', async () => {
        const { revisions } = await ledger.commit(
          one({ op: 'insert', target: key('K'), as: as('a'), body: { subject: 's1' } }),
        );

        await ledger.commit(
          one({
            op: 'remove',
            target: key('K'),
            as: as('a'),
            at: revisions.get(key('K')) as Revision,
          }),
        );

        expect(await ledger.read([key('K')])).toEqual([undefined]);
        await ledger.commit(
          one({ op: 'insert', target: key('K'), as: as('b'), body: { subject: 's2' } }),
        );
        expect((await ledger.read([key('K')]))[0]).toMatchObject({
          as: as('b'),
          rev: 1,
          body: { subject: 's2' },
        });

        const report = await check();

        expect([report.documents, report.problems]).toEqual([2, []]);
      });

      it('is not changed under another name than its own', async () => {
        const { revisions } = await ledger.commit(
          one({ op: 'insert', target: key('K'), as: as('a'), body: {} }),
        );
        const at = revisions.get(key('K')) as Revision;

        await expect(
          ledger.commit(one({ op: 'replace', target: key('K'), as: as('b'), at, body: {} })),
        ).rejects.toMatchObject(conflict);
        await expect(
          ledger.commit(one({ op: 'remove', target: key('K'), as: as('b'), at })),
        ).rejects.toMatchObject(conflict);
      });

      it.each<[string, Change]>([
        ['without a random name', { op: 'insert', target: key('K'), body: {} }],
        [
          'under a name that is no random one',
          { op: 'insert', target: key('K'), as: key('L'), body: {} },
        ],
        [
          'unless it is one: no other document has a second name',
          { op: 'insert', target: runKey('r1'), as: as('a'), body: {} },
        ],
      ])('is not inserted %s', async (_, change) => {
        await expect(ledger.commit(one(change))).rejects.toMatchObject({ code: 'ledger.refused' });
        expect(await trail()).toEqual([]);
      });
    });

    describe('what changed, field by field', () => {
      it('stands in the entry that tells of the document; what no entry tells of stands in the first', async () => {
        await ledger.commit({
          changes: [insert('r1'), insert('r2'), insert('r3')],
          entries: [
            entry({ run: 'first' }),
            entry({ run: 'second', diffs: { [runKey('r2')]: [{ field: 'total', after: 5 }] } }),
            entry({ run: 'third', diffs: { [runKey('r3')]: [] } }),
          ],
        });

        const told = (await entries()).map(({ run, changes }) => [
          run,
          changes?.map(({ target, diff }) => [target, diff]),
        ]);

        expect(told).toEqual([
          ['first', [[runKey('r1'), undefined]]],
          ['second', [[runKey('r2'), [{ field: 'total', after: 5 }]]]],
          ['third', [[runKey('r3'), undefined]]],
        ]);
      });

      it('stands as length and hash when a value is long', async () => {
        const long = 'x'.repeat(5_000);

        await ledger.commit({
          changes: [insert('r1', { long })],
          entries: [
            entry({ diffs: { [runKey('r1')]: [{ field: 'text', before: 'short', after: long }] } }),
          ],
        });

        const diff = (await entries())[0]?.changes?.[0]?.diff?.[0];

        expect(diff).toEqual({
          field: 'text',
          before: 'short',
          digestAfter: { bytes: 5_002, sha256: expect.stringMatching(/^[\w-]{43}$/) },
        });
      });
    });

    describe('a sweep mark', () => {
      const sweep = async (until: number, automation = 'invoice-approval') =>
        (await query({ by: 'sweep', automation, until, limit: 10 })).documents.map(
          ({ target }) => target.split('#')[3],
        );

      it('is found from its time on, by its own automation, earliest first', async () => {
        await ledger.commit(
          one(
            insert('late', BODY, { sweepAt: 200 }),
            insert('early', BODY, { sweepAt: 100 }),
            insert('never'),
          ),
        );

        await ledger.commit(
          one({ op: 'insert', target: 'run#payroll#acme#other', body: BODY, sweepAt: 100 }),
        );
        expect(await sweep(99)).toEqual([]);
        expect(await sweep(100)).toEqual(['early']);
        expect(await sweep(500)).toEqual(['early', 'late']);
        expect(await sweep(500, 'payroll')).toEqual(['other']);
      });

      it('is cleared by a replacement that does not set it, and moved by one that does', async () => {
        const { revisions } = await ledger.commit(
          one(insert('r1', BODY, { sweepAt: 100 }), insert('r2', BODY, { sweepAt: 100 })),
        );
        const at = (id: string) => revisions.get(runKey(id)) as Revision;

        await ledger.commit(
          one(replace('r1', at('r1')), replace('r2', at('r2'), BODY, { sweepAt: 300 })),
        );
        expect(await sweep(200)).toEqual([]);
        expect(await sweep(300)).toEqual(['r2']);
      });

      it('is taken off without a trace: no revision, no evidence of its own', async () => {
        const { revisions } = await ledger.commit(one(insert('r1', BODY, { sweepAt: 100 })));

        await ledger.commit({ entries: [entry({ run: 'sweeper' })], unmark: [runKey('r1')] });
        // there is nothing to take a mark off: some stores cannot do that and the rest at once
        await expect(
          ledger.commit({ entries: [entry()], unmark: [runKey('nowhere')] }),
        ).rejects.toMatchObject(conflict);
        expect(await sweep(500)).toEqual([]);
        expect(await find('r1')).toMatchObject({ ...revisions.get(runKey('r1')), body: BODY });
        expect((await check()).problems).toEqual([]);
      });

      it('stays when the commit that would take it off is refused', async () => {
        const { revisions } = await ledger.commit(one(insert('r1', BODY, { sweepAt: 100 })));
        await ledger.commit(one(insert('r2')));
        const refused: Commit = { ...one(insert('r2')), unmark: [runKey('r1')] };
        await expect(ledger.commit(refused)).rejects.toMatchObject(conflict);
        expect(await sweep(500)).toEqual(['r1']);
        await ledger.commit(one(remove('r1', revisions.get(runKey('r1')) as Revision)));
        expect(await sweep(500)).toEqual([]);
      });

      it('gives at most as many documents as asked for', async () => {
        await ledger.commit(
          one(...Array.from({ length: 5 }, (_, i) => insert(`r${i}`, BODY, { sweepAt: i }))),
        );
        expect(
          (await query({ by: 'sweep', automation: 'invoice-approval', until: 9, limit: 3 }))
            .documents,
        ).toHaveLength(3);
      });
    });

    describe('a list', () => {
      const inList = (id: string, sort: string, list = 'gates#acme') =>
        insert(id, { id }, { index: { list: { name: list, sort } } });
      const ids = (documents: readonly Document[]) =>
        documents.map(({ target }) => target.split('#')[3]);

      /** Every page of a list, one after another. */
      const pages = async (
        list: string,
        limit: number,
        way: { readonly newestFirst?: true } = {},
      ): Promise<string[][]> => {
        const all: string[][] = [];
        let after: string | undefined;

        do {
          const page = await query({
            by: 'list',
            list,
            limit,
            ...way,
            ...(after === undefined ? {} : { after }),
          });

          all.push(ids(page.documents) as string[]);
          after = page.next;
        } while (after !== undefined && all.length < 20);

        return all;
      };

      it('refuses a cursor that no page gave', async () => {
        for (const after of ['', 'x', '[]', '[1,2]', '{}', 'null']) {
          for (const way of [{}, { newestFirst: true as const }])
            await expect(
              query({ by: 'list', list: 'gates#acme', after, limit: 1, ...way }),
            ).rejects.toMatchObject({
              code: 'ledger.refused',
            });
        }
      });

      it('gives its documents in order, page by page, each once', async () => {
        await ledger.commit(
          one(
            ...['07', '03', '11', '01', '09'].map((sort) => inList(`r${sort}`, sort)),
            inList('x', '05', 'gates#other'),
          ),
        );

        expect(await pages('gates#acme', 2)).toEqual([['r01', 'r03'], ['r07', 'r09'], ['r11']]);
        expect(await pages('gates#acme', 5)).toEqual([['r01', 'r03', 'r07', 'r09', 'r11']]);
        expect(await pages('gates#acme', 50)).toHaveLength(1);
        expect(await pages('gates#none', 5)).toEqual([[]]);
      });

      it('gives them from the last place to the first when asked for the newest, page by page, each once', async () => {
        const sorts = ['07', '03', '11', '01', '09', 'é', '~'];

        await ledger.commit(
          one(...sorts.map((sort, i) => inList(`r${i}`, sort)), inList('x', '05', 'gates#other')),
        );

        const newestFirst = { newestFirst: true } as const;

        expect(await pages('gates#acme', 3, newestFirst)).toEqual([
          ['r5', 'r6', 'r2'],
          ['r4', 'r0', 'r1'],
          ['r3'],
        ]);

        expect(await pages('gates#acme', 7, newestFirst)).toEqual([
          ['r5', 'r6', 'r2', 'r4', 'r0', 'r1', 'r3'],
        ]);
        expect(await pages('gates#none', 5, newestFirst)).toEqual([[]]);
      });

      it('takes the cursor of a page in the other direction, too: from there back to where it came from', async () => {
        await ledger.commit(
          one(...['01', '02', '03', '04', '05'].map((sort) => inList(`r${sort}`, sort))),
        );

        const { next = '' } = await query({ by: 'list', list: 'gates#acme', limit: 3 });

        const back = await query({
          by: 'list',
          list: 'gates#acme',
          limit: 5,
          newestFirst: true,
          after: next,
        });

        expect([ids(back.documents), back.next]).toEqual([['r02', 'r01'], undefined]);

        const page = await query({ by: 'list', list: 'gates#acme', limit: 2, newestFirst: true });

        const forth = await query({
          by: 'list',
          list: 'gates#acme',
          limit: 5,
          after: page.next ?? '',
        });

        expect([ids(page.documents), ids(forth.documents)]).toEqual([['r05', 'r04'], ['r05']]);
      });

      it.each([{}, { newestFirst: true } as const])(
        'loses no document where pages meet in the middle of equal places: %j',
        async (way) => {
          await ledger.commit(one(...['a', 'b', 'c', 'd', 'e'].map((id) => inList(id, '05'))));
          const found = await pages('gates#acme', 2, way);
          expect(found.map(({ length }) => length)).toEqual([2, 2, 1]);
          expect(found.flat().sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
        },
      );

      it('gives documents whole, as they are read', async () => {
        await ledger.commit(one(inList('r1', '01')));
        expect((await query({ by: 'list', list: 'gates#acme', limit: 5 })).documents).toEqual([
          await find('r1'),
        ]);
      });

      it('keeps a replaced document in its place and lets a removed one go', async () => {
        const { revisions } = await ledger.commit(one(inList('r1', '01'), inList('r2', '02')));
        const now = await ledger.commit(
          one(replace('r1', revisions.get(runKey('r1')) as Revision, { n: 2 })),
        );

        expect((await query({ by: 'list', list: 'gates#acme', limit: 5 })).documents).toMatchObject(
          [{ body: { n: 2 }, rev: 2 }, { rev: 1 }],
        );
        await ledger.commit(one(remove('r1', now.revisions.get(runKey('r1')) as Revision)));
        expect(await pages('gates#acme', 5)).toEqual([['r2']]);
      });
    });

    describe('what is due', () => {
      it('is found from its minute on, by its own automation, earliest first, until it is removed', async () => {
        const timer = (id: string, dueAt: number, automation = 'invoice-approval'): Change => ({
          op: 'insert',
          target: `timer#${automation}#acme#${id}`,
          body: BODY,
          index: { dueAt },
        });

        const due = async (until: number) =>
          (
            await query({ by: 'due', automation: 'invoice-approval', until, limit: 10 })
          ).documents.map(({ target }) => target.split('#')[3]);

        const { revisions } = await ledger.commit(
          one(timer('b', 2 * HOUR), timer('a', HOUR), timer('x', HOUR, 'payroll'), insert('none')),
        );

        expect(await due(HOUR - 1)).toEqual([]);
        expect(await due(HOUR)).toEqual(['a']);
        expect(await due(9 * HOUR)).toEqual(['a', 'b']);

        const target = 'timer#invoice-approval#acme#a';

        await ledger.commit(one({ op: 'remove', target, at: revisions.get(target) as Revision }));
        expect(await due(9 * HOUR)).toEqual(['b']);
      });
    });

    describe('a reading', () => {
      it('sees every acknowledged commit of every ledger on the store', async () => {
        const other = store.ledger('gates');
        const at = await put('r1');
        expect(await find('r1', other)).toMatchObject(at);
        const { revisions } = await other.commit(one(replace('r1', at, { n: 2 })));
        expect(await find('r1')).toMatchObject({ ...revisions.get(runKey('r1')), body: { n: 2 } });
      });

      it('gives one place for each key, in order, undefined where there is nothing', async () => {
        await put('r1', { is: 1 });
        await put('r2', { is: 2 });

        const found = await ledger.read(['r2', 'nowhere', 'r1', 'r2'].map(runKey));

        expect(found.map((each) => each?.body)).toEqual([
          { is: 2 },
          undefined,
          { is: 1 },
          { is: 2 },
        ]);

        expect(await ledger.read([])).toEqual([]);
      });

      it('gives each reader a document of its own: what one does to it, or to what was committed, no other sees', async () => {
        const body = { list: [1] };
        const committing = ledger.commit(one(insert('r1', body)));

        body.list.push(2);
        await committing;

        const [mine, other] = [await find('r1'), await find('r1', store.ledger('gates'))];

        (mine.body as { list: number[] }).list.push(3);
        expect([other.body, (await find('r1')).body]).toEqual([{ list: [1] }, { list: [1] }]);
        expect((await check()).problems).toEqual([]);
      });

      it('takes a hundred keys', async () => {
        await put('r99');
        const found = await ledger.read(Array.from({ length: 100 }, (_, i) => runKey(`r${i}`)));
        expect(found.map((each) => each?.rev)).toEqual([...Array(99).fill(undefined), 1]);
      });
    });

    describe('a document that was changed behind the ledger', () => {
      const corrupt = { code: 'ledger.corrupt', fate: 'refuse' };
      const bytes = (text: string) => Buffer.from(text);
      const commitment = (rev: number, body: Json) =>
        commitmentOf(runKey('r1'), rev, canonicalBytes(body));

      const ways: [string, Alteration][] = [
        ['one digit of its bytes', { body: bytes('{"amount":4711}') }],
        ['bytes that are no JSON', { body: bytes('{"amount":47') }],
        ['no bytes', { body: bytes('') }],
        ['another writing of the same', { body: bytes('{"amount": 4700}') }],
        ['another revision', { rev: 3 }],
        ['an earlier revision', { rev: 1 }],
        ['a revision that is none', { rev: -2 }],
        ['another commitment', { commitment: commitment(2, { amount: 4711 }) }],
        ['a commitment that is none', { commitment: '' }],
      ];

      const standing = async () => {
        const at = (await ledger.commit(one(insert('r1', { amount: 4 })))).revisions.get(
          runKey('r1'),
        ) as Revision;
        await ledger.commit(one(replace('r1', at, { amount: 4700 })));
        await put('beside');
        return find('r1');
      };

      it.each(ways)('to hold %s is not given to anybody, and hides no other', async (_, to) => {
        await standing();
        await store.alter(runKey('r1'), to);

        for (const reader of [ledger, store.ledger('gates')]) {
          const refused = reader.read([runKey('beside'), runKey('r1')]);
          await expect(refused).rejects.toMatchObject({ ...corrupt, target: runKey('r1') });
          await expect(refused).rejects.toThrow(
            `document ${runKey('r1')} is not as it was committed; nothing is done with it`,
          );
        }

        expect(await find('beside')).toMatchObject({ body: BODY });
        expect(
          (
            await readIntact(ledger, [runKey('r1'), runKey('beside'), runKey('none'), runKey('r1')])
          ).map(kindOf),
        ).toEqual(['corrupt', 'document', 'none', 'corrupt']);
      });

      it.each(ways)('to hold %s is found when the trail is checked', async (_, to) => {
        await standing();
        await store.alter(runKey('r1'), to);
        expect((await check()).problems.map(({ code }) => code)).toContainEqual(
          expect.stringMatching(/^state-/),
        );
      });

      it.each(ways)('to hold %s does not become what a commit goes on from', async (_, to) => {
        const { rev, commitment: known } = await standing();

        await store.alter(runKey('r1'), to);

        const at = { rev: to.rev ?? rev, commitment: to.commitment ?? known };
        // of what was read before, nothing has changed
        if (to.rev === undefined && to.commitment === undefined) return;

        await expect(
          ledger.commit(one(replace('r1', { rev, commitment: known }))),
        ).rejects.toMatchObject({
          code: expect.stringMatching(/^ledger\.(?:corrupt|conflict)$/),
        });

        const before = (await check()).entries;

        await ledger.commit(one(replace('r1', at))).catch(() => {});

        const after = await check();

        // no reading gave such a revision
        if (after.entries > before) expect(after.problems).not.toEqual([]);
      });

      it('is passed over where documents are found, and hides none of the others', async () => {
        const list = { name: 'gates#acme', sort: '1' };
        for (const id of ['a', 'b', 'c']) {
          const index = { list: { ...list, sort: id }, dueAt: 5 };
          await ledger.commit({
            changes: [insert(id, BODY, { index, sweepAt: 5 })],
            entries: [entry()],
          });
        }

        await store.settle();
        await store.alter(runKey('b'), { body: bytes('{"count":2,"v":"test/1"}') });

        for (const question of [
          { by: 'list', list: list.name, limit: 10 },
          { by: 'due', automation: 'invoice-approval', until: 9, limit: 10 },
          { by: 'sweep', automation: 'invoice-approval', until: 9, limit: 10 },
        ] satisfies Query[])
          expect((await query(question)).documents.map(({ target }) => target).sort()).toEqual(
            ['a', 'c'].map(runKey),
          );
      });

      it('with a commitment that fits is given, and found by the trail: before the next commit about it, and after', async () => {
        await standing();

        const body = { amount: 4711 };

        await store.alter(runKey('r1'), {
          body: canonicalBytes(body),
          commitment: commitment(2, body),
        });

        const altered = await find('r1');

        expect(altered.body).toEqual(body); // a digest without a key cannot tell
        expect((await check()).problems).toMatchObject([{ code: 'state-untold' }]);
        await ledger.commit(one(replace('r1', altered, { amount: 1 })));
        expect((await check()).problems).toMatchObject([{ code: 'chain-break' }]);
      });
    });

    describe('messages', () => {
      it('carry ids, and arrive at least once when their commit did', async () => {
        const cause = async () => {
          const [standing] = await ledger.read([runKey('r1')]);
          if (standing === undefined)
            await ledger.commit({ ...one(insert('r1')), messages: [message('r1'), message('r2')] });
          else await ledger.send([message('r1'), message('r2')]);
        };

        await cause();
        await store.redeliver(cause);

        const arrived = await store.take(QUEUE);

        expect(new Set(arrived.map(({ run }) => run))).toEqual(new Set(['r1', 'r2']));
        for (const each of arrived) expect(each).toEqual(message(each.run));

        expect(await store.take('invoice-approval.other')).toEqual([]);
      });

      it('do not arrive when their commit was refused', async () => {
        await put('r1');
        await expect(
          ledger.commit({ ...one(insert('r1')), messages: [message('r1')] }),
        ).rejects.toMatchObject(conflict);
        expect(await store.take(QUEUE)).toEqual([]);
      });

      it('are held back for their delay, and arrive after it', async () => {
        const cause = async () => {
          await ledger.send([message('r1', { delayMs: 10 * MINUTE })]);
        };

        await ledger.commit({
          ...one(insert('r1')),
          messages: [message('r1', { delayMs: 10 * MINUTE })],
        });

        await store.redeliver(cause);
        store.advance(10 * MINUTE - SECOND);
        expect(await store.take(QUEUE)).toEqual([]);
        store.advance(SECOND);
        expect((await store.take(QUEUE)).map(({ run }) => run)).toContain('r1');
      });

      it('can be sent without a change, and leave no evidence', async () => {
        const cause = () =>
          ledger.send([message('r1'), message('r2', { queue: 'invoice-approval.tell' })]);
        await cause();
        await store.redeliver(cause);
        expect((await store.take(QUEUE)).map(({ run }) => run)).toContain('r1');
        expect((await store.take('invoice-approval.tell')).map(({ run }) => run)).toContain('r2');
        expect(await trail()).toEqual([]);
      });
    });

    describe('the trail', () => {
      it('gives the entries of one run, oldest first', async () => {
        for (const run of ['a', 'b', 'a', 'a']) {
          await ledger.commit({ entries: [entry({ run, attempt: (await trail()).length })] });
          store.advance(SECOND);
        }

        await ledger.commit({ entries: [entry()] });
        await store.settle();
        expect(
          (await entriesOfRun(store.trail, 'a')).map((each) => readEntry(each).attempt),
        ).toEqual([0, 2, 3]);
        expect(await store.trail.ofRun('none', { limit: 1 })).toEqual({ entries: [] });
      });

      it('gives them in pages that hold each once, also where pages meet in the middle of entries of the same time', async () => {
        const ledgers = [ledger, store.ledger('invoice-approval.book'), store.ledger('gates')];
        for (let time = 0; time < 3; time++) {
          for (const by of ledgers)
            await by.commit({ entries: [entry({ run: 'a' }), entry({ run: 'a' })] });
          await ledger.commit({ entries: [entry({ run: 'b' })] });
          store.advance(SECOND);
        }

        await store.settle();

        const whole = (await entries())
          .filter(({ run }) => run === 'a')
          .map(({ writer, n }) => `${writer} ${n}`);

        for (const limit of [1, 2, 3, 4, 5, 17, 18, 19]) {
          const pages = await pagesOf('a', limit);
          expect(pages.map(({ length }) => length)).toEqual(sizes(whole.length, limit));

          expect(
            pages
              .flat()
              .map(({ writer, n }) => `${writer} ${n}`)
              .sort(),
          ).toEqual(whole.toSorted());

          const times = pages.flat().map((each) => readEntry(each).time);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
        }
      });

      it('goes on after a page with what was appended meanwhile, and repeats nothing', async () => {
        const append = async (attempt: number) => {
          await ledger.commit({ entries: [entry({ run: 'a', attempt })] });
          store.advance(SECOND);
          await store.settle();
        };

        for (const attempt of [0, 1, 2]) await append(attempt);

        const first = await store.trail.ofRun('a', { limit: 2 });

        await append(3);

        const second = await store.trail.ofRun('a', { limit: 2, after: first.next });

        await append(4);

        expect(
          [first, second].map((page) => page.entries.map((each) => readEntry(each).attempt)),
        ).toEqual([
          [0, 1],
          [2, 3],
        ]);

        expect(second.next).toBeUndefined();

        const third = await store.trail.ofRun('a', { limit: 2, after: first.next });

        expect(third.next).toBeDefined();
        expect(
          (await store.trail.ofRun('a', { limit: 2, after: third.next })).entries.map(
            (each) => readEntry(each).attempt,
          ),
        ).toEqual([4]);
      });

      it('gives what stands in the place of an entry as it is, and everything around it', async () => {
        await ledger.commit({ entries: [entry({ run: 'a' })] });

        const bad = ['garbage', 'null', '', '{"time":"x"}', '\ufffd'].map((text, i) => ({
          writer: `invoice-approval.pay#${'x'.repeat(i === 3 ? 1_900 : 1)}`,
          n: i + 1,
          bytes: i === 4 ? new Uint8Array([0xff, 0xfe]) : Buffer.from(text),
        }));

        for (const one of bad) await store.forge(one, 'a', store.now() + 1);

        store.advance(SECOND);
        await ledger.commit({ entries: [entry({ run: 'a' })] });
        await store.settle();

        for (const limit of [1, 2, 100]) {
          const found = (await pagesOf('a', limit)).flat();

          expect(
            found
              .map(({ bytes }) => Buffer.from(bytes).toString('hex'))
              .slice(1, -1)
              .sort(),
          ).toEqual(bad.map(({ bytes }) => Buffer.from(bytes).toString('hex')).sort());

          expect(
            [found.at(0), found.at(-1)].map((each) => readEntry(each as StoredEntry).n),
          ).toEqual([1, 2]);
        }
      });

      it('refuses a cursor that no page gave, and pages that are too small or too large', async () => {
        for (const after of [
          '',
          'x',
          '1 2',
          '1 2 ',
          '["1","2","3"]',
          `1 2 ${'x'.repeat(3_000)}`,
          'NaN 1 x',
          '{}',
        ])
          await expect(store.trail.ofRun('a', { limit: 1, after })).rejects.toMatchObject({
            code: 'ledger.refused',
            fate: 'refuse',
          });

        for (const limit of [0, -1, 1.5, TRAIL_PAGE_MAX + 1, Number.NaN])
          await expect(store.trail.ofRun('a', { limit })).rejects.toMatchObject({
            code: 'ledger.refused',
            fate: 'refuse',
          });
      });

      it('can be read by two readers at the same time', async () => {
        for (let i = 0; i < 6; i++) await ledger.commit(one(insert(`r${i}`)));

        const alternate = async <T>(a: AsyncIterable<T>, b: AsyncIterable<T>) => {
          const [left, right] = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()];
          const seen: T[][] = [[], []];

          for (let i = 0; i < 20; i++) {
            for (const [side, from] of [left, right].entries()) {
              const next = await from.next();
              if (next.done !== true) seen[side]?.push(next.value);
            }
          }

          return seen.map((each) => each.length);
        };

        expect(await alternate(store.trail.all(), store.trail.all())).toEqual([6, 6]);
        expect(await alternate(store.trail.standing(), store.trail.standing())).toEqual([6, 6]);
      });
    });

    describe('after any sequence of commits', () => {
      const part = fc.record({
        op: fc.constantFrom('insert', 'replace', 'remove', 'check'),
        id: fc.constantFrom('a', 'b', 'c', 'd'),
        value: fc.nat(3),
        stale: fc.nat(5).map((n) => n === 0),
        sweepAt: fc.option(fc.nat(9), { nil: undefined }),
      });

      const step = fc.record({
        writer: fc.nat(2),
        parts: fc.array(part, { minLength: 1, maxLength: 4 }),
        entries: fc.integer({ min: 1, max: 2 }),
      });

      it('documents, marks and trail are those of a plain model', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 8 }),
            async (turns) => {
              await using fresh = await disposable(open);
              const ledgers = ['one', 'two', 'two'].map((writer) => fresh.ledger(writer));
              const told: Told = { model: new Map(), gone: new Set() };
              let count = 0;

              for (const turn of turns) {
                const commits = turn.map(({ parts, entries }, i) =>
                  makeCommit(parts, entries, told, removedBy(turn), removedBy(turn.slice(0, i), 1)),
                );
                const settled = await Promise.allSettled(
                  commits.map((commit, i) => ledgers[turn[i]?.writer ?? 0]?.commit(commit)),
                );

                for (const each of settled)
                  if (each.status === 'rejected') expect(each.reason).toMatchObject(conflict);

                const happened = settled.map(({ status }) => status === 'fulfilled');
                const order = orders(commits.length).find((each) =>
                  explains(each, commits, happened, told),
                );

                expect(
                  order,
                  `some order of ${JSON.stringify(commits)} explains ${happened}`,
                ).toBeDefined();

                for (const i of order ?? []) {
                  const [commit, result] = [
                    commits[i] as Commit,
                    settled[i] as PromiseSettledResult<Committed>,
                  ];
                  if (result.status === 'rejected') continue;

                  applyTo(told, commit);
                  count += commit.entries.length;
                  expect(result.value.entries).toHaveLength(commit.entries.length);
                  expect([...result.value.revisions]).toEqual(
                    expect.arrayContaining(revisionsAfter(commit)),
                  );
                }
              }

              const { model } = told;

              await fresh.settle();

              const standing = await ledgers[0]?.read(['a', 'b', 'c', 'd'].map(runKey));
              for (const [i, id] of ['a', 'b', 'c', 'd'].entries()) {
                const expected = model.get(runKey(id));
                if (expected === undefined) expect(standing?.[i]).toBeUndefined();
                else
                  expect(standing?.[i]).toMatchObject({
                    rev: expected.rev,
                    body: expected.body,
                    commitment: expected.commitment,
                  });
              }

              const swept = await ledgers[0]?.query({
                by: 'sweep',
                automation: 'invoice-approval',
                until: 9,
                limit: 10,
              });

              const marked = [...model]
                .filter(([, { sweepAt }]) => sweepAt !== undefined)
                .map(([target]) => target);

              expect(swept?.documents.map(({ target }) => target).sort()).toEqual(marked.sort());

              const report = await checkTrail(fresh.trail.all(), fresh.trail.standing());

              expect(report.problems).toEqual([]);
              expect(report.entries).toBe(count);
            },
          ),
          { numRuns: 40 },
        );
      });
    });

    if (abilities.faults !== true) return;

    describe('when the store below fails', () => {
      const faults = () => store.faults as NonNullable<LedgerUnderTest['faults']>;
      const outcomeOf = (commit: Commit): Promise<string> =>
        ledger.commit(commit).then(
          () => 'ok',
          (error) => error.code,
        );

      it.each([true, false])(
        'the caller learns by reading whether a commit happened whose reply was lost: %s',
        async (happened) => {
          await put('before');
          faults().loseReply(happened);

          const outcome = await outcomeOf(one(insert('r1')));

          // the ledger may have found out by itself
          expect(['ok', 'ledger.unknown']).toContain(outcome);

          const [standing] = await ledger.read([runKey('r1')]);

          expect(standing !== undefined).toBe(happened || outcome === 'ok');
          if (standing === undefined) await ledger.commit(one(insert('r1')));

          await ledger.commit(one(insert('after')));

          const report = await check();

          expect([report.entries, report.problems]).toEqual([3, []]);
        },
      );

      it('no number is used twice after a lost reply: the writer is retired, or the same bytes were sent again', async () => {
        for (let i = 0; i < 4; i++) {
          faults().loseReply(i % 2 === 0);
          await outcomeOf(one(insert(`r${i}`)));
          await ledger.commit(one(insert(`after${i}`)));
        }
        expect((await check()).problems).toEqual([]);
      });

      it('a refused call leaves nothing, and can be made again', async () => {
        faults().refuseCall();

        const outcome = await outcomeOf(one(insert('r1')));
        expect(['ok', 'ledger.unavailable']).toContain(outcome);

        if (outcome !== 'ok') {
          expect(await trail()).toEqual([]);
          await ledger.commit(one(insert('r1')));
        }

        const report = await check();
        expect([report.entries, report.problems]).toEqual([1, []]);
      });
    });
  });
}

const kindOf = (found: unknown) =>
  isWritError(found, 'ledger.corrupt') ? 'corrupt' : found === undefined ? 'none' : 'document';

interface Part {
  readonly op: string;
  readonly id: string;
  readonly value: number;
  readonly stale: boolean;
  readonly sweepAt: number | undefined;
}

/** What a plain model knows: the documents that stand, and the names that are taken for good. */
interface Told {
  readonly model: Map<
    string,
    { rev: number; body: Json; commitment: string; sweepAt: number | undefined }
  >;
  readonly gone: Set<string>;
}

async function disposable(
  open: () => Promise<LedgerUnderTest>,
): Promise<LedgerUnderTest & AsyncDisposable> {
  const store = await open();
  return Object.assign(Object.create(store) as LedgerUnderTest, {
    [Symbol.asyncDispose]: () => store.close(),
  });
}

/** What some commits of the same moment remove, if there are at least so many of them. */
const removedBy = (
  turn: readonly { readonly parts: readonly Part[] }[],
  least = 2,
): ReadonlySet<string> =>
  new Set(
    turn.length < least
      ? []
      : turn.flatMap(({ parts }) => parts.filter(({ op }) => op === 'remove').map(({ id }) => id)),
  );

/**
 * A commit made of `parts`, one for each document, that relies on what the model says (or, when
 * stale, on something else). No name is inserted that was removed or may be at the same time, and
 * none is removed twice at the same time without another document that guards it: callers never do
 * that.
 */
function makeCommit(
  parts: readonly Part[],
  count: number,
  { model, gone }: Told,
  removed: ReadonlySet<string>,
  removedBefore: ReadonlySet<string>,
): Commit {
  const changes: Change[] = [];
  const checks: { target: string; at: Revision }[] = [];
  const seen = new Set<string>();

  for (const { op, id, value, stale, sweepAt } of parts) {
    const target = runKey(id);
    if (seen.has(target)) continue;

    seen.add(target);

    const standing = model.get(target);
    const at = {
      rev: (standing?.rev ?? 1) + (stale ? 1 : 0),
      commitment: standing?.commitment ?? 'A'.repeat(43),
    };

    const mark = sweepAt === undefined ? {} : { sweepAt };

    if (op === 'check' || (op === 'remove' && removedBefore.has(id))) checks.push({ target, at });
    else if (op === 'remove') changes.push({ op, target, at });
    else if (op === 'replace') changes.push({ op, target, at, body: { value }, ...mark });
    else if (!gone.has(target) && !removed.has(id))
      changes.push({ op: 'insert', target, body: { value }, ...mark });
  }

  const entries = Array.from({ length: count }, () => entry()) as [EntryDraft, ...EntryDraft[]];

  return { changes, checks, entries };
}

/** Every order of the numbers below `n`. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

/**
 * Whether commits that are made one after another in this order happen or are refused as they were.
 */
function explains(
  order: readonly number[],
  commits: readonly Commit[],
  happened: readonly boolean[],
  told: Told,
): boolean {
  const trial: Told = { model: new Map(told.model), gone: new Set(told.gone) };
  return order.every((i) => {
    const commit = commits[i] as Commit;
    const possible = holds(commit, trial);
    if (possible) applyTo(trial, commit);
    return possible === happened[i];
  });
}

function holds({ changes = [], checks = [] }: Commit, { model }: Told): boolean {
  const stands = (target: string, at: Revision | null) => {
    const standing = model.get(target);
    return at === null
      ? standing === undefined
      : standing?.rev === at.rev && standing.commitment === at.commitment;
  };
  return (
    changes.every((change) => stands(change.target, change.op === 'insert' ? null : change.at)) &&
    checks.every(({ target, at }) => stands(target, at))
  );
}

/** The revisions a commit leaves, computed apart from the ledger. */
function revisionsAfter({ changes = [] }: Commit): [string, Revision][] {
  return changes.flatMap((change): [string, Revision][] => {
    if (change.op === 'remove') return [];

    const rev = change.op === 'insert' ? 1 : change.at.rev + 1;

    return [
      [
        change.target,
        { rev, commitment: commitmentOf(change.target, rev, canonicalBytes(change.body)) },
      ],
    ];
  });
}

function applyTo({ model, gone }: Told, commit: Commit): void {
  const after = new Map(revisionsAfter(commit));
  for (const change of commit.changes ?? []) {
    const revision = after.get(change.target);
    if (change.op === 'remove' || revision === undefined) {
      model.delete(change.target);
      gone.add(change.target);
    } else {
      model.set(change.target, { ...revision, body: change.body, sweepAt: change.sweepAt });
    }
  }
}
