import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ACTIONS,
  assignChanges,
  commitmentOf,
  type Diff,
  ENTRY_MAX_BYTES,
  type EntryChange,
  type EntryDraft,
  type EntryIdentity,
  entrySchema,
  isEmbeddedOnly,
  sealEntry,
  sha256,
  VALUE_MAX_BYTES,
} from '#shared/audit/index.ts';
import { canonicalBytes, type Json, parseJson } from '#shared/kernel/index.ts';

const IDENTITY: EntryIdentity = {
  writer: 'invoice-approval.pay#01',
  n: 7,
  time: 1_767_312_000_000,
  bundle: 'b'.repeat(64),
  engine: 'aws',
};
const DRAFT: EntryDraft = {
  workspace: 'acme',
  actor: { kind: 'service', id: 'pay' },
  action: 'step.done',
  outcome: 'ok',
};
const A = 'run#invoice-approval#acme#a';
const B = 'run#invoice-approval#acme#b';
const change = (target: string): EntryChange => ({
  target,
  rev: 1,
  beforeC: null,
  afterC: 'A'.repeat(43),
});
const read = (bytes: Uint8Array) => parseJson(bytes) as Record<string, Json>;

describe('the bytes of an entry', () => {
  it('are canonical and say what was drafted and who wrote it', () => {
    const bytes = sealEntry({ ...DRAFT, why: { reason: 'ü\n' }, run: 'r1' }, IDENTITY, [change(A)]);
    expect(Buffer.from(bytes).toString('utf8')).toBe(
      `{"action":"step.done","actor":{"id":"pay","kind":"service"},"bundle":"${'b'.repeat(64)}","changes":[{"afterC":"${'A'.repeat(43)}",` +
        `"beforeC":null,"rev":1,"target":"${A}"}],"n":7,"outcome":"ok","run":"r1","time":1767312000000,"v":"audit/1","why":{"reason":"ü\\n"},` +
        '"workspace":"acme","writer":"invoice-approval.pay#01"}',
    );
    expect(entrySchema.safeParse(read(bytes)).success).toBe(true);
  });

  it('hold no word of the engine, and no list of changes when nothing changed', () => {
    expect(Object.keys(read(sealEntry(DRAFT, IDENTITY, [])))).toEqual([
      'action',
      'actor',
      'bundle',
      'n',
      'outcome',
      'time',
      'v',
      'workspace',
      'writer',
    ]);
  });

  it('may be 32,768 and not one more', () => {
    const full = Array.from({ length: 128 }, (_, i) => `${i}`.padStart(250, 'f'));
    const ending = (length: number): EntryDraft => ({
      ...DRAFT,
      reads: [...full, 'x'.repeat(length)],
    });

    const spare = ENTRY_MAX_BYTES - sealEntry(ending(1), IDENTITY, []).length + 1;

    expect(ENTRY_MAX_BYTES).toBe(32_768);
    expect(sealEntry(ending(spare), IDENTITY, [])).toHaveLength(32_768);

    expect(() => sealEntry(ending(spare + 1), IDENTITY, [])).toThrow(
      expect.objectContaining({
        code: 'audit.entry-too-large',
        facts: { action: 'step.done', bytes: 32_769, allowed: 32_768 },
      }),
    );
  });

  it('are counted as bytes, not as characters', () => {
    const reads = Array.from({ length: 64 }, () => '😀'.repeat(128)); // 16,384 code units
    expect(() => sealEntry({ ...DRAFT, reads }, IDENTITY, [])).toThrow(
      expect.objectContaining({ code: 'audit.entry-too-large' }),
    );
  });

  it('are not made in the cloud for an action that exists to try Writ out', () => {
    const only = (Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]).filter(isEmbeddedOnly);
    expect(only.sort()).toEqual(['person.seed', 'role.seed', 'rollout.seed', 'session.start']);

    for (const action of only) {
      const seeded: EntryDraft = { ...DRAFT, action };
      expect(() => sealEntry(seeded, IDENTITY, [])).toThrow(
        expect.objectContaining({ code: 'audit.embedded-only', fate: 'refuse' }),
      );
      expect(sealEntry(seeded, { ...IDENTITY, engine: 'embedded' }, []).length).toBeGreaterThan(0);
    }
  });
});

