import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestOf } from '#functions/http/runs/newest-of.ts';
import {
  newId,
  seededRandom,
  systemClock,
  systemRandom,
  systemTimers,
} from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Document, Ledger } from '#shared/ledger/index.ts';
import { temporaryFolder } from '../../support/bench.ts';

const timeOf = ({ body }: Document) => (body as { readonly at: number }).at;

/** A ledger with lists of documents, and a way to add more. */
function ledgerWithLists() {
  const store = new SqliteStore({
    folder: temporaryFolder(),
    clock: systemClock,
    random: systemRandom(),
    timers: systemTimers,
    walPages: 0,
  });

  const ledger = store.ledger({ name: 'a.b', bundle: '0'.repeat(64) });
  let made = 0;

  const add = async (prefix: string, list: number, at: number): Promise<string> => {
    const id = `${prefix}${made++}`;
    const target = `run#a#w#${id}`;
    const index = { list: { name: `${prefix}-${list}`, sort: String(at).padStart(6, '0') } };

    await ledger.commit({
      changes: [{ op: 'insert', target, body: { at }, index }],
      entries: [
        {
          workspace: 'w',
          actor: { kind: 'service', id: 'a.b' },
          action: 'run.start',
          outcome: 'ok',
        },
      ],
    });

    return target;
  };

  return { store, ledger, add };
}

async function pagesOf(
  ledger: Ledger,
  lists: readonly string[],
  limit: number,
  between: () => Promise<unknown> = async () => {},
) {
  const query = newestOf(ledger, lists, timeOf);
  const pages: Document[][] = [];
  let after: string | undefined;

  do {
    const page = await query({
      by: 'list',
      list: 'all',
      limit,
      newestFirst: true,
      after,
    });

    pages.push([...page.documents]);
    after = page.next;
    await between();
  } while (after !== undefined && pages.length < 100);

  return pages;
}

describe('several lists as one', () => {
  it('hold every document once, from the newest to the oldest, whatever the size of a page', async () => {
    const { store, ledger, add } = ledgerWithLists();
    let round = 0;
    const spread = fc.array(fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 12 }), {
      maxLength: 4,
    });

    await fc.assert(
      fc.asyncProperty(spread, fc.integer({ min: 1, max: 9 }), async (times, limit) => {
        const prefix = `p${round++}x`;
        const targets = await Promise.all(
          times.flatMap((list, i) => list.map((at) => add(prefix, i, at))),
        );
        const pages = await pagesOf(
          ledger,
          times.map((_, i) => `${prefix}-${i}`),
          limit,
        );

        const found = pages.flat();

        expect(found.map(({ target }) => target).toSorted()).toEqual(targets.toSorted());
        expect(found.map(timeOf)).toEqual(times.flat().toSorted((a, b) => b - a));
        expect(pages.slice(0, -1).every((page) => page.length > 0 && page.length <= limit)).toBe(
          true,
        );
      }),
      { numRuns: 60 },
    );

    store.close();
  });

  it('lose nothing and repeat nothing when documents come in between two pages', async () => {
    const { store, ledger, add } = ledgerWithLists();
    const before = await Promise.all(Array.from({ length: 20 }, (_, i) => add('q', i % 3, i)));
    let at = 100;
    const pages = await pagesOf(ledger, ['q-0', 'q-1', 'q-2'], 4, async () => {
      await add('q', 0, at++);
      await add('q', 2, at++);
    });

    const found = pages.flat().map(({ target }) => target);

    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((target) => before.includes(target)).toSorted()).toEqual(before.toSorted());
    store.close();
  });

  it('are refused when they are too many for a cursor to hold', async () => {
    const { store, ledger, add } = ledgerWithLists();
    const random = seededRandom('many lists');
    const prefixes = Array.from({ length: 60 }, () => newId(random));

    for (const prefix of prefixes) for (const at of [1, 2]) await add(prefix, 0, at);

    const all = newestOf(
      ledger,
      prefixes.map((prefix) => `${prefix}-0`),
      timeOf,
    );

    const asked = { by: 'list', list: 'all', newestFirst: true } as const;

    await expect(all({ ...asked, limit: 60 })).rejects.toMatchObject({ code: 'request.query' });
    expect((await all({ ...asked, limit: 10 })).documents).toHaveLength(10);
    store.close();
  });

  it('take no place that they did not give', async () => {
    const { store, ledger } = ledgerWithLists();
    const query = newestOf(ledger, ['q-0'], timeOf);

    for (const after of ['', 'AAAA', Buffer.from('{}').toString('base64url'), '["1","2"]'])
      await expect(
        query({ by: 'list', list: 'all', limit: 1, newestFirst: true, after }),
      ).rejects.toMatchObject({
        code: 'ledger.refused',
      });

    store.close();
  });
});
