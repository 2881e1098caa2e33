import { describe, expect, it } from 'vitest';
import { papers } from './papers.ts';

const PEOPLE = [
  { id: 'admin', roles: ['Admin'], workspaces: '*' },
  { id: 'inside', roles: ['Admin'], workspaces: ['acme'] },
] as const;

describe('names of workspaces behind the wall', () => {
  it('cannot be tried out by creating them: taken, reserved and free ones are refused in the same words', async () => {
    const bench = await papers({ people: PEOPLE });
    const create = async (as: string, name: string) => {
      const answer = await bench.ask('/workspaces', { as, method: 'POST', body: { name } });
      return [answer.status, { ...answer.json<object>(), requestId: '' }];
    };

    const [behind, free] = [await create('inside', 'globex'), await create('inside', 'initech')];

    expect(behind[0]).toBe(404);

    for (const answer of [behind, await create('inside', 'acme'), await create('inside', 'people')])
      expect(answer).toEqual(free);

    // for who is let in everywhere they differ: there is something that could have been told
    expect([(await create('admin', 'globex'))[0], (await create('admin', 'initech'))[0]]).toEqual([
      409, 201,
    ]);

    const entries = await bench.entries(
      ({ action, actor }) => action === 'workspace.create' && actor.id === 'inside',
    );

    expect(entries.map(({ outcome, why }) => [outcome, why?.policies])).toEqual(
      Array.from({ length: 4 }, () => ['denied', ['forbidden.create-inside']]),
    );
  });
});
