import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { conditionInWords } from '../words/conditions.ts';
import { joined } from '../words/joined.ts';
import { statementInWords } from '../words/statement.ts';
import { type Direction, difference, type Part, type Weight } from './change.ts';
import { dimensionsOf, type Effectively, OPPOSITE } from './dimensions.ts';

/** What has changed between the statements of a role or a policy. */
export function statementChanges(
  before: readonly LockedStatement[],
  after: readonly LockedStatement[],
): Part[] {
  const [was, is] = [statementsByName(before), statementsByName(after)];
  return [...new Set([...is.keys(), ...was.keys()])].flatMap((name) => {
    const [one, other] = [was.get(name), is.get(name)];
    if (one === undefined) return other === undefined ? [] : [came(name, other)];
    if (other === undefined) return [went(name, one)];
    return formOf(one) === formOf(other)
      ? within(name, one, other)
      : [went(name, one), came(name, other)];
  });
}

/** Statements by their Sid, and where it is there more than once or not at all, by their number. */
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
 * Which members a statement has. Of statements that differ in this, the parts cannot be compared.
 */
const formOf = ({ Effect, Principal, Action, NotAction, Resource }: LockedStatement) =>
  [
    Effect,
    ...Object.keys(Principal ?? {}),
    ...[Action, NotAction, Resource].map((list) => list !== undefined),
  ].join();

function came(name: string, statement: LockedStatement): Part {
  const allows = statement.Effect === 'Allow';
  return {
    direction: allows ? 'wider' : 'narrower',
    weight: allows ? 'statement' : 'refusal',
    says: `: new statement ${name}: ${statementInWords(statement)}`,
  };
}

function went(name: string, statement: LockedStatement): Part {
  const allows = statement.Effect === 'Allow';
  return {
    direction: allows ? 'narrower' : 'wider',
    weight: allows ? 'statement' : 'refusal',
    says: `: statement ${name} is gone: ${statementInWords(statement)}`,
  };
}

function within(name: string, before: LockedStatement, after: LockedStatement): Part[] {
  const [was, is] = [dimensionsOf(before), dimensionsOf(after)];
  const allows = after.Effect === 'Allow';
  const directions: Readonly<Record<Effectively, Direction>> = allows
    ? { more: 'wider', less: 'narrower', unclear: 'wider' }
    : { more: 'narrower', less: 'wider', unclear: 'wider' };
  const part = (effectively: Effectively, weight: Weight, says: string): Part => ({
    direction: directions[effectively],
    weight: allows ? weight : 'refusal',
    says: `: statement ${name} ${says}`,
  });

  return [...new Set([...is.keys(), ...was.keys()])].flatMap((key) => {
    const [one, other] = [was.get(key), is.get(key)];
    if (one === undefined)
      return part(
        'less',
        'condition',
        `is bound by a condition now: ${conditionInWords(key, other?.values ?? [])}`,
      );

    if (other === undefined)
      return part(
        'more',
        'condition',
        `is no longer bound by a condition: ${conditionInWords(key, one.values)}`,
      );

    const { each, weight, verb, inWords } = other;
    const [gained, lost] = [
      difference(other.values, one.values),
      difference(one.values, other.values),
    ];

    return [
      ...(gained.length === 0
        ? []
        : [
            part(each, weight, `now also ${verb} ${joined(gained.map((value) => inWords(value)))}`),
          ]),
      ...(lost.length === 0
        ? []
        : [
            part(
              OPPOSITE[each],
              weight,
              `no longer ${verb} ${joined(lost.map((value) => inWords(value)))}`,
            ),
          ]),
    ];
  });
}