describe('changes and the drafts that tell of them', () => {
  const drafts = (...told: (string[] | undefined)[]): EntryDraft[] =>
    told.map((targets) => ({
      ...DRAFT,
      ...(targets && { diffs: Object.fromEntries(targets.map((target) => [target, []])) }),
    }));

  const targets = (assigned: EntryChange[][]) =>
    assigned.map((list) => list.map(({ target }) => target));

  it('go to the draft that names the document', () => {
    expect(targets(assignChanges(drafts(undefined, [A], [B]), [change(B), change(A)]))).toEqual([
      [],
      [A],
      [B],
    ]);
  });

  it('go to the first draft when none names the document', () => {
    expect(targets(assignChanges(drafts(undefined, [A]), [change(A), change(B)]))).toEqual([
      [B],
      [A],
    ]);
  });

  it('go to the first of two drafts that name it, and only there', () => {
    expect(targets(assignChanges(drafts(undefined, [A], [A]), [change(A)]))).toEqual([[], [A], []]);
  });

  it('are each told exactly once', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(9), { maxLength: 6 }),
        fc.array(fc.option(fc.array(fc.nat(9), { maxLength: 3 }), { nil: undefined }), {
          minLength: 1,
          maxLength: 4,
        }),
        (changed, told) => {
          const name = (i: number) => `record#a#b#c.${i}`;
          const known = told.map((list) => list?.filter((i) => changed.includes(i)).map(name));

          const assigned = targets(
            assignChanges(
              drafts(...known),
              changed.map((i) => change(name(i))),
            ),
          );

          expect(assigned.flat().sort()).toEqual(changed.map(name).sort());
        },
      ),
    );
  });

  it('must exist: a draft that tells of another document is a defect', () => {
    expect(() => assignChanges(drafts([B]), [change(A)])).toThrow(
      expect.objectContaining({ code: 'kernel.defect' }),
    );
  });
});

describe('a value in a diff', () => {
  const shown = (diff: Diff): Diff | undefined =>
    assignChanges([{ ...DRAFT, diffs: { [A]: [diff] } }], [change(A)])[0]?.[0]?.diff?.[0];
  const clean = (diff: Diff | undefined) => JSON.parse(JSON.stringify(diff));

  it.each<[string, Json]>([
    ['a short text', 'x'],
    ['a number', 12_345],
    ['a boolean', false],
    ['null', null],
    ['a short object', { a: [1, 2] }],
    ['a text of just the length allowed', 'x'.repeat(VALUE_MAX_BYTES - 2)],
  ])('stands as it is: %s', (_, value) => {
    expect(shown({ field: 'f', before: value, after: value })).toEqual({
      field: 'f',
      before: value,
      after: value,
    });
  });

  it.each<[string, Json]>([
    ['a text', 'x'.repeat(VALUE_MAX_BYTES - 1)],
    ['a text of long characters', '😀'.repeat(1_024)],
    ['a list', Array.from({ length: 2_000 }, (_, i) => i)],
  ])('stands as length and hash of its canonical bytes when it is long: %s', (_, value) => {
    const bytes = canonicalBytes(value);
    const digest = {
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('base64url'),
    };

    expect(clean(shown({ field: 'f', before: 1, after: value }))).toEqual({
      field: 'f',
      before: 1,
      digestAfter: digest,
    });

    expect(clean(shown({ field: 'f', before: value, after: value }))).toEqual({
      field: 'f',
      digestBefore: digest,
      digestAfter: digest,
    });
  });

  it('that is sealed stands as the envelope, or as length and hash of the envelope: never of what is in it', () => {
    const [short, long] = ['A'.repeat(VALUE_MAX_BYTES), 'B'.repeat(VALUE_MAX_BYTES + 1)];
    const digest = {
      bytes: VALUE_MAX_BYTES + 1,
      sha256: createHash('sha256').update(long, 'utf8').digest('base64url'),
    };

    expect(
      clean(
        shown({
          field: 'iban',
          class: 'financial',
          subject: 's',
          sealedBefore: short,
          sealedAfter: long,
        }),
      ),
    ).toEqual({
      field: 'iban',
      class: 'financial',
      subject: 's',
      sealedBefore: short,
      digestAfter: digest,
    });
  });

  it('that was never there is not there in the diff', () => {
    expect(Object.keys(clean(shown({ field: 'f', after: 1 })))).toEqual(['field', 'after']);
  });
});

describe('hashes', () => {
  it('are SHA-256 as base64url', () => {
    expect(sha256('')).toBe('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
    expect(sha256('ü')).toBe(sha256(Buffer.from('ü')));
  });

  it('of documents differ by document, revision and bytes, and no two lists of these give the same', () => {
    const base = commitmentOf(A, 1, Buffer.from('{}'));
    const others = [
      commitmentOf(B, 1, Buffer.from('{}')),
      commitmentOf(A, 2, Buffer.from('{}')),
      commitmentOf(A, 1, Buffer.from('[]')),
    ];

    expect(new Set([base, ...others]).size).toBe(4);
    expect(commitmentOf('a', 11, Buffer.from('x'))).not.toBe(
      commitmentOf('a', 1, Buffer.from('1\0x')),
    );
  });
});
