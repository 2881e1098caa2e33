import { ExecuteStatementCommand } from '@aws-sdk/client-dynamodb';
import { checkDocument } from '#shared/ledger/adapters/dynamodb/statements.ts';
import { INTAKE, PAY } from '../roles.ts';
import { at, entryOf, insertOf, replaceOf, runKey, transaction } from './documents.ts';
import type { Fact } from './fact.ts';

/** Facts about what the role of a step can do in a transaction. */

export const leadingKeys: Fact = {
  name: 'leading-keys',
  question:
    'are `dynamodb:LeadingKeys` and `Null` judged for each statement of an `ExecuteTransaction`',
  attempts({ names }) {
    const [state, trail] = [names.table('state'), names.table('trail')];
    const run = runKey('leading-keys');
    const start = insertOf(state, run, { list: { name: 'runs#live', sort: '1' } }, 1);
    const own = (n: number) => entryOf(trail, PAY, 'leading-keys', n);

    return [
      {
        by: INTAKE,
        does: 'starts a run, with an entry in its own pages',
        expected: 'done',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [start, entryOf(trail, INTAKE, 'leading-keys', 1)]),
      },
      {
        by: PAY,
        does: 'advances the run, with an entry in its own pages',
        expected: 'done',
        act: ({ dynamodb }) => transaction(dynamodb, [replaceOf(state, run, 1, 2), own(1)]),
      },
      {
        by: PAY,
        does: 'does the same, and among it one entry in the pages of another function',
        expected: 'denied',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [
            replaceOf(state, run, 2, 3),
            entryOf(trail, INTAKE, 'forged', 1),
            own(2),
          ]),
      },
      {
        by: PAY,
        does: 'does the same, and among it the run of another automation',
        expected: 'denied',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [
            replaceOf(state, run, 2, 3),
            replaceOf(state, runKey('x', 'payroll'), 1, 2),
            own(2),
          ]),
      },
      {
        by: PAY,
        does: 'puts an entry in its own pages outside of a transaction',
        expected: 'denied',
        act: ({ dynamodb }) => dynamodb.send(new ExecuteStatementCommand({ ...own(2) })),
      },
      {
        by: PAY,
        does: 'advances the run from where it was left: nothing of what was denied has happened',
        expected: 'done',
        act: ({ dynamodb }) => transaction(dynamodb, [replaceOf(state, run, 2), own(2)]),
      },
    ];
  },
};

export const attributes: Fact = {
  name: 'attributes',
  question: 'does `dynamodb:Attributes` hold for `PartiQLUpdate`',
  attempts({ names }) {
    const [state, trail] = [names.table('state'), names.table('trail')];
    const run = runKey('attributes');
    /** An UPDATE that sets one attribute more than a step may. */
    const setting = (name: string, value: object) => ({
      Statement: `UPDATE "${state}" SET "rev"=? SET "${name}"=? WHERE "pk"=? AND "sk"=?`,
      Parameters: [{ N: '3' }, value as { S: string }, { S: run }, { S: 'now' }],
    });

    const denied = (name: string, value: object) => ({
      by: PAY,
      does: `sets "${name}" of a run, by which an index finds it`,
      expected: 'denied' as const,
      act: ({ dynamodb }: Parameters<ReturnType<Fact['attempts']>[number]['act']>[0]) =>
        transaction(dynamodb, [setting(name, value)]),
    });

    return [
      {
        by: INTAKE,
        does: 'starts a run',
        expected: 'done',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [
            insertOf(state, run, {}, 1),
            entryOf(trail, INTAKE, 'attributes', 1),
          ]),
      },
      {
        by: PAY,
        does: 'replaces it with what it may set',
        expected: 'done',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [
            replaceOf(state, run, 1, 2),
            entryOf(trail, PAY, 'attributes', 1),
          ]),
      },
      denied('listName', { S: 'runs#other' }),
      denied('sweep', { S: 'sweep#payroll#0' }),
      denied('due', { S: 'due#payroll#0' }),
    ];
  },
};

export const exists: Fact = {
  name: 'exists',
  question: 'which action is behind `EXISTS`',
  attempts({ names }) {
    const [state, trail] = [names.table('state'), names.table('trail')];
    const relying = (target: string, n: number) => [
      checkDocument(state, target, at(1)),
      entryOf(trail, PAY, 'exists', n),
    ];

    return [
      {
        by: PAY,
        does: 'relies on a decision that is not there: PartiQLSelect, which it has for decisions',
        expected: 'refused ConditionalCheckFailed',
        act: ({ dynamodb }) =>
          transaction(
            dynamodb,
            relying('decision#invoice-approval#live#exists.approve-payment', 1),
          ),
      },
      {
        by: PAY,
        does: 'relies on a run: PartiQLSelect, which it has not for runs, though it may read and replace them',
        expected: 'denied',
        act: ({ dynamodb }) => transaction(dynamodb, relying(runKey('exists'), 2)),
      },
    ];
  },
};
