import { readFileSync } from 'node:fs';
import { initSync, validate } from '@cedar-policy/cedar-wasm/web';
import { describe, expect, it } from 'vitest';
import { policiesOf } from '#shared/access/adapters/cedar-role.ts';
import { parsedSet } from '#shared/access/adapters/cedar-sets.ts';
import { checkRole, POLICY_FILES, type Principal, type RoleBody } from '#shared/access/index.ts';
import { draw, roleOf } from './generate.ts';
import { crooked, holder, person, policies, role, thing } from './people.ts';

const engine = policies();
const { may } = engine;

describe('the holder of a custom role', () => {
  const paralegal = role('paralegal', {
    permissions: ['run.read', 'field.read'],
    automations: ['contract-review'],
    stages: ['drafting', 'review'],
    classes: ['internal'],
  });

  const pia = holder([paralegal]);
  const run = (parts: object) =>
    thing('Run', { automation: 'contract-review', stage: 'drafting', ...parts });

  it('may do what it grants, and the decision names the line of the role', () => {
    expect(may(pia, 'run.read', run({}))).toEqual({
      allowed: true,
      policies: ['role.paralegal.1'],
    });
    expect(may(pia, 'field.read', run({ stage: 'review' }), 'internal').allowed).toBe(true);
  });

  it('may do it only under all of its conditions', () => {
    expect(may(pia, 'field.read', run({ stage: 'signing' }), 'internal').allowed).toBe(false);
    expect(may(pia, 'field.read', run({ stage: '' }), 'internal').allowed).toBe(false);
    expect(
      may(pia, 'field.read', run({ automation: 'invoice-approval' }), 'internal').allowed,
    ).toBe(false);
    expect(may(pia, 'field.read', run({}), 'public').allowed).toBe(false);
    expect(may(pia, 'field.read', run({}), 'personal').allowed).toBe(false);
    expect(may(pia, 'trail.read', run({})).allowed).toBe(false);
  });

  it('loses it with the role, the role’s document or another text of it', () => {
    expect(may({ ...pia, roles: [] }, 'run.read', run({})).allowed).toBe(false);
    expect(may({ ...pia, customRoles: [] }, 'run.read', run({})).allowed).toBe(false);
    const narrowed = role('paralegal', { permissions: ['run.read'], stages: ['signing'] });
    expect(may({ ...pia, customRoles: [narrowed] }, 'run.read', run({})).allowed).toBe(false);
    expect(may(pia, 'run.read', run({})).allowed).toBe(true);
  });

  it('reaches the workspaces whose attributes the role names, and those with the holder’s own', () => {
    const gold = holder(
      [
        role('keeper', {
          permissions: ['workspace.read'],
          where: { tier: ['gold'], department: 'own' },
        }),
      ],
      {
        attributes: { department: 'law' },
      },
    );

    const workspace = (attributes: Record<string, string>) =>
      may(gold, 'workspace.read', thing('Workspace', { attributes })).allowed;

    expect(workspace({ tier: 'gold', department: 'law' })).toBe(true);
    expect(workspace({ tier: 'silver', department: 'law' })).toBe(false);
    expect(workspace({ tier: 'gold', department: 'tax' })).toBe(false);
    expect(workspace({ tier: 'gold' })).toBe(false);
    expect(workspace({ department: 'law' })).toBe(false);

    expect(
      may(
        { ...gold, attributes: {} },
        'workspace.read',
        thing('Workspace', { attributes: { tier: 'gold' } }),
      ).allowed,
    ).toBe(false);
  });

  it('decides at gates that ask for this role, when this role grants it', () => {
    const decider = role('legal-reviewer', { permissions: ['gate.read', 'gate.decide'] });
    const other = role('clerk', { permissions: ['gate.read'] });
    const lea = holder([decider, other]);
    const gate = (decidedBy: string, requester = 'bert') =>
      may(lea, 'gate.decide', thing('Gate', { decidedBy, requester }));

    expect(gate('legal-reviewer')).toEqual({ allowed: true, policies: ['role.legal-reviewer.1'] });
    expect(gate('clerk').allowed).toBe(false);
    expect(gate('Compliance Officer').allowed).toBe(false);
    expect(may(lea, 'gate.read', thing('Gate', { decidedBy: 'Compliance Officer' })).allowed).toBe(
      true,
    );
  });

  it('is held by everything that is forbidden: own runs, Admin, Operator, sealed fields', () => {
    const decider = role('legal-reviewer', {
      permissions: ['gate.decide', 'field.read'],
      classes: ['public'],
    });

    const gate = thing('Gate', { decidedBy: 'legal-reviewer', requester: 'anna' });

    expect(may(holder([decider]), 'gate.decide', gate)).toEqual({
      allowed: false,
      policies: ['forbidden.decide-own'],
    });

    for (const name of ['Admin', 'Operator']) {
      const both = holder([decider], { roles: ['legal-reviewer', name], id: 'lea' });
      expect(may(both, 'gate.decide', gate)).toEqual({
        allowed: false,
        policies: [`forbidden.decide-as-${name.toLowerCase()}`],
      });
    }

    expect(may(holder([decider]), 'field.read', thing('Run'), 'health')).toEqual({
      allowed: false,
      policies: ['forbidden.sealed-fields'],
    });
  });
});

