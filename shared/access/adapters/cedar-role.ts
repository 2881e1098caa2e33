import type { Clause, Expr, PolicyJson } from '@cedar-policy/cedar-wasm/web';
import type { Permission } from '../permissions.ts';
import type { RoleBody, RoleGrant } from '../role.ts';

/**
 * Returns the policies of a custom role that `checkRole` accepted, one for each grant, with the id
 * `role.<name>.<number from 1>`. The policies are built as data, never as text, so that Cedar
 * cannot read a value of a role as a part of a policy.
 */
export function policiesOf(role: RoleBody): (readonly [id: string, policy: PolicyJson])[] {
  return role.grants.map((grant, i) => [`role.${role.name}.${i + 1}`, policyOf(role.name, grant)]);
}

function policyOf(role: string, grant: RoleGrant): PolicyJson {
  const { permissions, automations, stages, classes, where = {} } = grant;

  const conditions = [
    automations && oneOf(attribute('resource', 'automation'), automations),
    stages && oneOf(attribute('resource', 'stage'), stages),
    classes && onlyFor('field.read', oneOf(attribute('context', 'class'), classes)),
    // a role decides only at gates that name it
    permissions.includes('gate.decide') &&
      onlyFor('gate.decide', equal(attribute('resource', 'decidedBy'), { Value: role })),
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
 * Restricts a condition to one permission of a grant, because its attribute does not exist for
 * other permissions.
 */
const onlyFor = (permission: Permission, condition: Expr): Expr => ({
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
