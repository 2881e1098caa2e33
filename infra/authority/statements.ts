import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { PEOPLE } from '#shared/identity/person.ts';
import type { SealedClass } from '#shared/kernel/index.ts';
import { RUN, STORED } from '#shared/ledger/tables.ts';
import type { Arns } from '../naming/arns.ts';
import type { FunctionName } from '../naming/names.ts';

/** A statement of an IAM policy, as JSON. Every list has at least one member. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Principal of a resource policy or of a role's trust policy. Absent elsewhere. */
  readonly Principal?: { readonly AWS: string } | { readonly Service: string };
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  /** Absent only in a role's trust policy. */
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** Attributes that a replacement may set: those of a document without marks and index keys. */
const PLAIN: readonly string[] = STORED;

/**
 * Allows access to items by their partition keys.
 *
 * `ForAllValues` is also true for a request that does not name a key, so the condition always
 * includes `Null`.
 */
function items(
  Sid: string,
  Action: readonly string[],
  table: string,
  keys: readonly string[],
): Statement {
  return {
    Sid,
    Effect: 'Allow',
    Action,
    Resource: [table],
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  };
}

/**
 * Allows consistent reads by key. Functions use `BatchGetItem` even for one item, because a run and
 * its keys are loaded in one call from both tables. No second read action needs to be granted.
 */
export const read = (sid: string, table: string, keys: readonly string[]) =>
  items(sid, ['dynamodb:BatchGetItem'], table, keys);
/** Allows queries of an index by its partition key. */
export const queryIndex = (sid: string, index: string, keys: readonly string[]) =>
  items(sid, ['dynamodb:Query'], index, keys);

/** Items of a table, selected by patterns of their keys. */
interface Items {
  readonly table: string;
  readonly keys: readonly string[];
  readonly attributes?: readonly string[];
}

type Write = 'PartiQLInsert' | 'PartiQLUpdate' | 'PartiQLDelete' | 'PartiQLSelect';

/** Allows a write or a check, only inside a transaction. The request may name only `attributes`. */
function inTransaction(
  sid: string,
  action: Write,
  { table, keys, attributes = [] }: Items,
): Statement {
  const { Condition, ...rest } = items(sid, [`dynamodb:${action}`], table, keys);
  const enclosed = {
    ...Condition,
    StringEquals: { 'dynamodb:EnclosingOperation': 'ExecuteTransaction' },
  };
  if (attributes.length === 0) return { ...rest, Condition: enclosed };

  return {
    ...rest,
    Condition: {
      ...enclosed,
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
      Null: { ...Condition?.Null, 'dynamodb:Attributes': 'false' },
    },
  };
}

/**
 * Allows inserting documents, but not overwriting them. `index` names the index keys that they may
 * have.
 */
export const insert = (
  sid: string,
  table: string,
  keys: readonly string[],
  index: readonly string[] = [],
) => inTransaction(sid, 'PartiQLInsert', { table, keys, attributes: [...PLAIN, ...index] });

/**
 * Allows replacing existing documents, but not creating them. `marks` names additional attributes
 * that the replacement may change.
 */
export const replace = (
  sid: string,
  table: string,
  keys: readonly string[],
  marks: readonly string[] = [],
) => inTransaction(sid, 'PartiQLUpdate', { table, keys, attributes: [...PLAIN, ...marks] });

/** Allows changing one mark of documents, and no other attribute. */
export const mark = (sid: string, table: string, keys: readonly string[], name: string) =>
  inTransaction(sid, 'PartiQLUpdate', { table, keys, attributes: ['pk', 'sk', name] });

export const remove = (sid: string, table: string, keys: readonly string[]) =>
  inTransaction(sid, 'PartiQLDelete', { table, keys });

/** Allows condition checks on documents in a transaction (`EXISTS`). */
export const check = (sid: string, table: string, keys: readonly string[]) =>
  inTransaction(sid, 'PartiQLSelect', { table, keys });

/** Allows appending entries to the function's own pages. */
export const appendEntries = (arns: Arns, fn: FunctionName) =>
  inTransaction('AppendEntries', 'PartiQLInsert', { table: arns.trail, keys: [`${fn}#*`] });

