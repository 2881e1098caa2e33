import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CurrentDocument,
  checkTrail,
  commitmentOf,
  type Entry,
  type EntryChange,
  entrySchema,
  type StoredEntry,
  sealEntry,
} from '#shared/audit/index.ts';
import { canonicalBytes, canonicalJson, type Json, parseJson } from '#shared/kernel/index.ts';

interface Trail {
  entries: StoredEntry[];
  standing: CurrentDocument[];
}

/**
 * What one entry of a trail that is made up for a test does: who writes, and which documents change
 * or go.
 */
type Deed = readonly { readonly id: number; readonly remove: boolean }[];

/** A trail as a ledger would have left it. */
function makeTrail(deeds: readonly { readonly writer: number; readonly deed: Deed }[]): Trail {
  const entries: StoredEntry[] = [];
  const standing = new Map<string, CurrentDocument>();
  const gone = new Set<string>();
  const next = new Map<string, number>();

  for (const [at, { writer: number, deed }] of deeds.entries()) {
    const writer = `pay#${number}`;
    const n = next.get(writer) ?? 1;

    next.set(writer, n + 1);

    const changes: EntryChange[] = [];
    for (const { id, remove } of deed) {
      const target = `run#pay#acme#${id}`;
      const before = standing.get(target);
      if (
        gone.has(target) ||
        (remove && before === undefined) ||
        changes.some((change) => change.target === target)
      )
        continue;

      const rev = (before?.rev ?? 0) + 1;
      const commitment = commitmentOf(target, rev, canonicalBytes({ at }));

      changes.push({
        target,
        rev,
        beforeC: before?.commitment ?? null,
        afterC: remove ? null : commitment,
      });

      if (remove) {
        standing.delete(target);
        gone.add(target);
      } else {
        standing.set(target, { target, rev, commitment });
      }
    }

    const draft = {
      workspace: 'acme',
      actor: { kind: 'service', id: 'pay' },
      action: 'step.done',
      outcome: 'ok',
      reads: ['total'],
    } as const;

    const bytes = sealEntry(
      { ...draft, reads: ['total'] },
      { writer, n, time: at, bundle: 'b'.repeat(64), engine: 'embedded' },
      changes,
    );

    entries.push({ writer, n, bytes });
  }

  return { entries, standing: [...standing.values()] };
}

const deed = fc.array(fc.record({ id: fc.nat(4), remove: fc.nat(4).map((n) => n === 0) }), {
  maxLength: 3,
});
const deeds = fc.array(fc.record({ writer: fc.nat(2), deed }), { minLength: 1, maxLength: 25 });

/**
 * Two writers and three documents: one that stays, one that is removed, one that only one entry
 * tells of.
 */
const EXAMPLE = makeTrail([
  {
    writer: 0,
    deed: [
      { id: 1, remove: false },
      { id: 2, remove: false },
    ],
  }, // prettier-ignore
  { writer: 1, deed: [{ id: 1, remove: false }] },
  { writer: 0, deed: [] },
  { writer: 0, deed: [{ id: 2, remove: true }] },
  { writer: 1, deed: [{ id: 3, remove: false }] },
  { writer: 0, deed: [{ id: 1, remove: false }] },
]);

const codes = async ({ entries, standing }: Trail) =>
  [...new Set((await checkTrail(entries, standing)).problems.map(({ code }) => code))].sort();
const told = (stored: StoredEntry): Entry => entrySchema.parse(parseJson(stored.bytes));
const rewritten = (stored: StoredEntry, change: (entry: Entry) => Json): StoredEntry => ({
  ...stored,
  bytes: canonicalBytes(change(told(stored))),
});
const withEntry = (at: number, stored: StoredEntry | undefined): Trail => ({
  ...EXAMPLE,
  entries: EXAMPLE.entries.flatMap((each, i) =>
    i !== at ? [each] : stored === undefined ? [] : [stored],
  ),
});
const entryAt = (i: number) => EXAMPLE.entries[i] as StoredEntry;

