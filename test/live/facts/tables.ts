import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DUE, SWEEP } from '#shared/ledger/tables.ts';
import { ADMINISTRATOR, PAY, TIMERS } from '../roles.ts';
import { entryOf, insertOf, runKey, transaction } from './documents.ts';
import type { Attempt, Fact } from './fact.ts';

/** Facts about the policies of tables, and about indexes. */

export const index: Fact = {
  name: 'index',
  question: 'what is `dynamodb:LeadingKeys` in a query of an index',
  attempts({ names }) {
    const TableName = names.table('state');

    const asks = (
      does: string,
      expected: 'done' | 'denied',
      by: { index?: string; partition: string },
      key: string,
    ): Attempt => ({
      by: TIMERS,
      does,
      expected,
      act: ({ dynamodb }) =>
        dynamodb.send(
          new QueryCommand({
            TableName,
            ...(by.index === undefined ? {} : { IndexName: by.index }),
            KeyConditionExpression: '#key = :key',
            ExpressionAttributeNames: { '#key': by.partition },
            ExpressionAttributeValues: { ':key': { S: key } },
          }),
        ),
    });

    return [
      asks(
        'asks the index of timers for its own automation',
        'done',
        DUE,
        'due#invoice-approval#0',
      ),
      asks('asks it for another automation', 'denied', DUE, 'due#payroll#0'),
      asks('asks another index', 'denied', SWEEP, 'sweep#invoice-approval#0'),
      asks('asks the table itself', 'denied', { partition: 'pk' }, runKey('index')),
      {
        by: TIMERS,
        does: 'scans the index',
        expected: 'denied',
        act: ({ dynamodb }) => dynamodb.send(new ScanCommand({ TableName, IndexName: DUE.index })),
      },
    ];
  },
};

export const insertOnly: Fact = {
  name: 'insert-only',
  question: 'can `PartiQLInsert` overwrite nothing, and what is said of what it meets',
  attempts({ names }) {
    const TableName = names.table('trail');
    const entry = entryOf(TableName, PAY, 'insert-only', 1);
    const key = { pk: { S: `${PAY}#insert-only` }, sk: { N: '1' } };

    return [
      {
        by: PAY,
        does: 'appends an entry',
        expected: 'done',
        act: ({ dynamodb }) => transaction(dynamodb, [entry]),
      },
      {
        by: PAY,
        does: 'appends another one at the same number',
        expected: ['refused DuplicateItem', 'refused ValidationError'],
        act: ({ dynamodb }) => transaction(dynamodb, [entry]),
      },
      {
        by: PAY,
        does: 'puts an item over it',
        expected: 'denied',
        act: ({ dynamodb }) => dynamodb.send(new PutItemCommand({ TableName, Item: key })),
      },
    ];
  },
};

export const tablePolicies: Fact = {
  name: 'table-policies',
  question: 'what is `aws:PrincipalArn` of a role with a path, in the policies of tables',
  attempts({ names }) {
    const [state, trail] = [names.table('state'), names.table('trail')];
    const target = runKey('table-policies');
    const reading = (table: string, pk: string) =>
      new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: [{ pk: { S: pk }, sk: { S: 'now' } }] } },
      });

    return [
      {
        by: PAY,
        does: 'reads a run: its role lies under the path that the policy names',
        expected: 'done',
        act: ({ dynamodb }) => dynamodb.send(reading(state, target)),
      },
      {
        by: ADMINISTRATOR,
        does: 'reads a run',
        expected: 'denied',
        act: ({ dynamodb }) => dynamodb.send(reading(state, target)),
      },
      {
        by: ADMINISTRATOR,
        does: 'puts a run',
        expected: 'denied',
        act: ({ dynamodb }) => transaction(dynamodb, [insertOf(state, target)]),
      },
      {
        by: PAY,
        does: 'appends an entry: its role lies under the path of writers',
        expected: 'done',
        act: ({ dynamodb }) => transaction(dynamodb, [entryOf(trail, PAY, 'table-policies', 1)]),
      },
      {
        by: ADMINISTRATOR,
        does: 'appends an entry',
        expected: 'denied',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [entryOf(trail, ADMINISTRATOR, 'table-policies', 1)]),
      },
    ];
  },
};

export const writeOnce: Fact = {
  name: 'write-once',
  question:
    'does the policy of the trail keep an administrator from changing an entry, by every way there is',
  attempts({ names }) {
    const TableName = names.table('trail');
    const Key = { pk: { S: `${PAY}#write-once` }, sk: { N: '1' } };
    const where = { Parameters: [Key.pk, Key.sk] };

    const change: Omit<Attempt, 'by' | 'expected'>[] = [
      {
        does: 'changes it by UPDATE',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [
            { Statement: `UPDATE "${TableName}" REMOVE "body" WHERE "pk"=? AND "sk"=?`, ...where },
          ]),
      },
      {
        does: 'removes it by DELETE',
        act: ({ dynamodb }) =>
          transaction(dynamodb, [
            { Statement: `DELETE FROM "${TableName}" WHERE "pk"=? AND "sk"=?`, ...where },
          ]),
      },
      {
        does: 'puts an item over it',
        act: ({ dynamodb }) => dynamodb.send(new PutItemCommand({ TableName, Item: Key })),
      },
      {
        does: 'updates the item',
        act: ({ dynamodb }) =>
          dynamodb.send(new UpdateItemCommand({ TableName, Key, UpdateExpression: 'REMOVE body' })),
      },
      {
        does: 'deletes the item',
        act: ({ dynamodb }) => dynamodb.send(new DeleteItemCommand({ TableName, Key })),
      },
      {
        does: 'deletes it in a batch',
        act: ({ dynamodb }) =>
          dynamodb.send(
            new BatchWriteItemCommand({
              RequestItems: { [TableName]: [{ DeleteRequest: { Key } }] },
            }),
          ),
      },
      {
        does: 'deletes it in a transaction',
        act: ({ dynamodb }) =>
          dynamodb.send(
            new TransactWriteItemsCommand({ TransactItems: [{ Delete: { TableName, Key } }] }),
          ),
      },
    ];

    return [
      {
        by: PAY,
        does: 'appends an entry',
        expected: 'done',
        act: ({ dynamodb }) => transaction(dynamodb, [entryOf(TableName, PAY, 'write-once', 1)]),
      },
      ...change.map((each): Attempt => ({ by: ADMINISTRATOR, expected: 'denied', ...each })),
      {
        by: PAY,
        does: 'appends it again: it is still there',
        expected: ['refused DuplicateItem', 'refused ValidationError'],
        act: ({ dynamodb }) => transaction(dynamodb, [entryOf(TableName, PAY, 'write-once', 1)]),
      },
    ];
  },
};
