import type { Clause, Expr, PolicyJson } from '@cedar-policy/cedar-wasm/web';
import type { Permission } from '../permissions.ts';
import type { RoleBody, RoleGrant } from '../role.ts';

/**
 * A custom role that `checkRole` let pass, as policies of Cedar: one for each grant,
 * `role.<name>.<number from 1>`. They are built as data, never as text, so nothing that stands in a
 * role can be read as a part of a policy.
 */
export function policiesOf(role: RoleBody): (readonly [id: string, policy: PolicyJson])[] {
  return role.grants.map((grant, i) => [`role.${role.name}.${i + 1}`, policyOf(role.name, grant)]);
}

function policyOf(role: string, grant: RoleGrant): PolicyJson {
  const { permissions, automations, stages, classes, where = {} } = grant;

  const conditions = [
    automations && oneOf(attribute('resource', 'automation'), automations),
    stages && oneOf(attribute('resource', 'stage'), stages),
    classes && ifAsked('field.read', oneOf(attribute('context', 'class'), classes)),
    // A gate names who decides: a role decides where it is the one named.
    permissions.includes('gate.decide') &&
      ifAsked('gate.decide', equal(attribute('resource', 'decidedBy'), { Value: role })),
    ...Object.entries(where).map(([name, values]) =>
      values === 'own' ? sameTag(name) : tagIn(name, values),
    ),
  ].filter((condition): condition is Expr => Boolean(condition));

  return {
    effect: 'permit',
    principal: { op: 'in', entity: { type: 'Role', id: role } },
    action: { op: 'in', entities: permissions.map((id) => ({ type: 'Action', id })) },
    resource: { op: 'All' },
    conditions: conditions.map((body): Clause => ({ kind: 'when', body })),
  };
}

type Side = 'principal' | 'resource';

const attribute = (of: Side | 'context', attr: string): Expr => ({
  '.': { left: { Var: of }, attr },
});
const equal = (left: Expr, right: Expr): Expr => ({ '==': { left, right } });
const both = (left: Expr, right: Expr): Expr => ({ '&&': { left, right } });
const oneOf = (value: Expr, values: readonly string[]): Expr => ({
  contains: { left: { Set: values.map((Value) => ({ Value })) }, right: value },
});

const hasTag = (of: Side, name: string): Expr => ({
  hasTag: { left: { Var: of }, right: { Value: name } },
});
const tag = (of: Side, name: string): Expr => ({
  getTag: { left: { Var: of }, right: { Value: name } },
});
const tagIn = (name: string, values: readonly string[]) =>
  both(hasTag('resource', name), oneOf(tag('resource', name), values));
const sameTag = (name: string) =>
  both(
    both(hasTag('principal', name), hasTag('resource', name)),
    equal(tag('principal', name), tag('resource', name)),
  );

/**
 * A condition that only one of the permissions of a grant has; others do not have what it asks
 * about.
 */
const ifAsked = (permission: Permission, condition: Expr): Expr => ({
  '||': {
    left: {
      '!=': {
        left: { Var: 'action' },
        right: { Value: { __entity: { type: 'Action', id: permission } } },
      },
    },
    right: condition,
  },
});
