import { claimsOf } from '#infra/lock/claims.ts';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { lockText } from '#infra/lock/lock-text.ts';
import { automationChanges } from './automations.ts';
import { type Change, type ChangeDetail, DIRECTIONS, WEIGHTS } from './change.ts';
import { describeFunction, factChanges } from './facts.ts';
import { policyChanges } from './policies.ts';
import { statementChanges } from './statements.ts';

/**
 * Lists the changes between two locks. Changes that widen authority come first. Every difference is
 * covered by at least one change; equal locks have no changes.
 */
export function compareLocks(before: AuthorityLock, after: AuthorityLock): Change[] {
  const ofFunctions = functionChanges(before.functions, after.functions);

  const changes = [
    ...claimChanges(before, after),
    ...automationChanges(before, after, ofFunctions),
    ...ofFunctions,
    ...policyChanges(before, after, 'callers', (name) => `the caller of ${name}`),
    ...policyChanges(before, after, 'everyRole'),
    ...policyChanges(before, after, 'resources'),
  ];
  if (changes.length === 0 && lockText(before) !== lockText(after)) return [REWRITTEN];

  const rank = ({ direction, weight }: Change) =>
    DIRECTIONS.indexOf(direction) * WEIGHTS.length + WEIGHTS.indexOf(weight);

  return changes.sort((one, other) => rank(one) - rank(other));
}

const REWRITTEN: Change = {
  direction: 'same',
  weight: 'rest',
  about: 'the same authority',
  says: ' is written down in another order',
};

/**
 * Lists the functions that gained an ability of {@link claimsOf}, regardless of the statements that
 * grant the ability.
 */
function claimChanges(before: AuthorityLock, after: AuthorityLock): Change[] {
  const was = new Map(claimsOf(before).map(({ says, can }) => [says, can]));
  return claimsOf(after).flatMap(({ says, can }) => {
    const could = was.get(says) ?? [];
    const gained = can.filter((about) => !could.includes(about));
    return gained.map(
      (about): Change => ({ direction: 'wider', weight: 'claim', about, says: ` can now ${says}` }),
    );
  });
}

function functionChanges(
  before: AuthorityLock['functions'],
  after: AuthorityLock['functions'],
): Change[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].flatMap((about) => {
    const [was, is] = [before[about], after[about]];
    const changes: ChangeDetail[] = [];

    if (was !== undefined && is !== undefined)
      changes.push(...factChanges(was, is), ...statementChanges(was.statements, is.statements));
    else if (is !== undefined)
      changes.push({
        direction: 'wider',
        weight: 'function',
        says: ` is new: ${describeFunction(is)}`,
      });
    else if (was !== undefined)
      changes.push({
        direction: 'narrower',
        weight: 'function',
        says: ` is gone: ${describeFunction(was)}`,
      });

    return changes.map((change) => ({ about, ...change }));
  });
}
