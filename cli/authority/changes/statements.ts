import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { describeCondition } from '../descriptions/conditions.ts';
import { joinItems } from '../descriptions/join-items.ts';
import { describeStatement } from '../descriptions/statement.ts';
import { type ChangeDetail, type Direction, difference, type Weight } from './change.ts';
import { dimensionsOf, OPPOSITE, type Scope } from './dimensions.ts';

/** Lists the changes between the statements of a role or policy. */
export function statementChanges(
  before: readonly LockedStatement[],
  after: readonly LockedStatement[],
): ChangeDetail[] {
  const [was, is] = [statementsByName(before), statementsByName(after)];
  return [...new Set([...is.keys(), ...was.keys()])].flatMap((name) => {
    const [one, other] = [was.get(name), is.get(name)];
    if (one === undefined) return other === undefined ? [] : [addedStatement(name, other)];
    if (other === undefined) return [removedStatement(name, one)];
    return membersOf(one) === membersOf(other)
      ? valueChanges(name, one, other)
      : [removedStatement(name, one), addedStatement(name, other)];
  });
}

/**
 * Returns statements by name: their Sid, or `without a name` if they have none. Repeated names are
 * numbered.
 */
export function statementsByName(
  statements: readonly LockedStatement[],
): Map<string, LockedStatement> {
  const named = new Map<string, LockedStatement>();
  for (const statement of statements) {
    const { Sid = 'without a name' } = statement;
    let name = Sid;
    for (let i = 2; named.has(name); i++) name = `${Sid} (${i})`;
    named.set(name, statement);
  }

  return named;
}

/**
 * Returns a key of the effect, the kinds of principal, and which of `Action`, `NotAction` and
 * `Resource` are present. Only statements with equal keys are compared value by value.
 */
const membersOf = ({ Effect, Principal, Action, NotAction, Resource }: LockedStatement) =>
  [
    Effect,
    ...Object.keys(Principal ?? {}),
    ...[Action, NotAction, Resource].map((list) => list !== undefined),
  ].join();

function addedStatement(name: string, statement: LockedStatement): ChangeDetail {
  const allows = statement.Effect === 'Allow';
  return {
    direction: allows ? 'wider' : 'narrower',
    weight: allows ? 'statement' : 'refusal',
    says: `: new statement ${name}: ${describeStatement(statement)}`,
  };
}

function removedStatement(name: string, statement: LockedStatement): ChangeDetail {
  const allows = statement.Effect === 'Allow';
  return {
    direction: allows ? 'narrower' : 'wider',
    weight: allows ? 'statement' : 'refusal',
    says: `: statement ${name} is gone: ${describeStatement(statement)}`,
  };
}

function valueChanges(
  name: string,
  before: LockedStatement,
  after: LockedStatement,
): ChangeDetail[] {
  const [was, is] = [dimensionsOf(before), dimensionsOf(after)];
  const allows = after.Effect === 'Allow';
  const directions: Readonly<Record<Scope, Direction>> = allows
    ? { more: 'wider', less: 'narrower', unclear: 'wider' }
    : { more: 'narrower', less: 'wider', unclear: 'wider' };
  const toDetail = (scope: Scope, weight: Weight, says: string): ChangeDetail => ({
    direction: directions[scope],
    weight: allows ? weight : 'refusal',
    says: `: statement ${name} ${says}`,
  });

  return [...new Set([...is.keys(), ...was.keys()])].flatMap((key) => {
    const [one, other] = [was.get(key), is.get(key)];
    if (one === undefined)
      return toDetail(
        'less',
        'condition',
        `is bound by a condition now: ${describeCondition(key, other?.values ?? [])}`,
      );

    if (other === undefined)
      return toDetail(
        'more',
        'condition',
        `is no longer bound by a condition: ${describeCondition(key, one.values)}`,
      );

    const { each, weight, verb, describe } = other;
    const [gained, lost] = [
      difference(other.values, one.values).map((value) => describe(value)),
      difference(one.values, other.values).map((value) => describe(value)),
    ];

    const changes: ChangeDetail[] = [];
    if (gained.length > 0)
      changes.push(toDetail(each, weight, `now also ${verb} ${joinItems(gained)}`));
    if (lost.length > 0)
      changes.push(toDetail(OPPOSITE[each], weight, `no longer ${verb} ${joinItems(lost)}`));

    return changes;
  });
}
