import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#shared/kernel/index.ts';
import { indexAttributes, shardsOf } from '#shared/ledger/adapters/dynamodb/items.ts';
import {
  insertDocument,
  insertEntry,
  replaceDocument,
} from '#shared/ledger/adapters/dynamodb/statements.ts';
import {
  type Change,
  directoryName,
  isTarget,
  prepareCommit,
  STATE_KINDS,
} from '#shared/ledger/index.ts';
import { DUE, SWEEP } from '#shared/ledger/tables.ts';
import { TABLES } from '../../support/aws/dynamo-ledger.ts';
import { statementTexts } from '../../support/aws/dynamodb/statement.ts';
import {
  bench,
  benchForEachTest,
  entry,
  insert,
  ledger,
  one,
  put,
  runKey,
  STALE,
} from './dynamodb-bench.ts';

benchForEachTest();

interface Asked {
  readonly Statement: string;
  readonly Parameters: readonly Readonly<Record<string, string>>[];
}

/** Statements that left the client. */
const asked = (): Asked[] =>
  bench
    .sent('ExecuteTransaction')
    .flatMap(({ text }) => JSON.parse(text).TransactStatements as Asked[]);

/** A document of each kind there is. */
const TOKEN = `token#acme#alice.${'Ab9_'.repeat(11).slice(0, 43)}`;
const KINDS: Readonly<Record<(typeof STATE_KINDS)[number] | 'key' | 'token', string>> = {
  run: runKey('r1'),
  fields: 'fields#invoice-approval#acme#personal#r1',
  claim: 'claim#invoice-approval#acme#r1.pay',
  gate: 'gate#invoice-approval#acme#r1.approve',
  decision: 'decision#invoice-approval#acme#r1.approve',
  participant: 'participant#invoice-approval#acme#r1.p1',
  control: 'control#invoice-approval#acme#rollout',
  timer: 'timer#invoice-approval#acme#r1.approve',
  balance: 'balance#invoice-approval#acme#order.PO-1',
  reservation: 'reservation#invoice-approval#acme#r1.match-order',
  record: 'record#invoice-approval#acme#suppliers.4711',
  workspace: 'workspace#platform#acme#main',
  person: 'person#platform#people#p1',
  role: 'role#platform#people#paralegal',
  setup: 'setup#platform#people#first-admin',
  key: 'key#subject#acme#s1',
  token: TOKEN,
};
const named = (target: string) =>
  target === TOKEN ? { as: directoryName('acme', seededRandom('row')) } : {};

/** The first prepared change of a commit. */
const prepared = (change: Change) => prepareCommit(one(change)).changes[0]!;

const INDEXES = [
  {},
  { list: { name: 'runs', sort: '1' } },
  { dueAt: 5 },
  { list: { name: 'runs', sort: '1' }, dueAt: 5 },
];

