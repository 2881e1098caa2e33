import { expect, it } from 'vitest';
import type { RoleBody } from '#shared/access/index.ts';
import { directoryTarget } from '#shared/identity/index.ts';
import { type HttpBench, httpBench, SAMPLE_PEOPLE } from '../../support/http.ts';

/** Changes a person of the directory, as an operation for it will. */
async function change(bench: HttpBench, person: string, changed: object): Promise<void> {
  const ledger = bench.platform.store.ledger({ name: 'people', bundle: '0'.repeat(64) });
  const [at] = await ledger.read([directoryTarget.person(person)]);
  if (at === undefined) throw new Error(`there is no ${person}`);

  await ledger.commit({
    changes: [
      { op: 'replace', target: at.target, at, body: { ...(at.body as object), ...changed } },
    ],
    entries: [
      {
        workspace: 'platform',
        actor: { kind: 'service', id: 'people' },
        action: 'person.seed',
        outcome: 'ok',
      },
    ],
  });
}

it.each([
  ['is not active any more', { active: false }, 'person-inactive'],
  ['had their sessions ended', { sessionsFrom: Date.now() + 3_600_000 }, 'session-ended'],
])(
  'who %s is answered like a stranger, and named in the one entry that counts their requests',
  async (_who, changed, kind) => {
    const bench = await httpBench();

    await change(bench, 'approver', changed);

    const stranger = await bench.ask('/me', {
      headers: { authorization: `Bearer ${await bench.token('nobody')}` },
    });
    const answers = [
      await bench.ask('/me', { as: 'approver' }),
      await bench.ask('/runs?workspace=acme', { as: 'approver' }),
    ];

    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect({ ...answer.json(), requestId: '' }).toEqual({ ...stranger.json(), requestId: '' });
    }

    const told = await bench.entries(
      ({ action, why }) => action === 'session.refuse' && why?.code === kind,
    );

    expect(told.map(({ targets, count, actor }) => [targets, count, actor.kind])).toEqual([
      [[{ kind: 'person', id: 'approver' }], 1, 'service'],
      // of the second request, by another function, whose first it is
      [[{ kind: 'person', id: 'approver' }], 1, 'service'],
    ]);
  },
);

it('who is permitted by a great many policies gets their answer, and an entry that names as many of them as it has room for', async () => {
  const role = (n: number): RoleBody => ({
    v: 'role/1',
    name: `reader-${n}`,
    says: 'reads',
    grants: Array.from({ length: 64 }, () => ({
      permissions: ['workspace.read', 'run.list', 'run.start'] as const,
    })),
  });

  const roles = Array.from({ length: 16 }, (_, i) => role(i));
  const many = { id: 'many', roles: roles.map(({ name }) => name), workspaces: ['acme'] };
  const bench = await httpBench({ people: [...SAMPLE_PEOPLE, many], roles });

  expect((await bench.ask('/workspaces/acme', { as: 'many' })).status).toBe(200);
  expect((await bench.ask('/runs?workspace=acme', { as: 'many' })).status).toBe(200);
  expect(await bench.start('many')).toMatch(/^acme\./);

  const entries = await bench.entries(({ actor }) => actor.id === 'many');

  expect(entries.map(({ action }) => action)).toEqual([
    'workspace.read',
    'run.list',
    'run.start',
    'run.request',
  ]);

  for (const { why } of entries) expect(why?.policies).toHaveLength(64);
});
