import { describe, expect, it } from 'vitest';
import { describeFlow } from '#shared/automation/index.ts';
import { papers } from './papers.ts';
import { contractReview } from './world.ts';

describe('automations', () => {
  it('are listed, and told with everything that they declare', async () => {
    const bench = await papers();
    const { automations } = (await bench.ask('/automations', { as: 'clerk' })).json<{
      automations: readonly { name: string }[];
    }>();

    expect(automations.map(({ name }) => name)).toEqual(['contract-review', 'memo']);

    expect(
      (await bench.ask('/automations/contract-review', { as: 'operator' })).json(),
    ).toMatchObject({
      name: 'contract-review',
      version: 1,
      definition: contractReview.flow.definition,
      stages: ['drafting', 'review', 'signing', 'booking', 'done'],
      subjects: [{ name: 'party', knownBy: 'partyId' }],
      fields: expect.arrayContaining([
        { name: 'title', class: 'public', input: true, optional: false },
        { name: 'iban', class: 'financial', of: 'party', input: true, optional: false },
        { name: 'told', class: 'internal', input: false, optional: false },
      ]),
      steps: [{ name: 'read', effect: 'none', reads: ['iban', 'fullName'], writes: ['told'] }],
      supervisedBy: 'Compliance Officer',
    });

    for (const as of ['client', 'vendor'])
      for (const path of ['/automations', '/automations/memo'])
        expect((await bench.ask(path, { as })).status).toBe(404);

    const misspelt = (await bench.ask('/automations/none', { as: 'clerk' })).json();

    expect(misspelt).toMatchObject({
      status: 404,
      code: 'automation.unknown',
      detail: expect.stringContaining('contract-review, memo'),
    });
  });

  it('tell how far they are trusted in a workspace', async () => {
    const bench = await papers({ rollout: 'supervised' });
    const rollout = (automation: string, workspace: string, as: string) =>
      bench.ask(`/automations/${automation}/rollout?workspace=${workspace}`, { as });

    expect((await rollout('memo', 'acme', 'clerk')).json()).toEqual({
      automation: 'memo',
      workspace: 'acme',
      rollout: 'supervised',
    });

    expect((await rollout('none', 'acme', 'admin')).json()).toMatchObject({
      status: 404,
      code: 'automation.unknown',
    });

    for (const [automation, workspace, as] of [
      ['memo', 'globex', 'clerk'],
      ['memo', 'initech', 'admin'],
      ['none', 'acme', 'client'],
      ['none', 'globex', 'clerk'],
      ['memo', 'acme', 'client'],
    ] as const)
      expect((await rollout(automation, workspace, as)).status).toBe(404);
  });

  it('that nobody has trusted yet are in shadow', async () => {
    const bench = await papers({ workspaces: ['acme'] });
    const operator = { kind: 'user', id: 'operator', auth: 'embedded' } as const;
    await bench.platform.workspaces.create('initech', operator);
    const answer = await bench.ask('/automations/memo/rollout?workspace=initech', { as: 'admin' });
    expect(answer.json()).toMatchObject({ rollout: 'shadow' });
  });

  it('are described as plain data, the same every time', () => {
    const [first, second] = [describeFlow(contractReview.flow), describeFlow(contractReview.flow)];
    expect(JSON.parse(JSON.stringify(first))).toEqual(second);

    expect(first.gates[0]).toEqual({
      name: 'draft-ok',
      decidedBy: 'Team Member',
      shows: ['title', 'note'],
      rules: [
        {
          name: 'waits-at-draft-ok',
          reads: ['waitsAt', 'title', 'note'],
          says: '{title} waits at {waitsAt}: {note}',
        },
      ],
      waitsAlways: false,
      expiresMs: 86_400_000,
    });
  });
});
