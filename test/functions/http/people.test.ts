import { describe, expect, it } from 'vitest';
import { directoryList, directoryTarget } from '#shared/identity/index.ts';
import { BOOKKEEPER, PEOPLE, papers } from './papers.ts';

const KEEPER = {
  id: 'keeper',
  name: 'Kim Keeper',
  email: 'kim@example.com',
  roles: ['bookkeeper'],
  workspaces: ['acme'],
  attributes: {},
  active: true,
};

describe('people', () => {
  it('learn who they are here', async () => {
    const bench = await papers();
    expect((await bench.ask('/me', { as: 'keeper' })).json()).toEqual(KEEPER);
    expect((await bench.ask('/me', { as: 'vendor' })).json()).toMatchObject({
      id: 'vendor',
      roles: ['Vendor'],
    });

    expect((await bench.ask('/me', { as: 'admin' })).json()).toMatchObject({
      id: 'admin',
      workspaces: '*',
    });
  });

  it('are listed and shown to whom looks after them, and to nobody else', async () => {
    const bench = await papers();
    for (const as of ['admin', 'approver', 'auditor']) {
      const { people } = (await bench.ask('/people', { as })).json<{
        people: readonly { id: string }[];
      }>();

      expect(people.map(({ id }) => id)).toEqual(PEOPLE.map(({ id }) => id).toSorted());
      expect(people).toContainEqual(KEEPER);
      expect((await bench.ask('/people/keeper', { as })).json()).toEqual(KEEPER);
    }

    for (const as of ['clerk', 'client', 'operator', 'vendor', 'stranger', 'keeper'])
      expect((await bench.ask('/people', { as })).status).toBe(404);

    for (const as of ['clerk', 'client', 'operator', 'vendor', 'stranger'])
      expect((await bench.ask('/people/keeper', { as })).status).toBe(404);

    expect((await bench.ask('/people/keeper', { as: 'keeper' })).json()).toEqual(KEEPER);
  });

  it('are listed without a malformed document among them, which is counted', async () => {
    const bench = await papers();
    const ledger = bench.platform.store.ledger({ name: 'people', bundle: '0'.repeat(64) });

    await ledger.commit({
      changes: [
        {
          op: 'insert',
          target: directoryTarget.person('broken'),
          body: { v: 'person/1', id: 'broken' },
          index: { list: { name: directoryList.people, sort: 'broken' } },
        },
      ],
      entries: [
        {
          workspace: 'people',
          actor: { kind: 'service', id: 'people' },
          action: 'person.seed',
          outcome: 'ok',
        },
      ],
    });

    const { people } = (await bench.ask('/people', { as: 'admin' })).json<{
      people: readonly { id: string }[];
    }>();

    expect(people.map(({ id }) => id)).toEqual(PEOPLE.map(({ id }) => id).toSorted());
    expect(bench.platform.metrics.snapshot().totals.DocumentsUnreadable?.sum).toBe(1);
  });

  it('are listed to who may list them and not read about them without those they may not read about', async () => {
    const role = {
      v: 'role/1',
      name: 'lister',
      says: 'lists and does not read',
      grants: [{ permissions: ['person.list'] }],
    } as const;

    const people = [...PEOPLE, { id: 'lister', roles: ['lister'], workspaces: '*' }] as const;
    const bench = await papers({ roles: [BOOKKEEPER, role], people });
    const answer = await bench.ask('/people', { as: 'lister' });

    expect([
      answer.status,
      answer.json<{ people: { id: string }[] }>().people.map(({ id }) => id),
    ]).toEqual([200, ['lister']]);

    const [entry] = await bench.entries(
      ({ action, actor }) => action === 'person.list' && actor.id === 'lister',
    );

    expect(entry?.targets).toEqual([{ kind: 'person', id: 'lister' }]);
  });

  it('are listed page by page, each once', async () => {
    const bench = await papers();
    const listed: string[] = [];
    let query = '';

    do {
      const page = (await bench.ask(`/people?limit=4${query}`, { as: 'admin' })).json<{
        people: readonly { id: string }[];
        cursor?: string;
      }>();

      listed.push(...page.people.map(({ id }) => id));
      query = page.cursor === undefined ? '' : `&cursor=${page.cursor}`;
    } while (query !== '');

    expect(listed).toEqual(PEOPLE.map(({ id }) => id).toSorted());
  });

  it('who were looked at are named in the entry, by id', async () => {
    const bench = await papers();
    await bench.ask('/people/keeper', { as: 'auditor' });

    const [entry] = await bench.entries(
      ({ action, actor }) => action === 'person.read' && actor.id === 'auditor',
    );

    expect(entry).toMatchObject({
      outcome: 'ok',
      targets: [{ kind: 'person', id: 'keeper' }],
      classes: ['personal'],
      why: { policies: ['auditor.read'] },
    });

    expect(JSON.stringify(await bench.entries())).not.toMatch(/Kim Keeper|example\.com/);
  });
});

