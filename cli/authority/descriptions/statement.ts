import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { arnsNowhere, NOWHERE } from '#infra/naming/placeholders.ts';
import { STORED } from '#shared/ledger/tables.ts';
import { Conditions } from './conditions.ts';
import { joinItems } from './join-items.ts';
import { describeKeys, describeKeysOfAny } from './keys.ts';
import { describeResource } from './resources.ts';

/**
 * Describes a statement as a sentence without its subject: `reads runs of refund`, `refuses
 * sqs:PurgeQueue to everybody`. The sentence covers the whole statement: parts without a
 * description appear literally.
 *
 * @param about - Function or resource whose role or policy has the statement. Its name is shortened
 *   or left out in the sentence.
 */
export function describeStatement(statement: LockedStatement, about?: string): string {
  const conditions = new Conditions(statement);
  const sentence =
    statement.Principal === undefined
      ? describeRoleStatement(statement, conditions, about)
      : describeResourceStatement(statement, conditions, about);
  return sentence + conditions.rest;
}

/** Verbs for allowed actions. All other actions are named literally. */
const VERBS: Readonly<Record<string, string>> = {
  'dynamodb:BatchGetItem': 'reads',
  'dynamodb:GetItem': 'reads',
  'dynamodb:Query': 'finds',
  'dynamodb:PartiQLInsert': 'inserts',
  'dynamodb:PartiQLUpdate': 'replaces',
  'dynamodb:PartiQLDelete': 'removes',
  'dynamodb:PartiQLSelect': 'relies on',
  'kms:Decrypt': 'unwraps',
  'kms:GenerateDataKey': 'has made',
  'lambda:InvokeFunction': 'calls',
  'logs:CreateLogStream': 'writes',
  'logs:PutLogEvents': 'writes',
  'secretsmanager:GetSecretValue': 'reads',
  'sqs:SendMessage': 'sends to',
  'sqs:DeleteMessage': 'takes from',
  'sqs:GetQueueAttributes': 'takes from',
  'sqs:ReceiveMessage': 'takes from',
};

function describeRoleStatement(
  statement: LockedStatement,
  conditions: Conditions,
  about: string | undefined,
): string {
  const { Effect, Action, Resource = ['*'] } = statement;
  const deniedKeys =
    Effect === 'Deny' ? conditions.take('ForAnyValue:StringLike dynamodb:LeadingKeys') : undefined;
  if (deniedKeys !== undefined) {
    const items = deniedKeys.map((pattern) => describeKeysOfAny(pattern, Resource, about));
    const tables = Resource.map((arn) => describeResource(arn, about));
    return `denied ${actionsOf(statement)} on ${joinItems(tables)}: ${joinItems(items)}`;
  }

  const items =
    itemsOf(statement, conditions, about) ??
    keysOf(statement, conditions) ??
    Resource.map((arn) => describeResource(arn, about));
  if (Effect === 'Deny') {
    const except = conditions.take('ArnNotEquals aws:PrincipalArn') ?? [];
    const but =
      except.length === 0
        ? ''
        : `, but for ${joinItems(except.map((arn) => describeResource(arn)))}`;
    return `denied ${actionsOf(statement)} on ${joinItems(items)}${but}`;
  }

  const verbs = new Set(Action?.map((action) => VERBS[action] ?? action));
  const [verb = ''] = verbs;
  // names of actions contain a colon; verbs do not
  if (verbs.size !== 1 || verb.includes(':'))
    return `may ${actionsOf(statement)} on ${joinItems(items)}${byLambda(conditions)}`;

  return `${verb} ${joinItems(items)}${describeWrite(statement, conditions)}${byLambda(conditions)}`;
}