/** Workspace keys, by data class or by purpose. */
interface WorkspaceKeySet {
  readonly kind: 'class' | 'purpose';
  readonly values: readonly string[];
  /** One workspace, or `*` for all workspaces except the directory's. */
  readonly workspace?: string;
}

/** Allows unwrapping workspace keys, which is required to open and to seal values. */
export const unwrap = (sid: string, arns: Arns, keys: WorkspaceKeySet) =>
  useDataKey(sid, 'kms:Decrypt', arns, keys);

/** Allows creating workspace keys. */
export const makeKeys = (sid: string, arns: Arns, keys: WorkspaceKeySet) =>
  useDataKey(sid, 'kms:GenerateDataKey', arns, keys);

function useDataKey(
  Sid: string,
  action: 'kms:Decrypt' | 'kms:GenerateDataKey',
  arns: Arns,
  { kind, values, workspace = arns.workspace }: WorkspaceKeySet,
): Statement {
  const directory = { 'kms:EncryptionContext:workspace': PEOPLE };
  const key = { [`kms:EncryptionContext:${kind}`]: values };

  // a function for all workspaces has no access to fields of the directory
  const scope: NonNullable<Statement['Condition']> =
    workspace === '*'
      ? { StringEquals: key, StringNotEquals: directory }
      : { StringEquals: { ...key, 'kms:EncryptionContext:workspace': workspace } };

  return {
    Sid,
    Effect: 'Allow',
    Action: [action],
    Resource: [arns.dataKey],
    Condition: {
      ...scope,
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['workspace', kind] },
      Null: { 'kms:EncryptionContext:workspace': 'false', 'kms:EncryptionContextKeys': 'false' },
    },
  };
}

/** Allows inserting rows with these names into the key table, but not changing them. */
export const enterKeys = (sid: string, arns: Arns, rows: readonly string[]) =>
  inTransaction(sid, 'PartiQLInsert', { table: arns.keys, keys: rows });

/**
 * Denies access to items that patterns of other statements match unintentionally, because `*` also
 * matches `#`.
 *
 * @param actions - Actions on items, without the `dynamodb:` prefix.
 */
export function denyItems(
  Sid: string,
  actions: readonly ('BatchGetItem' | 'PartiQLInsert')[],
  tables: readonly string[],
  keys: readonly string[],
): Statement {
  const Condition = { 'ForAnyValue:StringLike': { 'dynamodb:LeadingKeys': keys } };
  return {
    Sid,
    Effect: 'Deny',
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: tables,
    Condition,
  };
}

/**
 * Denies access to rows of the directory of people, which automations never use. Returns no
 * statement in a cell, where no pattern matches these rows.
 */
export function noPeople(arns: Arns): Statement[] {
  const rows = [`key#*#${PEOPLE}`, `key#*#${PEOPLE}#*`, `token#${PEOPLE}#*`];
  return arns.workspace === '*'
    ? [denyItems('NoPeople', ['BatchGetItem', 'PartiQLInsert'], [arns.keys], rows)]
    : [];
}

/**
 * Allows reading entries of every writer: finding the entries of a run by index, and reading their
 * bytes by key.
 */
export function readEntries(arns: Arns): Statement[] {
  return [
    // the partition key is a run id, which has no prefix to restrict
    queryIndex('FindEntries', `${arns.trail}/index/${RUN.index}`, ['*']),
    read('ReadEntries', arns.trail, ['*']),
  ];
}

/**
 * Allows opening values of some classes, and sealing values of classes whose keys may not exist
 * yet.
 */
export function dataClasses(
  arns: Arns,
  opens: readonly SealedClass[],
  mints: readonly SealedClass[],
): Statement[] {
  const rows = opens.flatMap((dataClass) =>
    rowAndBelow(workspaceKeyTarget({ workspace: arns.workspace, class: dataClass })),
  );
  // matches only rows of subjects, because keys of a workspace are created with the workspace
  const minted = mints.map((dataClass) => subjectKeyTarget(arns.workspace, dataClass, '*'));

  return [
    ...unlessEmpty(opens, () => [
      unwrap('UnwrapKeys', arns, { kind: 'class', values: opens }),
      read('ReadKeys', arns.keys, rows),
    ]),
    ...unlessEmpty(mints, () => [
      inTransaction('MintKeys', 'PartiQLInsert', { table: arns.keys, keys: minted }),
    ]),
  ];
}

