import {
  checkDocument,
  removeDocument,
  unmarkDocument,
} from '#shared/ledger/adapters/dynamodb/statements.ts';
import type { Clients } from '../clients.ts';
import { suiteTables } from '../resources/tables.ts';
import { at, entryOf, insertOf, replaceOf, runKey, transaction } from './documents.ts';
import { type Attempt, type Fact, OPERATOR } from './fact.ts';

/**
 * Facts about DynamoDB that the ledger's adapter relies on. On tables without policies, by the
 * operator.
 */

const does = (
  what: string,
  expected: Attempt['expected'],
  act: (clients: Clients) => Promise<unknown>,
): Attempt => ({
  by: OPERATOR,
  does: what,
  expected,
  act,
});
const removal = (table: string, target: string, rev: number) =>
  removeDocument(
    table,
    { change: { op: 'remove', target, at: at(rev) }, rev: rev + 1, commitment: null },
    at(rev),
  );

export const forms: Fact = {
  name: 'forms',
  question: 'does DynamoDB take every form of statement that the ledger sends',
  attempts(run) {
    const { state, trail } = suiteTables(run);
    const target = runKey('forms');
    const whole = { list: { name: 'runs#live', sort: '1' }, dueAt: 1 };

    return [
      does('INSERTs with every index key, and an entry', 'done', ({ dynamodb }) =>
        transaction(dynamodb, [insertOf(state, target, whole, 1), entryOf(trail, 'forms', 'i', 1)]),
      ),
      does('UPDATEs with four SETs', 'done', ({ dynamodb }) =>
        transaction(dynamodb, [replaceOf(state, target, 1, 2)]),
      ),
      does('UPDATEs with three SETs and a REMOVE', 'done', ({ dynamodb }) =>
        transaction(dynamodb, [replaceOf(state, target, 2)]),
      ),
      does('UPDATEs with a REMOVE alone', 'done', ({ dynamodb }) =>
        transaction(dynamodb, [unmarkDocument(state, target)]),
      ),
      does(
        'asks whether it EXISTS under two conditions, beside an INSERT',
        'done',
        ({ dynamodb }) =>
          transaction(dynamodb, [
            checkDocument(state, target, at(3)),
            entryOf(trail, 'forms', 'i', 2),
          ]),
      ),
      does('UPDATEs what is not there', 'refused ConditionalCheckFailed', ({ dynamodb }) =>
        transaction(dynamodb, [replaceOf(state, runKey('nowhere'), 1)]),
      ),
      does('DELETEs under three conditions', 'done', ({ dynamodb }) =>
        transaction(dynamodb, [removal(state, target, 3)]),
      ),
    ];
  },
};

export const answers: Fact = {
  name: 'answers',
  question: 'does DynamoDB answer what the ledger takes for granted',
  attempts(run) {
    const { state } = suiteTables(run);
    const [target, other] = [runKey('answers'), runKey('answers-token')];
    const token = `live-${run.id}`;
    const twice = ({ dynamodb }: Clients) => transaction(dynamodb, [insertOf(state, other)], token);

    return [
      does('INSERTs', 'done', ({ dynamodb }) => transaction(dynamodb, [insertOf(state, target)])),
      does(
        'INSERTs what is there',
        ['refused DuplicateItem', 'refused ValidationError'],
        ({ dynamodb }) => transaction(dynamodb, [insertOf(state, target)]),
      ),
      does(
        'DELETEs under conditions that do not hold',
        'refused ConditionalCheckFailed',
        ({ dynamodb }) => transaction(dynamodb, [removal(state, target, 7)]),
      ),
      does('DELETEs what is not there', 'done', ({ dynamodb }) =>
        transaction(dynamodb, [removal(state, runKey('nowhere'), 1)]),
      ),
      does('INSERTs under a token', 'done', twice),
      does('repeats it under the token', 'done', twice),
      does(
        'repeats it under another one',
        ['refused DuplicateItem', 'refused ValidationError'],
        ({ dynamodb }) => transaction(dynamodb, [insertOf(state, other)]),
      ),
    ];
  },
};
