import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '#shared/kernel/index.ts';
import {
  automationOf,
  directoryName,
  encodeId,
  isTarget,
  STATE_KINDS,
} from '#shared/ledger/index.ts';
import { isTrailName } from '#shared/ledger/targets.ts';

const TOKEN = `token#acme#supplier.${'x'.repeat(43)}`;
const GOOD = [
  'run#invoice-approval#acme#r1',
  'gate#invoice-approval#acme#r1.approve-payment',
  'fields#invoice-approval#acme#financial#r1',
  'record#invoice-approval#acme#orders.PO%20-7',
  'workspace#platform#acme#main',
  'person#platform#people#sample-clerk',
  'role#platform#people#paralegal',
  'setup#platform#people#first-admin',
  'key#financial#acme',
  'key#run-id#acme',
  'key#financial#acme#k3v9x0m2',
  TOKEN,
];

describe('the key of a document', () => {
  it.each(GOOD)('may be %s', (target) => {
    expect(isTarget(target)).toBe(true);
  });

  it.each([
    '',
    'run',
    'run#invoice-approval#acme',
    'run#invoice-approval#acme#',
    'run#invoice-approval#acme#a#b',
    'run#*#acme#r1',
    'run#invoice-approval#acme#r*',
    'run#Invoice#acme#r1',
    'run#invoice-approval#acme#r1\n',
    'run#invoice-approval#acme#r 1',
    `run#invoice-approval#acme#${'x'.repeat(201)}`,
    'fields#invoice-approval#acme#r1',
    'workspace#platform#acme#other',
    'person#platform#acme#sample-clerk',
    'person#platform#people#a.b',
    'token#acme#supplier.short',
    'secret#invoice-approval#acme#r1',
  ])('may not be %j', (target) => {
    expect(isTarget(target)).toBe(false);
  });

  it('has a form for every kind', () => {
    expect(
      STATE_KINDS.every((kind) =>
        GOOD.concat(
          ['claim', 'decision', 'participant', 'control', 'timer', 'reservation'].map(
            (each) => `${each}#a#b#c`,
          ),
          'balance#a#b#order.PO-1',
        ).some((target) => target.startsWith(`${kind}#`) && isTarget(target)),
      ),
    ).toBe(true);
  });

  it('says which automation it belongs to', () => {
    expect(GOOD.map(automationOf)).toEqual([
      ...Array(4).fill('invoice-approval'),
      ...Array(8).fill('platform'),
    ]);
  });
});

describe('what entries call a document', () => {
  it('is its key, but for directory rows: those go by a random name', () => {
    const random = directoryName('acme', seededRandom('x'));
    expect(random).toMatch(/^token#acme#~[a-z0-9]{26}$/);
    expect(isTrailName(TOKEN, random)).toBe(true);
    expect(
      [undefined, TOKEN, 'token#acme#~short', 'run#a#b#c'].map((as) => isTrailName(TOKEN, as)),
    ).toEqual([false, false, false, false]);
    expect([undefined, random].map((as) => isTrailName('run#a#b#c', as))).toEqual([true, false]);
  });

  it('of two directory rows is never the same', () => {
    const random = seededRandom('x');
    expect(new Set(Array.from({ length: 100 }, () => directoryName('acme', random))).size).toBe(
      100,
    );
  });
});

describe('an outside id in a key', () => {
  const GREEK = 'ΤΙΜΟΛΟΓΙΟ-ΠΩΛΗΣΗΣ-ΣΕΙΡΑ-Α-ΑΡΙΘΜΟΣ-000123';

  /** Any text at all: of any script, empty, long, or with halves of characters. */
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 64 }),
    fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
      .map((units) => String.fromCharCode(...units)),
    fc.constantFrom('', GREEK, `%~${'x'.repeat(43)}`, encodeId(GREEK)),
  );

  it('makes a key that is accepted, and two ids never make the same', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const [first, second] = [encodeId(a), encodeId(b)];
        expect(isTarget(`record#invoice-approval#acme#invoice.${first}`)).toBe(true);
        expect(first === second).toBe(a === b);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps what is short readable', () => {
    const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(id, (text) => {
        expect(decodeURIComponent(encodeId(text))).toBe(text);
      }),
    );
    expect(encodeId('x'.repeat(200))).toBe('x'.repeat(200));
  });

  it('is a hash when it is empty, too long, or holds half a character', () => {
    for (const id of ['', 'x'.repeat(201), 'ü'.repeat(34), 'a\ud800', GREEK.repeat(1_000)])
      expect(encodeId(id)).toMatch(/^%~[A-Za-z0-9_-]{43}$/);
  });

  it('says nothing of a long id, and is stable across releases', () => {
    expect(encodeId('DE89'.repeat(100))).toBe(encodeId('DE89'.repeat(100)));
    expect(encodeId('')).toBe('%~47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU');
  });
});
