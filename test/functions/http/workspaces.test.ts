import { describe, expect, it } from 'vitest';
import { papers, startPaper } from './papers.ts';

const make = (bench: Awaited<ReturnType<typeof papers>>, as: string, body: object) =>
  bench.ask('/workspaces', { as, method: 'POST', body });

describe('workspaces', () => {
  it('are listed and shown to who is let into them, and to no one else', async () => {
    const bench = await papers();
    const listedBy = async (as: string) =>
      (await bench.ask('/workspaces', { as }))
        .json<{ workspaces: readonly { name: string }[] }>()
        .workspaces.map(({ name }) => name);

    expect(await listedBy('admin')).toEqual(['acme', 'globex']);
    expect(await listedBy('clerk')).toEqual(['acme']);
    expect(await listedBy('stranger')).toEqual(['globex']);
    expect((await bench.ask('/workspaces', { as: 'vendor' })).status).toBe(404);
    expect((await bench.ask('/workspaces/acme', { as: 'client' })).json()).toEqual({
      name: 'acme',
      attributes: {},
    });

    for (const workspace of ['globex', 'initech', 'people', 'platform', 'A', 'a%23b'])
      expect([
        workspace,
        (await bench.ask(`/workspaces/${workspace}`, { as: 'client' })).status,
      ]).toEqual([workspace, 404]);
  });

  it('behind the wall show in nothing: not in a page, not in where it ends, not in whether another follows', async () => {
    const people = [
      { id: 'admin', roles: ['Admin'], workspaces: '*' },
      { id: 'one', roles: ['Client'], workspaces: ['acme'] },
      { id: 'some', roles: ['Client'], workspaces: ['initech', 'acme', 'nowhere', 'umbrella'] },
      { id: 'none', roles: ['Client'], workspaces: [] },
    ] as const;

    const bench = await papers({
      people,
      workspaces: ['acme', 'globex', 'initech', 'people-co', 'umbrella'],
    });

    type Page = {
      readonly workspaces: readonly { readonly name: string }[];
      readonly cursor?: string;
    };

    const pagesOf = async (as: string, limit: number) => {
      const pages: string[][] = [];
      let cursor: string | undefined;

      do {
        const page: Page = (
          await bench.ask(
            `/workspaces?limit=${limit}${cursor === undefined ? '' : `&cursor=${cursor}`}`,
            { as },
          )
        ).json<Page>();

        pages.push(page.workspaces.map(({ name }) => name));
        cursor = page.cursor;
      } while (cursor !== undefined);

      return pages;
    };

    expect(await pagesOf('one', 1)).toEqual([['acme']]);
    // their own name of what is not there
    expect(await pagesOf('some', 1)).toEqual([['acme'], ['initech'], [], ['umbrella']]);
    expect(await pagesOf('some', 2)).toEqual([['acme', 'initech'], ['umbrella']]);
    expect(await pagesOf('some', 100)).toEqual([['acme', 'initech', 'umbrella']]);
    expect(await pagesOf('none', 1)).toEqual([[]]);

    expect((await pagesOf('admin', 2)).flat()).toEqual([
      'acme',
      'globex',
      'initech',
      'people-co',
      'umbrella',
    ]);

    const cursorOf = async (as: string) =>
      (await bench.ask('/workspaces?limit=1', { as })).json<Page>().cursor;

    for (const cursor of [await cursorOf('admin'), 'acme'])
      expect((await bench.ask(`/workspaces?cursor=${cursor}`, { as: 'some' })).json().code).toBe(
        'request.cursor',
      );
  });

  it('the directory of people is none of them', async () => {
    const bench = await papers();
    const names = (await bench.ask('/workspaces', { as: 'admin' })).text;
    expect(names).not.toContain('people');
    expect((await bench.ask('/workspaces/people', { as: 'admin' })).status).toBe(404);
    expect((await bench.ask('/runs?workspace=people', { as: 'admin' })).status).toBe(404);
    expect((await bench.ask('/gates?workspace=people', { as: 'auditor' })).status).toBe(404);
  });

  it('are made by an admin, with keys of their own and attributes that roles may depend on', async () => {
    const people = [
      { id: 'admin', roles: ['Admin'], workspaces: '*' },
      { id: 'clerk', roles: ['Team Member'], workspaces: ['initech'] },
      { id: 'gold', roles: ['gold-only'], workspaces: '*' },
    ] as const;

    const grants = [
      { permissions: ['workspace.read', 'run.read'], where: { tier: ['gold'] } },
    ] as const;

    const bench = await papers({
      people,
      roles: [
        {
          v: 'role/1',
          name: 'gold-only',
          says: 'sees what is of clients of the first tier',
          grants,
        },
      ],
    });

    const made = await make(bench, 'admin', { name: 'initech', attributes: { tier: 'gold' } });

    expect([made.status, made.json()]).toEqual([
      201,
      { name: 'initech', attributes: { tier: 'gold' } },
    ]);

    const run = await startPaper(bench, { workspace: 'initech' });

    expect((await bench.ask(`/runs/${run}`, { as: 'gold' })).status).toBe(200);
    expect((await bench.ask('/workspaces/acme', { as: 'gold' })).status).toBe(404);

    const [entry, ...more] = await bench.entries(
      ({ action, actor }) => action === 'workspace.create' && actor.id === 'admin',
    );

    expect(entry).toMatchObject({
      workspace: 'initech',
      outcome: 'ok',
      trace: made.headers['x-request-id'],
      why: { policies: ['admin.directory'] },
    });

    expect(more).toEqual([]);
    expect(await bench.trailProblems()).toEqual([]);
  });

  it('are not made with a name that is taken, reserved or none, nor with attributes of another form', async () => {
    const bench = await papers();

    const wrong = [
      [{ name: 'acme' }, 409, 'workspace.taken'],
      [{ name: 'people' }, 422, 'workspace.reserved'],
      [{ name: 'Acme Inc.' }, 400, 'request.body'],
      [{ name: 'initech', attributes: { tier: '"; permit(principal' } }, 422, 'attributes.invalid'],
    ] as const;

    for (const [body, status, code] of wrong) {
      const answer = await make(bench, 'admin', body);
      expect([answer.status, answer.json().code]).toEqual([status, code]);
    }

    const entries = await bench.entries(
      ({ action, actor }) => action === 'workspace.create' && actor.id === 'admin',
    );

    expect(entries.map(({ outcome }) => outcome)).toEqual(wrong.map(() => 'denied'));
  });

  it('are made by nobody else', async () => {
    const bench = await papers();
    for (const as of ['clerk', 'approver', 'auditor', 'operator', 'client', 'vendor'])
      expect([as, (await make(bench, as, { name: 'initech' })).status]).toEqual([as, 404]);
    expect((await bench.ask('/workspaces/initech', { as: 'admin' })).status).toBe(404);
  });
});
