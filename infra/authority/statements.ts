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
  /** Whom it is about; only in the policy of a resource, or of a role that may be taken on. */
  readonly Principal?: { readonly AWS: string } | { readonly Service: string };
  readonly Action?: readonly string[];
  readonly NotAction?: readonly string[];
  /** Left out only where a role says who may take it on. */
  readonly Resource?: readonly string[];
  readonly Condition?: Readonly<
    Record<string, Readonly<Record<string, string | readonly string[]>>>
  >;
}

/** Attributes of a document without marks and index keys: what a replacement may set. */
const PLAIN: readonly string[] = STORED;

/**
 * Access to items by their partition keys.
 *
 * `ForAllValues` holds of a request that names no key at all, so it never stands without `Null`
 * beside it.
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
 * Consistent reads by key. `BatchGetItem` alone, for one item as for many: a run is loaded with its
 * keys in one call over both tables, and one way to read is one action less to grant.
 */
export const read = (sid: string, table: string, keys: readonly string[]) =>
  items(sid, ['dynamodb:BatchGetItem'], table, keys);
/** Pages of an index, by its own partition key. */
export const queryIndex = (sid: string, index: string, keys: readonly string[]) =>
  items(sid, ['dynamodb:Query'], index, keys);

type Write = 'PartiQLInsert' | 'PartiQLUpdate' | 'PartiQLDelete' | 'PartiQLSelect';

/**
 * A write, or a check, that is possible only inside a transaction. `attributes`: the only ones it
 * may name.
 */
