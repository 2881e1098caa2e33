import { claimsOf } from '#infra/lock/claims.ts';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { lockText } from '#infra/lock/lock-text.ts';
import { automationChanges } from './automations.ts';
import { type Change, DIRECTIONS, type Part, WEIGHTS } from './change.ts';
import { factChanges, inShort } from './facts.ts';
import { policyChanges } from './policies.ts';
import { statementChanges } from './statements.ts';

/**
 * What is different between two locks, in words, what widens authority first. Every difference is
 * in at least one of the sentences; of two locks that are the same there is none.
 */
export function changesOf(before: AuthorityLock, after: AuthorityLock): Change[] {
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
 * Functions that come to be able to do what no function was, whatever the statements are that let
 * them.
 */
function claimChanges(before: AuthorityLock, after: AuthorityLock): Change[] {
  const was = new Map(claimsOf(before).map(({ says, can }) => [says, can]));
  return claimsOf(after).flatMap(({ says, can }) => {
    const could = was.get(says) ?? [];
    const able = can.filter((about) => !could.includes(about));
    return able.map(
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
    const parts: Part[] = [];

    if (was !== undefined && is !== undefined)
      parts.push(...factChanges(was, is), ...statementChanges(was.statements, is.statements));
    else if (is !== undefined)
      parts.push({ direction: 'wider', weight: 'function', says: ` is new: ${inShort(is)}` });
    else if (was !== undefined)
      parts.push({ direction: 'narrower', weight: 'function', says: ` is gone: ${inShort(was)}` });

    return parts.map((part) => ({ about, ...part }));
  });
}