describe('roles', () => {
  it('are told with what a custom one allows', async () => {
    const bench = await papers();
    const { roles } = (await bench.ask('/roles', { as: 'admin' })).json<{
      roles: readonly { name: string; builtIn: boolean }[];
    }>();

    expect(roles.filter(({ builtIn }) => builtIn).map(({ name }) => name)).toContain(
      'Compliance Officer',
    );

    const { name, says, grants } = BOOKKEEPER;

    expect(roles.filter(({ builtIn }) => !builtIn)).toEqual([
      { name, says, builtIn: false, grants },
    ]);

    expect((await bench.ask('/roles/bookkeeper', { as: 'admin' })).json()).toEqual({
      name,
      says,
      builtIn: false,
      grants,
    });

    expect((await bench.ask('/roles/Compliance%20Officer', { as: 'admin' })).json()).toMatchObject({
      name: 'Compliance Officer',
      builtIn: true,
    });

    for (const path of ['/roles', '/roles/bookkeeper', '/roles/Admin'])
      expect((await bench.ask(path, { as: 'clerk' })).status).toBe(404);

    for (const role of ['none', 'Nobody', '%00', 'a%2Fb'])
      expect((await bench.ask(`/roles/${role}`, { as: 'admin' })).status).toBe(404);
  });
});

describe('the list of roles', () => {
  it('holds nothing for who may list roles and not read them', async () => {
    const role = {
      v: 'role/1',
      name: 'lister',
      says: 'lists and does not read',
      grants: [{ permissions: ['role.list'] }],
    } as const;

    const bench = await papers({
      roles: [role],
      people: [{ id: 'lister', roles: ['lister'], workspaces: '*' }],
    });

    const answer = await bench.ask('/roles', { as: 'lister' });
    expect([answer.status, answer.json()]).toEqual([200, { roles: [] }]);
  });

  it('has no more on a page than was asked for, and each role once over all pages', async () => {
    const named = (name: string) => ({ ...BOOKKEEPER, name });
    const bench = await papers({ roles: ['a', 'b', 'c', 'd'].map(named).concat(BOOKKEEPER) });
    const all = (await bench.ask('/roles', { as: 'admin' }))
      .json<{ roles: readonly { name: string }[] }>()
      .roles.map(({ name }) => name);

    expect(all).toHaveLength(12);

    for (const limit of [1, 3, 7, 8, 100]) {
      const listed: string[] = [];
      let query = '';

      do {
        const answer = await bench.ask(`/roles?limit=${limit}${query}`, { as: 'admin' });
        const page = answer.json<{ roles: readonly { name: string }[]; cursor?: string }>();
        expect(page.roles.length).toBeLessThanOrEqual(limit);
        listed.push(...page.roles.map(({ name }) => name));
        query = page.cursor === undefined ? '' : `&cursor=${page.cursor}`;
      } while (query !== '');

      expect([limit, listed]).toEqual([limit, all]);
    }

    expect((await bench.ask('/roles?cursor=built-in-none', { as: 'admin' })).json().code).toBe(
      'request.cursor',
    );
  });
});

describe('the first admin', () => {
  it('is who the deployment names, once, and then an admin like any other', async () => {
    const bench = await papers({ firstAdmin: 'sub-founder' });
    const claim = (as: string) => bench.ask('/people/first-admin', { as, method: 'POST' });

    expect((await bench.ask('/me', { as: 'founder' })).status).toBe(401);

    const first = await claim('founder');

    expect([first.status, first.json()]).toMatchObject([
      201,
      { roles: ['Admin'], workspaces: '*', active: true },
    ]);

    const again = await claim('founder');

    expect([again.status, again.text]).toEqual([200, first.text]);

    const me = await bench.ask('/me', { as: 'founder' });

    expect(me.json()).toEqual(first.json());

    const { id } = first.json<{ id: string }>();
    const entries = await bench.entries(({ actor }) => actor.id === id);

    expect(entries.map(({ action, outcome, trace }) => [action, outcome, trace])).toEqual([
      ['person.first-admin', 'ok', first.headers['x-request-id']],
      ['person.read', 'ok', again.headers['x-request-id']],
      ['person.read', 'ok', me.headers['x-request-id']],
    ]);
  });

  it('is nobody else: strangers are counted, people of the directory are refused by name', async () => {
    const bench = await papers({ firstAdmin: 'sub-founder' });
    const claim = (as: string) => bench.ask('/people/first-admin', { as, method: 'POST' });
    const unknown = await claim('somebody');

    expect([unknown.status, unknown.json().code]).toEqual([403, 'identity.not-first-admin']);

    const refused = await claim('admin');

    expect([refused.status, refused.json().code]).toEqual([403, 'identity.not-first-admin']);
    expect(
      (await bench.entries(({ action }) => action === 'person.first-admin')).map(
        ({ actor, outcome }) => [actor.id, outcome],
      ),
    ).toEqual([['admin', 'denied']]);
  });

  it('is nobody at all where the deployment names nobody', async () => {
    const bench = await papers();
    for (const as of ['founder', 'admin'])
      expect((await bench.ask('/people/first-admin', { as, method: 'POST' })).status).toBe(403);
  });
});
