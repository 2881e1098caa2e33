import { describe, expect, it } from 'vitest';
import {
  BUILT_IN_ROLES,
  checkAttributes,
  checkRole,
  type RoleBody,
  type RoleGrant,
} from '#shared/access/index.ts';
import { role } from './people.ts';

const refused = (said: string | RegExp) =>
  expect.objectContaining({
    code: 'role.invalid',
    fate: 'refuse',
    message: expect.stringMatching(said),
  });

describe('a custom role', () => {
  const paralegal = role(
    'paralegal',
    {
      permissions: ['run.read', 'field.read'],
      automations: ['contract-review'],
      stages: ['drafting'],
      classes: ['internal'],
    },
    { permissions: ['workspace.read'], where: { department: 'own', tier: ['gold', 'silver'] } },
    { permissions: ['automation.list', 'role.read'] },
  );

  it('is taken as it is when it makes sense', () => {
    expect(checkRole(paralegal)).toEqual(paralegal);
  });

  it.each([
    ...Object.keys(BUILT_IN_ROLES),
    'admin',
    'client',
    'compliance-officer',
    'complianceofficer',
    'team-member',
    'tea-m-member',
    'operator-',
  ])('does not go by the name of a built-in role: %s', (name) => {
    expect(() => checkRole({ ...paralegal, name })).toThrow(
      refused(/built-in role|form role\/1, at "name"/),
    );
  });

  it.each([
    '',
    'Paralegal',
    'para legal',
    '1st',
    '-x',
    'a'.repeat(33),
    'constructor',
    '__proto__',
    'x"',
    'x#y',
    'x.y',
    'x\n',
    'é',
  ])('has a plain name, not %j', (name) => {
    expect(() => checkRole({ ...paralegal, name })).toThrow(refused('form role/1, at "name"'));
  });

  it.each<[string, RoleGrant, string]>([
    ['fields without classes', { permissions: ['field.read'] }, 'field.read without the classes'],
    [
      'classes without fields',
      { permissions: ['run.read'], classes: ['public'] },
      'classes without field.read',
    ],
    [
      'a stage of a workspace',
      { permissions: ['run.read', 'run.list'], stages: ['drafting'] },
      'stages with run.list, which is about a Workspace',
    ],
    [
      'a stage of an automation',
      { permissions: ['run.start'], stages: ['drafting'] },
      'stages with run.start',
    ],
    [
      'an automation of the platform',
      { permissions: ['automation.read'], automations: ['a'] },
      'automations with automation.read',
    ],
    [
      'an automation of a workspace',
      { permissions: ['gate.list'], automations: ['a'] },
      'automations with gate.list',
    ],
    [
      'attributes of the platform',
      { permissions: ['person.list'], where: { tier: 'own' } },
      'attributes with person.list',
    ],
    [
      'attributes of a person',
      { permissions: ['person.read'], where: { tier: 'own' } },
      'attributes with person.read',
    ],
  ])('has no condition that means nothing: %s', (_, grant, said) => {
    expect(() => checkRole(role('clerk', grant))).toThrow(refused(said));
  });

  it('does not both decide at gates and administer, in one grant or in two', () => {
    const said = refused(
      'clerk grants both gate.decide and workspace.create; allowed is one of them',
    );

    expect(() =>
      checkRole(role('clerk', { permissions: ['gate.decide', 'workspace.create'] })),
    ).toThrow(said);
    expect(() =>
      checkRole(
        role('clerk', { permissions: ['workspace.create'] }, { permissions: ['gate.decide'] }),
      ),
    ).toThrow(said);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'paralegal'],
    ['another form', { ...paralegal, v: 'role/2' }],
    ['more than the form has', { ...paralegal, forbids: [] }],
    ['no grants', { ...paralegal, grants: [] }],
    ['a grant of nothing', role('clerk', { permissions: [] })],
    ['a permission there is not', { ...paralegal, grants: [{ permissions: ['run.delete'] }] }],
    ['every permission at once', { ...paralegal, grants: [{ permissions: '*' }] }],
    [
      'a sealed class',
      { ...paralegal, grants: [{ permissions: ['field.read'], classes: ['financial'] }] },
    ],
    [
      'a condition it does not know',
      { ...paralegal, grants: [{ permissions: ['run.read'], unless: {} }] },
    ],
    ['an empty list of stages', role('clerk', { permissions: ['run.read'], stages: [] })],
    [
      'an attribute with a strange name',
      role('clerk', { permissions: ['run.read'], where: { 'a"b': 'own' } }),
    ],
    [
      'an attribute with a strange value',
      role('clerk', { permissions: ['run.read'], where: { tier: ['"'] } }),
    ],
    [
      'a condition under a name that readers pass over',
      JSON.parse(
        '{"v":"role/1","name":"clerk","says":"x","grants":[{"permissions":["run.read"],"where":{"__proto__":["gold"]}}]}',
      ),
    ],
    [
      'too many grants',
      role(
        'clerk',
        ...Array.from({ length: 65 }, (): RoleGrant => ({ permissions: ['run.read'] })),
      ),
    ],
    ['a sentence that shows nothing', { ...paralegal, says: '\u200b\u2060' }],
    ['a sentence too long', { ...paralegal, says: 'x'.repeat(301) }],
  ])('is of the closed form, and not %s', (_, given) => {
    expect(() => checkRole(given)).toThrow(expect.objectContaining({ code: 'role.invalid' }));
  });

  it('is refused without a word of what it holds', () => {
    const secret = { ...paralegal, says: 7, grants: 'canary-7311' } as unknown as RoleBody;
    expect(() => checkRole(secret)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('canary') }),
    );
  });
});

describe('attributes', () => {
  it('are few, with plain names and values', () => {
    const attributes = { tier: 'gold', department: 'Law and Tax', 'cost-centre': '4711.2_b' };
    expect(checkAttributes(attributes)).toEqual(attributes);
    expect(checkAttributes({})).toEqual({});
    expect(
      Object.keys(
        checkAttributes(Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`a${i}`, 'x']))),
      ),
    ).toHaveLength(16);
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', ['gold']],
    ['a text', 'tier=gold'],
    ['17 of them', Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`a${i}`, 'x']))],
    ['a strange name', { 'Tier ': 'gold' }],
    ['a name that is there already', { constructor: 'gold' }],
    ['a name that readers pass over', JSON.parse('{"__proto__":"gold"}')],
    ['an empty value', { tier: '' }],
    ['a value that begins with a space', { tier: ' gold' }],
    ['a long value', { tier: 'x'.repeat(65) }],
    ['a quote', { tier: 'a"b' }],
    ['a line', { tier: 'a\nb' }],
    ['a number', { tier: 1 }],
    ['a list of values', { tier: ['gold'] }],
  ])('are refused, without being repeated: %s', (_, attributes) => {
    expect(() => checkAttributes(attributes)).toThrow(
      expect.objectContaining({
        code: 'attributes.invalid',
        fate: 'refuse',
        message: expect.not.stringContaining('gold'),
      }),
    );
  });
});
