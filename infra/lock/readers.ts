import { target } from '#shared/engine/index.ts';
import { type DataClass, isSealedClass } from '#shared/kernel/index.ts';
import { arnsNowhere, NOWHERE } from '../naming/placeholders.ts';
import type { AuthorityLock } from './lock.ts';
import { keysReached, matches } from './reach.ts';

const { state } = arnsNowhere(NOWHERE);
const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'PartiQLSelect'].map(
  (action) => `dynamodb:${action}`,
);

/**
 * Returns the functions whose statements allow reading fields of a class. Values of a class are
 * stored together, so access to one value is access to all, regardless of the fields that the code
 * reads.
 */
export function readersOf(
  { functions }: AuthorityLock,
  automation: string,
  dataClass: DataClass,
): string[] {
  const item = target.fields({ automation, workspace: 'w', run: 'r' }, dataClass);
  return Object.entries(functions).flatMap(([name, { statements, opens }]) => {
    const reached = statements.some((statement) =>
      READS.some((action) => matches(keysReached(statement, action, state), item)),
    );
    return reached && (!isSealedClass(dataClass) || opens.includes(dataClass)) ? [name] : [];
  });
}
