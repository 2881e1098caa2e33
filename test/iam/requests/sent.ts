import type {
  AttributeValue,
  BatchGetItemCommandInput,
  ExecuteTransactionCommandInput,
  QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { DecryptCommandInput, GenerateDataKeyCommandInput } from '@aws-sdk/client-kms';
import type { InvokeCommandInput } from '@aws-sdk/client-lambda';
import type { GetSecretValueCommandInput } from '@aws-sdk/client-secrets-manager';
import type { SendMessageBatchCommandInput } from '@aws-sdk/client-sqs';
import { parseStatement } from '../../support/aws/dynamodb/statement.ts';
import type { Request } from '../types.ts';
import type { Caller } from './call.ts';
import { batchGetItem, executeTransaction, type PartiQL, query } from './dynamodb.ts';
import { decrypt, generateDataKey, getSecretValue, invokeFunction, onQueue } from './services.ts';

/** A request as a client of the SDK was given it. */
export interface Sent {
  /** As in the client's name: `DynamoDB`, `SecretsManager`. */
  readonly service: string;
  /** As in the command's name: `BatchGetItem`. */
  readonly operation: string;
  readonly input: object;
}

/** Where requests arrive that name a resource without saying where it is. */
export interface Endpoint {
  readonly region: string;
  readonly account: string;
  /** ARN of the secret of a name. Its last characters are drawn when it is made. */
  secret(name: string): string;
}

/**
 * A request of which it is not known what it asks of IAM: another operation, another form, a
 * parameter nobody thought of.
 */
export class UnmappedRequestError extends Error {
  override readonly name = 'UnmappedRequestError';
}

/**
 * What a request asks of IAM. Only the operations and the parameters that were looked up are known;
 * any other may ask for more.
 *
 * @throws {@link UnmappedRequestError}
 */
export function requestsOf(
  caller: Caller,
  endpoint: Endpoint,
  { service, operation, input }: Sent,
): Request[] {
  const name = `${service}.${operation}`;
  const form = FORMS.get(name);
  if (form === undefined)
    throw new UnmappedRequestError(`it is not known what ${name} asks of IAM`);

  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  const strange = given
    .map(([parameter]) => parameter)
    .filter((parameter) => !form.parameters.includes(parameter));
  if (strange.length > 0)
    throw new UnmappedRequestError(
      `it is not known what ${name} asks of IAM with ${strange.join(', ')}`,
    );

  return form.ask(caller, endpoint, input);
}

interface Form {
  readonly parameters: readonly string[];
  ask(caller: Caller, endpoint: Endpoint, input: object): Request[];
}

function form<Input extends object>(
  parameters: readonly (keyof Input & string)[],
  ask: (caller: Caller, endpoint: Endpoint, input: Input) => Request[],
): Form {
  return { parameters, ask: (caller, endpoint, input) => ask(caller, endpoint, input as Input) };
}

const cipher = { Decrypt: decrypt, GenerateDataKey: generateDataKey };

const FORMS: ReadonlyMap<string, Form> = new Map([
  [
    'DynamoDB.ExecuteTransaction',
    form<ExecuteTransactionCommandInput>(
      ['TransactStatements', 'ClientRequestToken'],
      (caller, endpoint, { TransactStatements = [] }) =>
        executeTransaction(
          caller,
          TransactStatements.map(({ Statement = '', Parameters = [] }) =>
            statementOf(endpoint, Statement, Parameters),
          ),
        ),
    ),
  ],
  ['DynamoDB.BatchGetItem', form<BatchGetItemCommandInput>(['RequestItems'], askForItems)],
  [
    'DynamoDB.Query',
    form<QueryCommandInput>(
      [
        'TableName',
        'IndexName',
        'KeyConditionExpression',
        'ExpressionAttributeNames',
        'ExpressionAttributeValues',
        'Limit',
        'ExclusiveStartKey',
        'ScanIndexForward', // in which order asks for nothing more
      ],
      askForPage,
    ),
  ],
  [
    'SQS.SendMessageBatch',
    form<SendMessageBatchCommandInput>(['QueueUrl', 'Entries'], (caller, _, { QueueUrl }) =>
      onQueue(caller, 'SendMessageBatch', queueOf(QueueUrl)),
    ),
  ],
  [
    'KMS.Decrypt',
    form<DecryptCommandInput>(
      ['KeyId', 'CiphertextBlob', 'EncryptionContext'],
      (caller, _, input) => askForKey('Decrypt', caller, input),
    ),
  ],
  [
    'KMS.GenerateDataKey',
    form<GenerateDataKeyCommandInput>(
      ['KeyId', 'KeySpec', 'EncryptionContext'],
      (caller, _, input) => askForKey('GenerateDataKey', caller, input),
    ),
  ],
  [
    'SecretsManager.GetSecretValue',
    form<GetSecretValueCommandInput>(
      ['SecretId', 'VersionStage'],
      (caller, endpoint, { SecretId = '', VersionStage }) =>
        getSecretValue(
          caller,
          isArn(SecretId) ? SecretId : endpoint.secret(SecretId),
          VersionStage,
        ),
    ),
  ],
  [
    'Lambda.Invoke',
    form<InvokeCommandInput>(
      ['FunctionName', 'InvocationType', 'Payload'],
      (caller, endpoint, { FunctionName = '' }) =>
        invokeFunction(
          caller,
          isArn(FunctionName)
            ? FunctionName
            : arnIn(endpoint, 'lambda', `function:${FunctionName}`),
        ),
    ),
  ],
]);

function statementOf(
  endpoint: Endpoint,
  text: string,
  parameters: readonly AttributeValue[],
): PartiQL {
  // the parser takes values as they are on the wire
  const wired = parameters.map((value) =>
    value.B === undefined ? value : { B: Buffer.from(value.B).toString('base64') },
  );
  const { kind, table, key, attributes } = parseStatement(text, wired);

  return {
    kind: kind === 'Exists' ? 'Select' : kind,
    table: tableIn(endpoint, table),
    key: textOf(key.pk),
    attributes,
  };
}

/** Items are asked for whole: no attribute is named, but those of their keys. */
function askForItems(
  caller: Caller,
  endpoint: Endpoint,
  { RequestItems = {} }: BatchGetItemCommandInput,
): Request[] {
  const items = Object.entries(RequestItems).flatMap(
    ([name, { Keys = [], ConsistentRead: _, ...more }]) => {
      if (Object.keys(more).length > 0)
        throw new UnmappedRequestError(
          `it is not known what BatchGetItem asks of IAM with ${Object.keys(more).join(', ')}`,
        );
      return Keys.map(({ pk }) => ({ table: tableIn(endpoint, name), key: textOf(pk) }));
    },
  );
  return batchGetItem(caller, items);
}

const PARTITION = /^(#\w+) = (:\w+)(?: AND (#\w+) <= :\w+)?$/;

function askForPage(caller: Caller, endpoint: Endpoint, input: QueryCommandInput): Request[] {
  const {
    TableName = '',
    IndexName,
    KeyConditionExpression = '',
    ExpressionAttributeNames = {},
    ExpressionAttributeValues = {},
  } = input;

  const [expression, , value = ''] = PARTITION.exec(KeyConditionExpression) ?? [];
  if (expression === undefined)
    throw new UnmappedRequestError(
      `not a condition that names a partition: ${KeyConditionExpression}`,
    );

  const page = {
    table: tableIn(endpoint, TableName),
    key: textOf(ExpressionAttributeValues[value]),
  };

  const attributes = Object.values(ExpressionAttributeNames);

  return query(
    caller,
    IndexName === undefined ? { ...page, attributes } : { ...page, index: IndexName, attributes },
  );
}

function askForKey(
  operation: keyof typeof cipher,
  caller: Caller,
  input: DecryptCommandInput | GenerateDataKeyCommandInput,
): Request[] {
  const { KeyId = '', EncryptionContext = {} } = input;
  // an id or an alias does not say which key it is that policies are asked about
  if (!isArn(KeyId)) throw new UnmappedRequestError(`a key is named by its ARN, not ${KeyId}`);
  return cipher[operation](caller, KeyId, EncryptionContext);
}

function queueOf(url: string | undefined): string {
  const [whole, region, account, name] =
    /^https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com\/(\d{12})\/([\w-]+)$/.exec(url ?? '') ?? [];
  if (whole === undefined) throw new UnmappedRequestError(`not the URL of a queue: ${url}`);
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

const isArn = (name: string) => name.startsWith('arn:');

const arnIn = ({ region, account }: Endpoint, service: string, resource: string) =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

const tableIn = (endpoint: Endpoint, name: string) =>
  isArn(name) ? name : arnIn(endpoint, 'dynamodb', `table/${name}`);

function textOf(value: { readonly S?: string } | object | undefined): string {
  if (value !== undefined && 'S' in value && typeof value.S === 'string') return value.S;
  throw new UnmappedRequestError('a partition key that is no text');
}