describe('checking a trail', () => {
  it('finds nothing wrong with one that a ledger wrote, and counts what it saw', async () => {
    expect(await checkTrail(EXAMPLE.entries, EXAMPLE.standing)).toEqual({
      entries: 6,
      writers: 2,
      documents: 3,
      bytes: EXAMPLE.entries.reduce((sum, { bytes }) => sum + bytes.length, 0),
      problems: [],
    });
    expect(await codes({ entries: [], standing: [] })).toEqual([]);
  });

  it('does not depend on the order in which entries and documents are read', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, fc.nat(), async (made, turn) => {
        const { entries, standing } = makeTrail(made);
        const turned = <T>(list: T[]) =>
          list.map((_, i) => list[(i + turn) % list.length] as T).reverse();
        expect((await checkTrail(turned(entries), turned(standing))).problems).toEqual([]);
      }),
    );
  });

  it('names an entry that is missing, by writer and number and by document', async () => {
    const { problems } = await checkTrail(withEntry(0, undefined).entries, EXAMPLE.standing);
    expect(problems.map(({ code }) => code)).toEqual(['writer-gap', 'chain-break', 'chain-break']);
    expect(problems[0]?.message).toBe('writer pay#0: number 1 is missing or duplicated');
    expect(problems[1]?.message).toMatch(
      /^run#pay#acme#1: the entry for revision 1 is missing or does not follow/,
    );
  });

  it('finds any one missing entry, unless it is the last of a writer and changed nothing', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, fc.nat(), async (made, which) => {
        const trail = makeTrail(made);
        const dropped = trail.entries[which % trail.entries.length] as StoredEntry;
        const entries = trail.entries.filter((each) => each !== dropped);
        const last = !entries.some(({ writer, n }) => writer === dropped.writer && n > dropped.n);
        const unseen = last && told(dropped).changes === undefined;
        expect((await checkTrail(entries, trail.standing)).problems.length === 0).toBe(unseen);
      }),
      { numRuns: 300 },
    );
  });

  it('finds two entries whose bytes were swapped', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, fc.nat(), fc.nat(), async (made, i, k) => {
        const { entries, standing } = makeTrail(made);
        const [a, b] = [
          entries[i % entries.length] as StoredEntry,
          entries[k % entries.length] as StoredEntry,
        ];

        fc.pre(a !== b);

        const swapped = entries.map((each) =>
          each === a ? { ...a, bytes: b.bytes } : each === b ? { ...b, bytes: a.bytes } : each,
        );

        expect(await codes({ entries: swapped, standing })).toContain('entry-misplaced');
      }),
    );
  });

  it('finds any one bent byte that touches form, place, number or chain', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(5),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (which, position, mask) => {
          const stored = entryAt(which);
          const at = position % stored.bytes.length;
          const bent = {
            ...stored,
            bytes: Uint8Array.from(stored.bytes, (byte, i) => (i === at ? byte ^ mask : byte)),
          };

          const found = await codes(withEntry(which, bent));
          if (found.length > 0) return;

          // what goes unseen here is still a whole entry of this place and these changes: only the
          // sealed log shows it
          const { writer, n, changes } = told(bent);

          expect({ writer, n, changes }).toEqual({
            writer: stored.writer,
            n: stored.n,
            changes: told(stored).changes,
          });

          expect(Buffer.from(bent.bytes).toString('utf8')).toBe(
            canonicalJson(parseJson(bent.bytes)),
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it('finds a number that was used twice', async () => {
    expect(await codes({ ...EXAMPLE, entries: [...EXAMPLE.entries, entryAt(2)] })).toEqual([
      'writer-gap',
    ]);
    const other = rewritten(entryAt(2), (entry) => ({ ...entry, n: 1 }) as Json);
    expect(await codes(withEntry(2, { ...other, n: 1 }))).toEqual(['writer-gap']);
  });

  it('finds a writer that does not begin at 1', async () => {
    const shifted = EXAMPLE.entries.map((each) => ({
      ...rewritten(each, (entry) => ({ ...entry, n: entry.n + 1 }) as Json),
      n: each.n + 1,
    }));
    expect(await codes({ ...EXAMPLE, entries: shifted })).toEqual(['writer-gap']);
  });

  it('finds the loss of the last entry about a document that stands', async () => {
    expect(await codes(withEntry(5, undefined))).toEqual(['state-untold']);
    expect(await codes(withEntry(4, undefined))).toEqual(['state-untold']);
  });

  it('finds the loss of the entry that tells of a removal', async () => {
    const trail = makeTrail([
      { writer: 0, deed: [{ id: 1, remove: false }] },
      { writer: 1, deed: [{ id: 1, remove: true }] },
    ]); // prettier-ignore
    expect(await codes({ ...trail, entries: trail.entries.slice(0, 1) })).toEqual([
      'state-missing',
    ]);
  });

  it.each<[string, (document: CurrentDocument) => CurrentDocument]>([
    [
      'was changed',
      (document) => ({
        ...document,
        commitment: commitmentOf(document.target, document.rev, Buffer.from('{}')),
      }),
    ],
    ['has another revision', (document) => ({ ...document, rev: document.rev + 1 })],
  ])('finds a document that %s behind its back', async (_, change) => {
    for (const [i] of EXAMPLE.standing.entries()) {
      const standing = EXAMPLE.standing.map((document, k) =>
        k === i ? change(document) : document,
      );
      expect(await codes({ ...EXAMPLE, standing })).toEqual(['state-untold']);
    }
  });

  it('finds a document that was added, came back after its removal, or is there twice', async () => {
    const extra = (target: string) => ({ target, rev: 1, commitment: 'A'.repeat(43) });
    const [first] = EXAMPLE.standing as [CurrentDocument];
    for (const added of [extra('run#pay#acme#9'), extra('run#pay#acme#2'), first]) {
      expect(await codes({ ...EXAMPLE, standing: [...EXAMPLE.standing, added] })).toEqual([
        'state-untold',
      ]);
    }
  });

  it('finds a document that is gone', async () => {
    const { problems } = await checkTrail(EXAMPLE.entries, EXAMPLE.standing.slice(1));
    expect(problems).toEqual([
      {
        code: 'state-missing',
        message: 'run#pay#acme#1: the document exists in the trail, but not in the store',
      },
    ]);
  });

  it('finds a chain that was forged without the document before', async () => {
    const forged = rewritten(
      entryAt(5),
      (entry) =>
        ({ ...entry, changes: [{ ...entry.changes?.[0], beforeC: 'A'.repeat(43) }] }) as Json,
    );
    expect(await codes(withEntry(5, forged))).toEqual(['chain-break']);
  });

  it.each<[string, (text: string) => string, string]>([
    ['white space', (text) => `${text} `, 'entry-not-canonical'],
    ['a byte order mark', (text) => `\ufeff${text}`, 'entry-invalid'],
    [
      'members in another order',
      (text) => `{"writer":"pay#0",${text.slice(1).replace(',"writer":"pay#0"', '')}`,
      'entry-not-canonical',
    ],
    ['a member twice', (text) => text.replace('"n":2', '"n":1,"n":2'), 'entry-not-canonical'],
    [
      'an escape that is not needed',
      (text) => text.replace('acme', '\\u0061cme'),
      'entry-not-canonical',
    ],
    [
      'a number with a fraction of nothing',
      (text) => text.replace('"n":2', '"n":2.0'),
      'entry-not-canonical',
    ],
    [
      'a member nobody knows',
      (text) => text.replace(/}$/, ',"x":1}').replace('"workspace"', '"workspace"'),
      'entry-invalid',
    ],
    ['half of it', (text) => text.slice(0, text.length / 2), 'entry-invalid'],
    ['nothing', () => '', 'entry-invalid'],
    ['another format', (text) => text.replace('audit/1', 'audit/2'), 'entry-invalid'],
    [
      'a number that is no integer',
      (text) => text.replace('"time":2', '"time":2.5'),
      'entry-invalid',
    ],
  ])('finds %s', async (_, change, code) => {
    const stored = entryAt(2);
    const bytes = Buffer.from(change(Buffer.from(stored.bytes).toString('utf8')), 'utf8');
    expect(bytes.equals(Buffer.from(stored.bytes))).toBe(false);
    expect(await codes(withEntry(2, { ...stored, bytes }))).toContain(code);
  });

  it('finds bytes that are no text', async () => {
    expect(await codes(withEntry(2, { ...entryAt(2), bytes: Uint8Array.of(0xff, 0xfe) }))).toEqual([
      'entry-invalid',
    ]);
  });

  it('finds an entry under another writer than it names', async () => {
    expect(
      await codes({
        ...EXAMPLE,
        entries: [...EXAMPLE.entries, { ...entryAt(0), writer: 'gates#1', n: 1 }],
      }),
    ).toContain('entry-misplaced');
  });
});
