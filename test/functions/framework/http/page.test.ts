import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { PAGE, pageOf } from '#functions/framework/http/page.ts';
import { httpBench } from './bench.ts';

const form = z.strictObject(PAGE);

async function open() {
  const { ports, person } = await httpBench([]);
  for (const id of ['a', 'b', 'c', 'd', 'e']) await person(id, []);
  const ids = async (request: Partial<Parameters<typeof pageOf>[2]>, by = 'clerk') => {
    const { documents, cursor } = await pageOf(ports, by, { list: 'people', limit: 2, ...request });
    return { ids: documents.map(({ target }) => target.slice(-1)).join(''), cursor };
  };
  return { ids };
}

describe('a page of a list', () => {
  it('is followed by the next one, until the end, from either end', async () => {
    const { ids } = await open();
    for (const [newestFirst, pages] of [
      [undefined, ['ab', 'cd', 'e']],
      [true, ['ed', 'cb', 'a']],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | undefined;

      do {
        const page = await ids({ newestFirst, cursor });
        seen.push(page.ids);
        cursor = page.cursor;
      } while (cursor !== undefined);

      expect(seen).toEqual(pages);
    }
  });

  it('gives a cursor that says nothing of what it does not show', async () => {
    const { ids } = await open();
    const [one, two] = [(await ids({})).cursor ?? '', (await ids({})).cursor ?? ''];
    expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('person');
    expect(one).not.toBe(two);
  });

  it('takes a cursor from whom it was given to alone, of the same list in the same direction', async () => {
    const { ids } = await open();
    const { cursor } = await ids({});
    const changed = `${cursor?.slice(0, -4)}AAAA`;

    const wrong: readonly [Parameters<typeof ids>[0], string][] = [
      [{ cursor }, 'another'],
      [{ cursor, list: 'roles' }, 'clerk'],
      [{ cursor, newestFirst: true }, 'clerk'],
      [{ cursor: changed }, 'clerk'],
      [{ cursor: 'AAAA' }, 'clerk'],
    ];

    for (const [request, by] of wrong)
      await expect(ids(request, by)).rejects.toMatchObject({ code: 'request.cursor' });

    expect((await ids({ cursor })).ids).toBe('cd');
  });

  it('has 1 to 100 items, 50 unless something else is asked for', () => {
    expect(form.parse({})).toEqual({ limit: 50 });
    for (const limit of ['1', '9', '10', '99', '100'])
      expect(form.parse({ limit })).toEqual({ limit: Number(limit) });
    for (const limit of ['', '0', '01', '101', '1000', '-1', '+1', '1.0', '1e1', '0x1', ' 1', '٣'])
      expect(form.safeParse({ limit }).success).toBe(false);
    expect(form.safeParse({ cursor: '' }).success).toBe(false);
    expect(form.safeParse({ cursor: 'a b' }).success).toBe(false);
  });
});