function inTransaction(
  sid: string,
  action: Write,
  table: string,
  keys: readonly string[],
  attributes: readonly string[] = [],
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

/** Puts new documents; can overwrite none. `index` names the index keys they may carry. */
export const insert = (
  sid: string,
  table: string,
  keys: readonly string[],
  index: readonly string[] = [],
) => inTransaction(sid, 'PartiQLInsert', table, keys, [...PLAIN, ...index]);
/**
 * Replaces documents that are there; can create none. `marks` names what else of them it may touch.
 */
export const replace = (
  sid: string,
  table: string,
  keys: readonly string[],
  marks: readonly string[] = [],
) => inTransaction(sid, 'PartiQLUpdate', table, keys, [...PLAIN, ...marks]);
/** Touches a mark of documents and nothing else of them. */
export const mark = (sid: string, table: string, keys: readonly string[], name: string) =>
  inTransaction(sid, 'PartiQLUpdate', table, keys, ['pk', 'sk', name]);
export const remove = (sid: string, table: string, keys: readonly string[]) =>
  inTransaction(sid, 'PartiQLDelete', table, keys);
/** Lets a transaction rely on documents as they stand (`EXISTS`). */
export const check = (sid: string, table: string, keys: readonly string[]) =>
  inTransaction(sid, 'PartiQLSelect', table, keys);

/** Entries of the function itself, in its own pages: appended, never anything else. */
export const appendEntries = (arns: Arns, fn: FunctionName) =>
  inTransaction('AppendEntries', 'PartiQLInsert', arns.trail, [`${fn}#*`]);

/** What keys of workspaces are told apart by. */
type KeySort = 'class' | 'purpose';

/**
 * Unwraps workspace keys of some classes (or purposes) and of no others: what opens and seals their
 * values.
 *
 * @param workspace - The only one, or `*`: every one but that of the directory.
 */
export const unwrap = (
  sid: string,
  arns: Arns,
  what: KeySort,
  values: readonly string[],
  workspace: string = arns.workspace,
) => useDataKey(sid, 'kms:Decrypt', arns, what, values, workspace);

/** Has new keys made for workspaces, of some classes (or purposes) and of no others. */
export const makeKeys = (
  sid: string,
  arns: Arns,
  what: KeySort,
  values: readonly string[],
  workspace: string,
) => useDataKey(sid, 'kms:GenerateDataKey', arns, what, values, workspace);

function useDataKey(
  Sid: string,
  action: 'kms:Decrypt' | 'kms:GenerateDataKey',
  arns: Arns,
  what: KeySort,
  values: readonly string[],
  workspace: string,
): Statement {
  const named = { 'kms:EncryptionContext:workspace': workspace === '*' ? PEOPLE : workspace };
  const only = workspace === '*' ? {} : named;

  return {
    Sid,
    Effect: 'Allow',
    Action: [action],
    Resource: [arns.dataKey],
    Condition: {
      StringEquals: { [`kms:EncryptionContext:${what}`]: values, ...only },
      // a function that works in every workspace has no access to the directory's fields
      ...(workspace === '*' ? { StringNotEquals: named } : {}),
      'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['workspace', what] },
      Null: { 'kms:EncryptionContext:workspace': 'false', 'kms:EncryptionContextKeys': 'false' },
    },
  };
}

/** Enters rows into the key table, of these names; can change none. */
export const enterKeys = (sid: string, arns: Arns, rows: readonly string[]) =>
  inTransaction(sid, 'PartiQLInsert', arns.keys, rows);

/**
 * Takes back what the patterns of other statements take in besides what is meant: `*` matches `#`,
 * too.
 *
 * @param actions - On items, by their short names.
 */
export function never(
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
 * Rows of the directory of people: no automation has anything to do with them. In a cell no pattern
 * takes them in.
 */
export function noPeople(arns: Arns): Statement[] {
  const rows = [`key#*#${PEOPLE}`, `key#*#${PEOPLE}#*`, `token#${PEOPLE}#*`];
  return arns.workspace === '*'
    ? [never('NoPeople', ['BatchGetItem', 'PartiQLInsert'], [arns.keys], rows)]
    : [];
}

/** Reads entries of every writer: those of a run by their index, the bytes by key. */
export function readEntries(arns: Arns): Statement[] {
  return [
    // the partition is the id of a run, which says nothing
    queryIndex('FindEntries', `${arns.trail}/index/${RUN.index}`, ['*']),
    read('ReadEntries', arns.trail, ['*']),
  ];
}

/**
 * What a function needs to open values of some classes, and to seal values of some whose keys may
 * not be there yet.
 */
export function dataClasses(
  arns: Arns,
  opens: readonly SealedClass[],
  mints: readonly SealedClass[],
): Statement[] {
  const rows = opens.flatMap((dataClass) =>
    rowAndBelow(workspaceKeyTarget({ workspace: arns.workspace, class: dataClass })),
  );
  // a pattern of subjects' rows alone: keys of workspaces are made where workspaces are
  const minted = mints.map((dataClass) => subjectKeyTarget(arns.workspace, dataClass, '*'));

  return [
    ...some(opens, () => [
      unwrap('UnwrapKeys', arns, 'class', opens),
      read('ReadKeys', arns.keys, rows),
    ]),
    ...some(mints, () => [inTransaction('MintKeys', 'PartiQLInsert', arns.keys, minted)]),
  ];
}

/**
 * Patterns of a workspace's key row and of the rows below it. In a cell the name ends, so the two
 * take one pattern each.
 */
export function rowAndBelow(row: string): string[] {
  return row.endsWith('*') ? [row] : [row, `${row}#*`];
}

/** Rows of the directory that lead from what a subject is known by to its reference. */
export function directory(arns: Arns, subjects: readonly string[]): Statement[] {
  const rows = subjects.map((subject) => `token#${arns.workspace}#${subject}.*`);
  return some(rows, () => [
    read('ReadDirectory', arns.keys, rows),
    inTransaction('EnterSubjects', 'PartiQLInsert', arns.keys, rows),
  ]);
}

/**
 * Lets Lambda hand the messages of some queues to the function. The function's own code cannot take
 * or delete any: only what Lambda does on its behalf carries no source function.
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
 * Lets Lambda attach the function to the environment's network. Its own code cannot touch a network
 * interface.
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
 * Puts messages into the queues of other functions, or back into its own, to be handed out later.
 */
export function send(arns: Arns, to: readonly FunctionName[]): Statement[] {
  return some(to, () => [
    {
      Sid: 'SendMessages',
      Effect: 'Allow',
      Action: ['sqs:SendMessage'],
      Resource: to.map(arns.queue),
    },
  ]);
}

/** Calls functions and waits for what they say. */
export function calls(arns: Arns, fns: readonly FunctionName[]): Statement[] {
  return some(fns, () => [
    {
      Sid: 'CallFunction',
      Effect: 'Allow',
      Action: ['lambda:InvokeFunction'],
      Resource: fns.map(arns.function),
    },
  ]);
}

export function readSecrets(secrets: readonly string[]): Statement[] {
  return some(secrets, () => [
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

/** The log group of the isolated network's traffic, named like that of a function. */
export const FLOWS = 'network.flows';

/** Lets EC2 write down the traffic of the isolated network. */
export function recordFlows(arns: Arns): Statement {
  const Action = ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'];
  return { Sid: 'WriteRecords', Effect: 'Allow', Action, Resource: [arns.logStreams(FLOWS)] };
}

/** IAM refuses an empty list, and a statement over nothing grants nothing: it is left out. */
export function some(of: readonly unknown[], statements: () => readonly Statement[]): Statement[] {
  return of.length === 0 ? [] : [...statements()];
}
