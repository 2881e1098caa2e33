import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  validate,
} from '@cedar-policy/cedar-wasm/web';
import { afterAll, describe, expect, it } from 'vitest';
import { toCedarRequest } from '#shared/access/adapters/cedar-request.ts';
import {
  BUILT_IN_ROLES,
  PERMISSIONS,
  type Permission,
  POLICY_FILES,
  type Principal,
} from '#shared/access/index.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';
import { draw, personOf, requestOf, rolesOf } from './generate.ts';
import { crooked, holder, person, policies, role, thing } from './people.ts';

const ALL = Object.entries(PERMISSIONS) as [Permission, (typeof PERMISSIONS)[Permission]][];
const ROLES = Object.keys(BUILT_IN_ROLES);
const real = policies();
const read = (name: 'policies' | 'schema') =>
  POLICY_FILES[name]
    .from()
    .map((path) => readFileSync(path, 'utf8'))
    .join('');

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder as beside a bundle, with these policies. */
function beside(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-policies-'));
  folders.push(folder);
  writeFileSync(join(folder, POLICY_FILES.policies.to), text);
  writeFileSync(join(folder, POLICY_FILES.schema.to), read('schema'));
  cpSync(POLICY_FILES.wasm.from()[0] ?? '', join(folder, POLICY_FILES.wasm.to));
  return folder;
}

