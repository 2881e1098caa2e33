import { describe, expect, it } from 'vitest';
import { papers, startPaper } from './papers.ts';

const make = (bench: Awaited<ReturnType<typeof papers>>, as: string, body: object) =>
  bench.ask('/workspaces', { as, method: 'POST', body });

describe('workspaces', () => {
  it('are listed and shown to who is let into them, and to no one else', async () => {
    const bench = await papers();
    const listedBy = async (as: string) =>
      (await bench.ask('/workspaces', { as })).json<{ workspaces: readonly { name: string }[] }>().workspaces.map(({ name }) => name);
    expect(await listedBy('admin')).toEqual(['acme', 'globex']);
    expect(await listedBy('clerk')).toEqual(['acme']);
    expect(await listedBy('stranger')).toEqual(['globex']);
    expect((await bench.ask('/workspaces', { as: 'vendor' })).status).toBe(404);
    expect((await bench.ask('/workspaces/acme', { as: 'client' })).json()).toEqual({ name: 'acme', attributes: {} });
    for (const workspace of ['globex', 'initech', 'people', 'platform', 'A', 'a%23b'])
      expect([workspace, (await bench.ask(`/workspaces/${workspace}`, { as: 'client' })).status]).toEqual([workspace, 404]);
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
    const grants = [{ permissions: ['workspace.read', 'run.read'], where: { tier: ['gold'] } }] as const;
    const bench = await papers({
      people,
      roles: [{ v: 'role/1', name: 'gold-only', says: 'sees what is of clients of the first tier', grants }],
    });
    const made = await make(bench, 'admin', { name: 'initech', attributes: { tier: 'gold' } });
    expect([made.status, made.json()]).toEqual([201, { name: 'initech', attributes: { tier: 'gold' } }]);
    const run = await startPaper(bench, { workspace: 'initech' });
    expect((await bench.ask(`/runs/${run}`, { as: 'gold' })).status).toBe(200);
    expect((await bench.ask('/workspaces/acme', { as: 'gold' })).status).toBe(404);
    const [entry, ...more] = await bench.entries(({ action, actor }) => action === 'workspace.create' && actor.id === 'admin');
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
    const entries = await bench.entries(({ action, actor }) => action === 'workspace.create' && actor.id === 'admin');
    expect(entries.map(({ outcome }) => outcome)).toEqual(wrong.map(() => 'denied'));
  });

  it('are made by nobody else', async () => {
    const bench = await papers();
    for (const as of ['clerk', 'approver', 'auditor', 'operator', 'client', 'vendor'])
      expect([as, (await make(bench, as, { name: 'initech' })).status]).toEqual([as, 404]);
    expect((await bench.ask('/workspaces/initech', { as: 'admin' })).status).toBe(404);
  });
});
