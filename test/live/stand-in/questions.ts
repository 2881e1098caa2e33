import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  batchGetItem,
  batchWriteItem,
  type Caller,
  decrypt,
  deleteItem,
  deleteObject,
  executeStatements,
  executeTransaction,
  generateDataKey,
  getSecretValue,
  onQueue,
  putItem,
  putObject,
  query,
  type Request,
  scan,
  transactWriteItems,
  updateItem,
} from '../../iam/index.ts';
import type { Ground } from '../guards.ts';

type PartiQL = Parameters<typeof executeTransaction>[1][number];
// biome-ignore lint/suspicious/noExplicitAny: inputs of commands, of which each question knows its own
type Input = any;
type Question = (caller: Caller, input: Input, arnOf: ReturnType<typeof arnsIn>) => Request[];

/** What IAM is asked for a command of the SDK: only for commands that the facts send as a role. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  ExecuteTransactionCommand: (caller, input, { table }) =>
    executeTransaction(
      caller,
      input.TransactStatements.map((one: Stated) => partiQL(one, table)),
    ),
  ExecuteStatementCommand: (caller, input, { table }) =>
    executeStatements(caller, [partiQL(input, table)]),
  BatchGetItemCommand: (caller, input, { table }) =>
    batchGetItem(
      caller,
      each(input.RequestItems).flatMap(([name, { Keys }]) =>
        Keys.map((key: Input) => ({ table: table(name), key: key.pk.S })),
      ),
    ),
  BatchWriteItemCommand: (caller, input, { table }) =>
    batchWriteItem(
      caller,
      each(input.RequestItems).flatMap(([name, writes]) =>
        writes.map(({ DeleteRequest }: Input) => ({
          table: table(name),
          key: DeleteRequest.Key.pk.S,
        })),
      ),
    ),
  PutItemCommand: (caller, { TableName, Item }, { table }) =>
    putItem(caller, { table: table(TableName), key: Item.pk.S }),
  UpdateItemCommand: (caller, { TableName, Key }, { table }) =>
    updateItem(caller, { table: table(TableName), key: Key.pk.S }),
  DeleteItemCommand: (caller, { TableName, Key }, { table }) =>
    deleteItem(caller, { table: table(TableName), key: Key.pk.S }),
  TransactWriteItemsCommand: (caller, input, { table }) =>
    transactWriteItems(
      caller,
      input.TransactItems.map(({ Delete: { TableName, Key } }: Input) => ({
        kind: 'Delete',
        table: table(TableName),
        key: Key.pk.S,
      })),
    ),
  QueryCommand: (caller, { TableName, IndexName, ExpressionAttributeValues }, { table }) =>
    query(caller, {
      table: table(TableName),
      index: IndexName,
      key: ExpressionAttributeValues[':key'].S,
    }),
  ScanCommand: (caller, { TableName, IndexName }, { table }) =>
    scan(caller, { table: table(TableName), index: IndexName }),
  DecryptCommand: (caller, { KeyId, EncryptionContext }) =>
    decrypt(caller, KeyId, EncryptionContext),
  GenerateDataKeyCommand: (caller, { KeyId, EncryptionContext }) =>
    generateDataKey(caller, KeyId, EncryptionContext),
  GetSecretValueCommand: (caller, { SecretId, VersionStage }) =>
    getSecretValue(caller, SecretId, VersionStage),
  SendMessageCommand: (caller, { QueueUrl }, { queue }) =>
    onQueue(caller, 'SendMessage', queue(QueueUrl)),
  PurgeQueueCommand: (caller, { QueueUrl }, { queue }) =>
    onQueue(caller, 'PurgeQueue', queue(QueueUrl)),
  SetQueueAttributesCommand: (caller, { QueueUrl }, { queue }) =>
    onQueue(caller, 'SetQueueAttributes', queue(QueueUrl)),
  PutObjectCommand: (caller, { Bucket, Key, IfNoneMatch }) =>
    putObject(
      caller,
      { bucket: Bucket, key: Key },
      IfNoneMatch === undefined ? {} : { ifNoneMatch: IfNoneMatch },
    ),
  DeleteObjectCommand: (caller, { Bucket, Key }) =>
    deleteObject(caller, { bucket: Bucket, key: Key }),
};

/**
 * @throws for a command that nobody has written a question for: what it may do would go unjudged.
 */
export function questionsOf(
  command: string,
  input: unknown,
  caller: Caller,
  ground: Ground,
): Request[] {
  const question = QUESTIONS[command];
  if (question === undefined) throw new Error(`no question to IAM is known for ${command}`);
  return question(caller, input, arnsIn(ground));
}

export function arnsIn({ region, account }: Ground) {
  return {
    table: (name: string) => `arn:aws:dynamodb:${region}:${account}:table/${name}`,
    queue: (url: string) => `arn:aws:sqs:${region}:${account}:${url.split('/').at(-1)}`,
  };
}

interface Stated {
  readonly Statement: string;
  readonly Parameters: readonly AttributeValue[];
}

const KINDS = { INSERT: 'Insert', UPDATE: 'Update', DELETE: 'Delete', EXISTS: 'Select' } as const;

/** Reads of any statement its table, its attributes, and the partition key among its parameters. */
function partiQL(
  { Statement: text, Parameters: parameters }: Stated,
  arnOf: (table: string) => string,
): PartiQL {
  const [, verb = ''] = /^(\w+)/.exec(text) ?? [];
  const [whole = '', table = ''] = /(?:INTO|UPDATE|FROM) "([^"]+)"/.exec(text) ?? [];
  const rest = text.slice(text.indexOf(whole) + whole.length);
  const places = Array.from(rest.matchAll(/["'](\w+)["'](?:=|: )\?/g), ([, name]) => name);
  const attributes = [
    ...new Set(Array.from(rest.matchAll(/["'](\w+)["']/g), ([, name = '']) => name)),
  ];
  const key = parameters[places.indexOf('pk')]?.S;
  if (!(verb in KINDS) || table === '' || key === undefined)
    throw new Error(`not understood: ${text}`);

  return { kind: KINDS[verb as keyof typeof KINDS], table: arnOf(table), key, attributes };
}

const each = (record: Readonly<Record<string, Input>>): [string, Input][] => Object.entries(record);