/**
 * Returns the patterns of a workspace's key row and of its subjects' rows. In a cell, the workspace
 * name is complete, so the workspace's row and its subjects' rows need separate patterns.
 */
export function rowAndBelow(row: string): string[] {
  return row.endsWith('*') ? [row] : [row, `${row}#*`];
}

/**
 * Allows reading and inserting directory rows, which map a subject's identifier to its reference.
 */
export function directory(arns: Arns, subjects: readonly string[]): Statement[] {
  const rows = subjects.map((subject) => `token#${arns.workspace}#${subject}.*`);
  return unlessEmpty(rows, () => [
    read('ReadDirectory', arns.keys, rows),
    inTransaction('EnterSubjects', 'PartiQLInsert', { table: arns.keys, keys: rows }),
  ]);
}

/**
 * Allows Lambda to poll queues for the function. The function's own code cannot receive or delete
 * messages, because only calls by Lambda itself lack a source function.
 *
 * Source: AWS Lambda developer guide, "Using source function ARN to control function access
 * behavior".
 */
export function receive(queues: readonly string[]): Statement {
  return {
    Sid: 'ReceiveMessages',
    Effect: 'Allow',
    Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
    Resource: queues,
    Condition: { Null: { 'lambda:SourceFunctionArn': 'true' } },
  };
}

/**
 * Allows Lambda to attach the function to the environment's network. The function's own code cannot
 * change a network interface.
 */
export function joinNetwork(): Statement[] {
  const Action = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];
  return [
    {
      Sid: 'JoinNetwork',
      Effect: 'Allow',
      Action,
      Resource: ['*'],
      Condition: { Null: { 'lambda:SourceFunctionArn': 'true' } },
    },
    {
      Sid: 'NoNetworkByCode',
      Effect: 'Deny',
      Action: ['ec2:*'],
      Resource: ['*'],
      Condition: { Null: { 'lambda:SourceFunctionArn': 'false' } },
    },
  ];
}

/**
 * Allows sending messages to queues of other functions, or to the function's own queue with a
 * delay.
 */
export function send(arns: Arns, to: readonly FunctionName[]): Statement[] {
  return unlessEmpty(to, () => [
    {
      Sid: 'SendMessages',
      Effect: 'Allow',
      Action: ['sqs:SendMessage'],
      Resource: to.map(arns.queue),
    },
  ]);
}

/** Allows synchronous calls of functions. */
export function calls(arns: Arns, fns: readonly FunctionName[]): Statement[] {
  return unlessEmpty(fns, () => [
    {
      Sid: 'CallFunction',
      Effect: 'Allow',
      Action: ['lambda:InvokeFunction'],
      Resource: fns.map(arns.function),
    },
  ]);
}

export function readSecrets(secrets: readonly string[]): Statement[] {
  return unlessEmpty(secrets, () => [
    {
      Sid: 'ReadSecrets',
      Effect: 'Allow',
      Action: ['secretsmanager:GetSecretValue'],
      Resource: secrets,
    },
  ]);
}

export function writeLogLines(arns: Arns, fn: FunctionName): Statement {
  return {
    Sid: 'WriteLogLines',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: [arns.logStreams(fn)],
  };
}

/** Log group of the isolated network's flow logs, named like a function's log group. */
export const FLOWS = 'network.flows';

/** Allows EC2 to publish the flow logs of the isolated network. */
export function recordFlows(arns: Arns): Statement {
  const Action = ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'];
  return { Sid: 'WriteRecords', Effect: 'Allow', Action, Resource: [arns.logStreams(FLOWS)] };
}

/**
 * Returns no statements for an empty list of resources, because IAM rejects a statement without
 * resources.
 */
export function unlessEmpty(
  of: readonly unknown[],
  statements: () => readonly Statement[],
): Statement[] {
  return of.length === 0 ? [] : [...statements()];
}