function describeResourceStatement(
  statement: LockedStatement,
  conditions: Conditions,
  about: string | undefined,
): string {
  const { Effect, Principal = {}, Resource = ['*'] } = statement;
  const names = (of: readonly string[]) =>
    joinItems(of.map((name) => (name === '*' ? 'everybody' : describeResource(name))).sort());
  const except =
    conditions.take('ArnNotEquals aws:PrincipalArn') ??
    conditions.take('ArnNotLike aws:PrincipalArn');
  const only =
    conditions.take('ArnEquals aws:PrincipalArn') ?? conditions.take('ArnLike aws:PrincipalArn');
  const resources = Resource.map((arn) => describeResource(arn));
  const on =
    Resource.join() === '*' || resources.join() === `the ${about}`
      ? ''
      : ` on ${joinItems(resources)}`;

  const anybody = names(Object.values(Principal).flat());
  const who =
    only === undefined
      ? anybody
      : `${names(only)}${anybody === 'everybody' ? '' : ` of ${anybody}`}`;

  const but = except === undefined ? '' : ` but ${names(except)}`;

  return `${Effect === 'Deny' ? 'refuses' : 'allows'} ${actionsOf(statement)}${on} to ${who}${but}`;
}

const actionsOf = ({ Action, NotAction = [] }: LockedStatement) =>
  Action?.join(', ') ?? `everything but ${NotAction.join(', ')}`;

/** Describes the items of one table or index. Undefined if no condition restricts their keys. */
function itemsOf(
  { Resource = [] }: LockedStatement,
  conditions: Conditions,
  about: string | undefined,
): string[] | undefined {
  const [table, ...more] = Resource;
  if (table === undefined || more.length > 0) return undefined;

  const patterns = conditions.take('ForAllValues:StringLike dynamodb:LeadingKeys', {
    'Null dynamodb:LeadingKeys': 'false',
  });

  return patterns?.map((pattern) => describeKeys(pattern, table, about));
}

/** Describes the keys wrapped by the data key: keys of data classes or of purposes. */
function keysOf({ Resource = [] }: LockedStatement, conditions: Conditions): string[] | undefined {
  if (Resource.join() !== arnsNowhere(NOWHERE).dataKey) return undefined;

  for (const what of ['class', 'purpose']) {
    const names = conditions.take(`StringEquals kms:EncryptionContext:${what}`, {
      'ForAllValues:StringEquals kms:EncryptionContextKeys': [what, 'workspace'].sort().join(),
      'Null kms:EncryptionContext:workspace': 'false',
      'Null kms:EncryptionContextKeys': 'false',
    });
    if (names === undefined) continue;

    const [workspace] = conditions.take('StringEquals kms:EncryptionContext:workspace') ?? [];
    const [excluded] = conditions.take('StringNotEquals kms:EncryptionContext:workspace') ?? [];

    const scope =
      workspace === undefined
        ? excluded === undefined
          ? ''
          : `, but none of ${excluded}`
        : `, of ${workspace} alone`;

    return [`workspace keys of ${what} ${names.join(', ')}${scope}`];
  }

  return ['anything encrypted under the data key'];
}

/**
 * Describes the parts of a write that are unusual. Usually, the platform writes only within
 * transactions, and only attributes of documents.
 */
function describeWrite({ Action = [] }: LockedStatement, conditions: Conditions): string {
  if (!Action.some((action) => action.startsWith('dynamodb:PartiQL'))) return '';

  const enclosed = conditions.takeExact(
    'StringEquals dynamodb:EnclosingOperation',
    'ExecuteTransaction',
  );

  const attributes = conditions.take('ForAllValues:StringEquals dynamodb:Attributes', {
    'Null dynamodb:Attributes': 'false',
  });
  const setsAttributes = Action.some((action) => /Insert$|Update$/.test(action));

  return `${setsAttributes ? describeAttributes(attributes) : ''}${enclosed ? '' : ' (also outside of a transaction)'}`;
}

function describeAttributes(attributes: readonly string[] | undefined): string {
  if (attributes === undefined) return ' (any attribute)';
  const more = attributes.filter((name) => !STORED.some((stored) => stored === name));
  if (!attributes.includes('body')) return ` (only ${more.join(', ')})`;
  return more.length === 0 ? '' : ` (with ${more.join(', ')})`;
}

const byLambda = (conditions: Conditions) =>
  conditions.takeExact('Null lambda:SourceFunctionArn', 'true')
    ? ' (by Lambda, not by its code)'
    : '';
