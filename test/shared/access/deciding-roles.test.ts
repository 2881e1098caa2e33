import { expect, it } from 'vitest';
import { checkRole } from '#shared/access/index.ts';
import {
  BUILT_IN_ROLES,
  CLEAR_CLASSES,
  DECIDING_ROLES,
  isCustomRoleName,
} from '#shared/kernel/index.ts';
import { person, policies, role, thing } from './people.ts';

const { may } = policies();

it('declarations are checked by what the policies allow: which built-in roles decide, and the classes each reads', () => {
  for (const name of BUILT_IN_ROLES) {
    const who = person({ roles: [name] });
    const decides = may(who, 'gate.decide', thing('Gate', { decidedBy: name })).allowed;
    const reads = CLEAR_CLASSES.filter((one) => may(who, 'field.read', thing('Run'), one).allowed);
    expect([name, DECIDING_ROLES[name]]).toEqual([name, decides ? reads : undefined]);
  }
});

it('who decides may see the gate and everything declarations let it show', () => {
  for (const name of Object.keys(DECIDING_ROLES))
    expect([
      name,
      may(person({ roles: [name] }), 'gate.read', thing('Gate', { decidedBy: name })).allowed,
    ]).toEqual([name, true]);
});

it('names that declarations take for custom roles are those that a custom role can have', () => {
  const names = [
    'bookkeeper',
    'a',
    'team-member',
    'team--member',
    'c-lient',
    'Manager',
    '',
    'toString',
    'constructor',
    'a'.repeat(33),
    'é',
  ];

  for (const name of names) {
    const takes = () => checkRole(role(name, { permissions: ['run.read'] }));
    if (isCustomRoleName(name)) expect(takes).not.toThrow();
    else expect(takes).toThrow(expect.objectContaining({ code: 'role.invalid' }));
  }
});