describe('a stored role that is not valid', () => {
  it.each<[string, readonly unknown[]]>([
    [
      'that decides and administers',
      [role('mixed', { permissions: ['gate.decide', 'workspace.create'] })],
    ],
    ['that reads like a built-in one', [role('admin', { permissions: ['workspace.create'] })]],
    [
      'that is of another form',
      [{ v: 'role/2', name: 'mixed', says: 'x', grants: [{ permissions: ['workspace.create'] }] }],
    ],
  ])('gives nothing, takes nothing away, and is counted: one %s', (_, roles) => {
    const own = policies();
    const who = person({
      roles: ['mixed', 'admin', 'Team Member'],
      customRoles: roles as RoleBody[],
      workspaces: '*',
    });

    expect(own.may(who, 'workspace.create', thing('Platform'))).toEqual({
      allowed: false,
      policies: [],
    });

    expect(own.may(who, 'run.read', thing('Run'))).toEqual({
      allowed: true,
      policies: ['team-member.work'],
    });

    expect(own.failures.count).toBe(2);
  });

  it('gives nothing when two go by one name', () => {
    const own = policies();
    const twice = holder([
      role('clerk', { permissions: ['run.read'] }),
      role('clerk', { permissions: ['trail.read'] }),
    ]);

    expect(own.may(twice, 'run.read', thing('Run')).allowed).toBe(false);
    expect(own.may(twice, 'trail.read', thing('Run')).allowed).toBe(false);
    expect(own.failures.count).toBe(4);
  });

  it('denies, and does not throw, when roles are no list', () => {
    const request = {
      principal: { ...person(), customRoles: null },
      permission: 'run.read',
      resource: thing('Run'),
    };

    expect(engine.authorize(crooked(request))).toEqual({
      allowed: false,
      policies: [],
      failed: true,
    });
  });
});

describe('roles as policies', () => {
  it('fit the schema strictly, whatever valid role they are made of', () => {
    const d = draw(7);
    const schema = readFileSync(POLICY_FILES.schema.from()[0] ?? '', 'utf8');

    const drawn = Array.from({ length: 1_000 }, (_, i) => roleOf(d, `role-${i}`)).filter((one) => {
      try {
        return checkRole(one);
      } catch {
        return false;
      }
    });

    expect(drawn.length).toBeGreaterThan(200);

    const staticPolicies = Object.fromEntries(drawn.flatMap(policiesOf));

    expect(validate({ schema, policies: { staticPolicies } })).toMatchObject({
      type: 'success',
      validationErrors: [],
    });
  });

  it('of 2,000 different roles do not fill the memory, and each still decides', () => {
    // it runs already: this only gives its memory
    const cedar = initSync({ module: new Uint8Array() });

    const sizes = Array.from({ length: 500 }, (_, i) => {
      const stages = Array.from({ length: 20 }, (_, j) => `stage-${i}-${j}`);
      const four = [1, 2, 3, 4].map((n) =>
        role(`role-${i}-${n}`, { permissions: ['run.read'], stages }),
      );
      const { policies: by } = may(
        holder(four),
        'run.read',
        thing('Run', { stage: `stage-${i}-7` }),
      );

      expect(by).toEqual(four.map(({ name }) => `role.${name}.1`));

      return cedar.memory.buffer.byteLength;
    });

    expect(sizes.at(-1)).toBe(sizes[149]);
  });

  it('are never taken for those of another role, while their places are given away', () => {
    const d = draw(11);
    const roles = Array.from({ length: 200 }, (_, i) =>
      role('clerk', { permissions: ['run.read'], stages: [`stage-${i}`] }),
    );

    for (let n = 0; n < 700; n++) {
      const mine = d.below(200);
      const theirs = d.chance(50) ? mine : d.below(200);
      const { allowed } = may(
        holder([roles[mine] as RoleBody]),
        'run.read',
        thing('Run', { stage: `stage-${theirs}` }),
      );

      expect(allowed).toBe(mine === theirs);
    }
  });

  it('that Cedar does not take leave what was parsed before as it is', () => {
    const clerks = Array.from({ length: 70 }, (_, i) =>
      holder([role('clerk', { permissions: ['run.read'], stages: [`late-${i}`] })]),
    );
    const decide = (i: number) =>
      may(clerks[i] as Principal, 'run.read', thing('Run', { stage: `late-${i}` })).allowed;

    for (let i = 0; i < 70; i++) {
      expect(() =>
        parsedSet(`broken ${i}`, () => ({
          policies: { broken: 'permit everything' },
          refused: 0,
          administering: [],
        })),
      ).toThrow(/./);
      expect([
        decide(i),
        decide(Math.max(0, i - 60)),
        may(clerks[i] as Principal, 'run.read', thing('Run')).allowed,
      ]).toEqual([true, true, false]);
    }
  });
});