describe('the statements of the ledger', () => {
  it('are of the forms that the front takes, to the letter, and there is no form without a use', async () => {
    for (const index of INDEXES) {
      for (const [i, sweepAt] of [undefined, 7].entries()) {
        const id = `${Object.keys(index).join('-')}.${i}`;

        await ledger.commit(
          one({ ...insert(id), index, ...(sweepAt === undefined ? {} : { sweepAt }) } as Change),
        );

        const target = `gate#invoice-approval#acme#${id}`;
        if (sweepAt === undefined)
          await ledger.commit(one({ op: 'insert', target, body: {}, index }));
      }
    }

    const at = await put(ledger, 'r1');
    const gate = await ledger.commit(one({ op: 'insert', target: KINDS.gate, body: {} }));
    const marked = await ledger.commit(
      one({ op: 'replace', target: runKey('r1'), at, body: {}, sweepAt: 5 }),
    );

    await ledger.commit({ unmark: [runKey('r1')], entries: [entry({ run: 'r1' })] });

    const bare = await ledger.commit(
      one({
        op: 'replace',
        target: runKey('r1'),
        at: marked.revisions.get(runKey('r1'))!,
        body: {},
      }),
    );

    const moved = await ledger.commit(
      one({ op: 'replace', target: KINDS.gate, at: gate.revisions.get(KINDS.gate)!, body: {} }),
    );

    await ledger.commit({
      changes: [{ op: 'remove', target: KINDS.gate, at: moved.revisions.get(KINDS.gate)! }],
      checks: [{ target: runKey('r1'), at: bare.revisions.get(runKey('r1'))! }],
      entries: [entry()],
    });

    const texts = new Set(
      asked().map(({ Statement }) => Statement.replace(TABLES.trail, TABLES.state)),
    );
    const withoutPlace = (text: string) =>
      text.startsWith('INSERT') && text.includes("'sweepAt'") && !text.includes("'sweep'");

    expect([...texts].sort()).toEqual(
      statementTexts(TABLES.state)
        .filter((text) => !withoutPlace(text)) // a mark without the partition it is found in
        .sort(),
    );
  });

  it('set what a document is found by when it is inserted, and only the mark later', async () => {
    for (const text of statementTexts(TABLES.state)) {
      if (!text.startsWith('INSERT'))
        expect(text).not.toMatch(/["'](?:due|dueAt|listName|listSort|sweep|run)["']/);
    }

    const replaced = replaceDocument(
      TABLES.state,
      prepared({ op: 'replace', target: KINDS.run, at: STALE, body: {}, sweepAt: 5 }),
      STALE,
    );

    expect(replaced.Statement.match(/SET "(\w+)"/g)).toEqual([
      'SET "rev"',
      'SET "commitment"',
      'SET "body"',
      'SET "sweepAt"',
    ]);
  });

  it.each(Object.entries(KINDS))('carry marks of runs and decisions only: %s', (kind, target) => {
    expect(isTarget(target)).toBe(true);

    const isMarked = kind === 'run' || kind === 'decision';
    const { Statement } = insertDocument(
      TABLES.state,
      prepared({ op: 'insert', target, ...named(target), body: {} }),
    );

    expect(Statement.includes("'sweep'")).toBe(isMarked);
    expect(Statement.includes("'sweepAt'")).toBe(false);

    const change: Change = { op: 'replace', target, ...named(target), at: STALE, body: {} };

    expect(replaceDocument(TABLES.state, prepared(change), STALE).Statement.includes('sweep')).toBe(
      isMarked,
    );
  });

  it('go to the table of the document', async () => {
    const changes = Object.values(KINDS).map(
      (target): Change => ({ op: 'insert', target, ...named(target), body: {} }),
    );

    await ledger.commit(one(...changes));

    const tables = asked().map(({ Statement, Parameters }) => [
      Parameters[0]?.S?.split('#')[0],
      /"([^"]+)"/.exec(Statement)?.[1],
    ]);

    expect(Object.fromEntries(tables)).toEqual({
      ...Object.fromEntries(STATE_KINDS.map((kind) => [kind, TABLES.state])),
      key: TABLES.keys,
      token: TABLES.keys,
      'invoice-approval.pay': TABLES.trail,
    });
  });

  it('hold values as parameters only, whatever they are', () => {
    const odd = `it's "odd" ?; -- } ]]`;
    const { Statement } = insertDocument(
      TABLES.state,
      prepared({ ...insert('r1', { odd }), index: { list: { name: odd, sort: odd } } } as Change),
    );

    const told = insertEntry(
      TABLES.trail,
      { writer: odd, n: 1, bytes: new Uint8Array() },
      odd,
      1,
    ).Statement;

    for (const text of [Statement, told]) expect(text).not.toContain('odd');
  });
});

describe('a shard', () => {
  const shardOf = (target: string) =>
    indexAttributes(target, { dueAt: 1 }).find(([name]) => name === DUE.partition)?.[1].S;

  it('is part of the format: these never change', () => {
    expect(
      ['a', 'b', 'c', 'run-1', 'run-2'].map((id) => shardOf(runKey(id))?.split('#').at(-1)).join(),
    ).toBe('1,0,3,1,0');
    expect(shardsOf(DUE, 'x')).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => `due#x#${shard}`));
    expect(shardsOf(SWEEP, 'x')).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((shard) => `sweep#x#${shard}`),
    );
  });

  it('of a document is always the same, of its automation, the same for mark and timer, and one that readers ask', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Za-z0-9._%~-]{1,200}$/),
        fc.constantFrom('x', 'invoice-approval'),
        (id, automation) => {
          const attributes = indexAttributes(`run#${automation}#acme#${id}`, { dueAt: 1 }, 2);
          const [due, sweep] = [DUE, SWEEP].map(
            ({ partition }) => attributes.find(([name]) => name === partition)?.[1].S ?? '',
          );

          expect(indexAttributes(`run#${automation}#acme#${id}`, { dueAt: 1 }, 2)).toEqual(
            attributes,
          );
          expect(shardsOf(DUE, automation)).toContain(due);
          expect(shardsOf(SWEEP, automation)).toContain(sweep);
          expect(due?.split('#')[2]).toBe(sweep?.split('#')[2]);
        },
      ),
    );
  });

  it.each([
    ['numbers', (i: number) => `${i}`],
    ['padded numbers', (i: number) => `2026-${String(i).padStart(9, '0')}`],
    ['names of steps', (i: number) => `r${i}.approve`],
  ])('gets its share of documents: %s', (_, idOf) => {
    const counts = new Map<string | undefined, number>();
    for (let i = 0; i < 8_000; i++)
      counts.set(shardOf(runKey(idOf(i))), (counts.get(shardOf(runKey(idOf(i)))) ?? 0) + 1);

    expect(counts.size).toBe(8);

    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(600);
      expect(count).toBeLessThan(1_400);
    }
  });
});