describe('the policies', () => {
  it('fit their schema strictly, without a warning', () => {
    const answer = validate({
      schema: read('schema'),
      policies: { staticPolicies: read('policies') },
    });

    expect(answer).toEqual({
      type: 'success',
      validationErrors: [],
      validationWarnings: [],
      otherWarnings: [],
    });
  });

  it('say in a sentence what they do', () => {
    expect(real.says.size).toBe(read('policies').match(/^(?:permit|forbid) /gm)?.length);
    for (const sentence of real.says.values()) expect(sentence).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('decide the same beside a bundle as in the sources', () => {
    const bundled = policies(beside(read('policies')));
    expect([...bundled.says]).toEqual([...real.says]);
    expect(decisionsOf(bundled)).toEqual(decisionsOf(real));
  });

  it.each([
    ['that are no Cedar', 'permit everything'],
    [
      'that speak of what the schema does not have',
      '@id("a.b") @says("x") permit (principal, action, resource) when { resource.colour == "red" };',
    ],
    [
      'of which two have one id',
      '@id("a.b") @says("x") permit (principal, action, resource);'.repeat(2),
    ],
    ['without a sentence', '@id("a.b") permit (principal, action, resource);'],
    [
      'that take an id of custom roles',
      '@id("role.x") @says("x") permit (principal, action, resource);',
    ],
  ])('are refused at the start: those %s', (_, text) => {
    expect(() => policies(beside(text))).toThrow(
      expect.objectContaining({ code: 'access.policies', fate: 'stop' }),
    );
  });

  it('are refused at the start when they are not there', () => {
    expect(() => policies('/nowhere')).toThrow(
      expect.objectContaining({ code: 'access.policies' }),
    );
  });
});

const CREATOR = role('creator', { permissions: ['workspace.create'] });

/** Everybody there is, with what they hold alone and what no two roles may do together. */
const PEOPLE: readonly Principal[] = [
  person(),
  ...ROLES.map((name) => person({ roles: [name] })),
  person({ roles: ['Admin', 'Team Member'] }),
  person({ roles: ['Operator', 'Team Member'] }),
  person({ roles: ['Admin'], workspaces: '*' }),
  holder([CREATOR], { roles: ['creator', 'Team Member'], workspaces: '*' }),
];

/** What permissions can be about, in all the ways that policies tell apart. */
const THINGS = [
  thing('Platform'),
  ...['anna', 'bert'].map((id) => thing('Person', { id })),
  ...(['Workspace', 'Automation', 'Run', 'Gate'] as const).flatMap((type) => [
    thing(type),
    thing(type, { workspace: 'globex' }),
  ]),
  ...['Team Member', 'Client', 'Compliance Officer'].map((decidedBy) =>
    thing('Gate', { decidedBy }),
  ),
  thing('Gate', { requester: 'anna' }),
];

/** Whether each of {@link PEOPLE} may do each thing, to what each can be about. */
function decisionsOf({ may }: ReturnType<typeof policies>): boolean[] {
  return PEOPLE.flatMap((who) =>
    ALL.flatMap(([permission, { of }]) => {
      const classes = permission === 'field.read' ? DATA_CLASSES : [undefined];
      return THINGS.filter(({ type }) => type === of).flatMap((what) =>
        classes.map((dataClass) => may(who, permission, what, dataClass).allowed),
      );
    }),
  );
}

describe('each policy matters', () => {
  const before = decisionsOf(real);
  const text = read('policies');

  it.each([...real.says.keys()])('without %s other decisions are made', (id) => {
    const without = text.replace(new RegExp(`@id\\("${id}"\\)[^;]*;`), '');
    const after = policies(beside(without));
    expect(after.says.size).toBe(real.says.size - 1);
    expect(decisionsOf(after)).not.toEqual(before);
  });

  it('and decides alone somewhere: what it made so is named by its id', () => {
    expect(real.may(person({ roles: ['Team Member'] }), 'run.read', thing('Run'))).toEqual({
      allowed: true,
      policies: ['team-member.work'],
    });

    expect(
      real.may(
        person({ roles: ['Admin', 'Team Member'] }),
        'gate.decide',
        thing('Gate', { workspace: 'globex' }),
      ),
    ).toEqual({
      allowed: false,
      policies: ['forbidden.decide-as-admin', 'wall'],
    });

    expect(real.may(person({ roles: ['Vendor'] }), 'run.read', thing('Run'))).toEqual({
      allowed: false,
      policies: [],
    });
  });
});

describe('who administers', () => {
  const reviewer = role('reviewer', { permissions: ['gate.decide', 'gate.read'] });
  const gate = (decidedBy: string) => thing('Gate', { decidedBy });
  const of = ['forbidden.decide-and-administer'];

  it('never decides: not by another role, built-in or custom, that would let them', () => {
    const both = holder([CREATOR, reviewer], { roles: ['creator', 'reviewer', 'Team Member'] });
    for (const decidedBy of ['reviewer', 'Team Member']) {
      expect(real.may(both, 'gate.decide', gate(decidedBy))).toEqual({
        allowed: false,
        policies: of,
      });
      expect(real.may({ ...both, workspaces: '*' }, 'gate.decide', gate(decidedBy))).toEqual({
        allowed: false,
        policies: of,
      });
    }

    expect(real.may(both, 'gate.read', gate('reviewer')).allowed).toBe(true);
    expect(
      real.may({ ...both, workspaces: '*' }, 'workspace.create', thing('Platform')).allowed,
    ).toBe(true);
  });

  it('is who holds a valid role that grants it, and nobody else', () => {
    const decides = (roles: readonly string[], ...custom: (typeof CREATOR)[]) =>
      real.may(
        person({ roles: [...roles, 'Team Member'], customRoles: custom }),
        'gate.decide',
        gate('Team Member'),
      ).allowed;

    expect(decides(['creator'], CREATOR)).toBe(false);
    expect(decides([], CREATOR)).toBe(true);
    expect(decides(['creator'])).toBe(true);
    expect(decides(['creator'], { ...CREATOR, v: 'role/2' as 'role/1' })).toBe(true);
    expect(decides(['creator'], CREATOR, { ...CREATOR, says: 'another' })).toBe(true);

    expect(
      decides(
        ['creator', 'mixed'],
        role('mixed', { permissions: ['workspace.create', 'gate.decide'] }),
      ),
    ).toBe(true);
  });
});

describe('creating a workspace', () => {
  const create = (workspaces: Principal['workspaces'], parts: Partial<Principal> = {}) =>
    real.may(
      person({ roles: ['Admin'], workspaces, ...parts }),
      'workspace.create',
      thing('Platform'),
    );

  it('is for who is let into every workspace: the names of others cannot be tried out from behind the wall', () => {
    const creator = { roles: ['creator'], customRoles: [CREATOR] };
    for (const workspaces of [[], ['acme'], ['*'], ['acme', 'globex']]) {
      expect(create(workspaces)).toEqual({ allowed: false, policies: ['forbidden.create-inside'] });
      expect(create(workspaces, creator)).toEqual({
        allowed: false,
        policies: ['forbidden.create-inside'],
      });
    }

    expect(create('*')).toEqual({ allowed: true, policies: ['admin.directory'] });
    expect(create('*', creator)).toEqual({ allowed: true, policies: ['role.creator.1'] });
  });
});

describe('the wall', () => {
  const everything = role('everything', {
    permissions: ALL.filter(([, { of }]) => of !== 'Platform').map(([name]) => name),
    classes: ['public'],
  });

  const inside = ALL.filter(([, { of }]) => of !== 'Platform' && of !== 'Person');

  it.each(inside)(
    'keeps everybody who is not let in from %s, whatever they hold',
    (permission, { of }) => {
      const all = holder([everything], {
        roles: ['everything', ...ROLES.filter((name) => name !== 'Admin' && name !== 'Operator')],
      });
      const what = (workspace: string) => thing(of, { workspace, decidedBy: 'Team Member' });
      const dataClass = permission === 'field.read' ? 'public' : undefined;

      expect(real.may(all, permission, what('acme'), dataClass).allowed).toBe(true);

      for (const workspace of ['globex', 'Acme', 'acme ', '', '*', 'acme\u0000', 'acmé']) {
        expect(real.may(all, permission, what(workspace), dataClass)).toEqual({
          allowed: false,
          policies: ['wall'],
        });
      }

      expect(
        real.may({ ...all, workspaces: [] }, permission, what('acme'), dataClass).allowed,
      ).toBe(false);
      expect(
        real.may({ ...all, workspaces: ['*'] }, permission, what('acme'), dataClass).allowed,
      ).toBe(false);
      expect(
        real.may({ ...all, workspaces: '*' }, permission, what('globex'), dataClass).allowed,
      ).toBe(true);
    },
  );
});

it('what is asked fits the schema strictly, for 500 drawn requests', () => {
  const d = draw(5);

  expect(preparseSchema('strict', read('schema')).type).toBe('success');
  expect(preparsePolicySet('strict', { staticPolicies: read('policies') }).type).toBe('success');

  for (let i = 0; i < 500; i++) {
    const request = toCedarRequest(requestOf(d, personOf(d, rolesOf(d))), ['paralegal']);

    const answer = statefulIsAuthorized({
      ...request,
      preparsedPolicySetId: 'strict',
      preparsedSchemaName: 'strict',
      validateRequest: true,
    });

    expect(answer).toMatchObject({ type: 'success', response: { diagnostics: { errors: [] } } });
  }
});

describe('what cannot be decided', () => {
  const anna = person({ roles: Object.keys(BUILT_IN_ROLES), workspaces: '*' });
  const run = thing('Run');

  it.each<[string, unknown]>([
    [
      'a permission about another type of thing',
      { principal: anna, permission: 'run.read', resource: thing('Workspace') },
    ],
    ['a permission there is not', { principal: anna, permission: 'run.delete', resource: run }],
    ['fields without their class', { principal: anna, permission: 'field.read', resource: run }],
    [
      'a class where there are no fields',
      { principal: anna, permission: 'run.read', resource: run, class: 'public' },
    ],
    [
      'a thing of no type',
      { principal: anna, permission: 'run.read', resource: { ...run, type: 'Thing' } },
    ],
    [
      'a thing that does not say where it is',
      { principal: anna, permission: 'run.read', resource: { ...run, workspace: undefined } },
    ],
    [
      'a number for a name',
      { principal: { ...anna, id: 7 }, permission: 'run.read', resource: run },
    ],
    [
      'workspaces that are no list',
      { principal: { ...anna, workspaces: 'acme' }, permission: 'run.read', resource: run },
    ],
    [
      'half a character',
      {
        principal: { ...anna, id: '\ud800' },
        permission: 'person.read',
        resource: { type: 'Person', id: '\ufffd' },
      },
    ],
    ['nothing', undefined],
  ])('is denied and counted: %s', (_, request) => {
    const engine = policies();
    expect(engine.authorize(crooked(request))).toEqual({
      allowed: false,
      policies: [],
      failed: true,
    });
    expect(engine.failures.count).toBe(1);
  });

  it('is denied when a policy fails, even where another one permits', () => {
    const failing =
      '@id("a.fails") @says("Adds up too much.") permit (principal, action, resource) when { 9223372036854775807 + 1 == 0 };';
    const engine = policies(beside(`${read('policies')}\n${failing}`));

    expect(engine.may(person({ roles: ['Team Member'] }), 'run.read', run)).toEqual({
      allowed: false,
      policies: [],
      failed: true,
    });

    expect(engine.failures.count).toBe(1);
  });
});

describe('hostile texts', () => {
  const TEXTS = [
    '"',
    '\\',
    '"; permit (principal, action, resource); //',
    'Role::"Admin"',
    'Admin"',
    '__proto__',
    'constructor',
    '__entity',
    '__extn',
    '*',
    '\u0000',
    '\u202eadmin',
    '\ud83d\ude00',
    'a'.repeat(10_000),
    '',
  ];

  it.each(TEXTS)('give nothing, wherever they stand: %j', (hostile) => {
    const engine = policies();
    const poor = person({ roles: [hostile], attributes: { [hostile]: hostile } });

    for (const [permission, { of }] of ALL) {
      const what = thing(of, {
        attributes: { [hostile]: hostile },
        stage: hostile,
        requester: hostile,
        decidedBy: hostile,
        run: hostile,
        id: hostile,
      });

      const dataClass = permission === 'field.read' ? 'public' : undefined;

      expect([permission, engine.may(poor, permission, what, dataClass).allowed]).toEqual([
        permission,
        false,
      ]);
    }

    const outsider = person({ roles: ROLES, workspaces: [hostile] });
    expect(engine.may(outsider, 'run.read', thing('Run')).allowed).toBe(false);
    expect(engine.failures.count).toBe(0);
  });

  it('do not get around a role’s conditions, nor take away what it grants', () => {
    const engine = policies();

    const lawyer = holder(
      [role('lawyer', { permissions: ['run.read'], where: { department: 'own' } })],
      {
        attributes: { department: 'law' },
      },
    );

    const attributes = JSON.parse(
      '{"__proto__":{"department":"law"},"department":"tax"}',
    ) as Record<string, string>;

    expect(engine.may(lawyer, 'run.read', thing('Run', { attributes })).allowed).toBe(false);

    expect(
      engine.may(
        lawyer,
        'run.read',
        thing('Run', { attributes: Object.create({ department: 'law' }) }),
      ).allowed,
    ).toBe(false);

    expect(
      engine.may(
        lawyer,
        'run.read',
        thing('Run', { attributes: { department: 'law', __entity: 'x' } }),
      ).allowed,
    ).toBe(true);
  });
});
