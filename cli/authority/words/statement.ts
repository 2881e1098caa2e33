import type { LockedStatement } from '#infra/lock/locked-statement.ts';
import { arnsNowhere, NOWHERE } from '#infra/naming/placeholders.ts';
import { STORED } from '#shared/ledger/tables.ts';
import { Conditions } from './conditions.ts';
import { joined } from './joined.ts';
import { keysInWords, keysInWordsOfAny } from './keys.ts';
import { resourceInWords } from './resources.ts';

/**
 * A statement as a sentence without its subject: `reads runs of refund`, `refuses sqs:PurgeQueue to
 * everybody`. All it holds is said: what there are no words for is said as it stands.
 *
 * @param about - The function whose role it is in, or the resource whose policy; what goes
 *   without saying then is not said.
 */
export function statementInWords(statement: LockedStatement, about?: string): string {
  const conditions = new Conditions(statement);
  const said =
    statement.Principal === undefined
      ? ofRole(statement, conditions, about)
      : ofResource(statement, conditions, about);
  return said + conditions.rest;
}

/**
 * What a function does with an action that it is allowed. An action that is not here is said by its
 * name.
 */
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

function ofRole(
  statement: LockedStatement,
  conditions: Conditions,
  about: string | undefined,
): string {
  const { Effect, Action, Resource = ['*'] } = statement;
  const never =
    Effect === 'Deny' ? conditions.take('ForAnyValue:StringLike dynamodb:LeadingKeys') : undefined;
  if (never !== undefined) {
    const items = never.map((pattern) => keysInWordsOfAny(pattern, Resource, about));
    const places = Resource.map((arn) => resourceInWords(arn, about));
    return `denied ${actionsOf(statement)} on ${joined(places)}: ${joined(items)}`;
  }

  const items =
    itemsOf(statement, conditions, about) ??
    keysOf(statement, conditions) ??
    Resource.map((arn) => resourceInWords(arn, about));
  if (Effect === 'Deny') {
    const except = conditions.take('ArnNotEquals aws:PrincipalArn') ?? [];
    const but =
      except.length === 0 ? '' : `, but for ${joined(except.map((arn) => resourceInWords(arn)))}`;
    return `denied ${actionsOf(statement)} on ${joined(items)}${but}`;
  }

  const verbs = new Set(Action?.map((action) => VERBS[action] ?? action));
  const [verb = ''] = verbs;
  // an action without a verb has a colon in it
  if (verbs.size !== 1 || verb.includes(':'))
    return `may ${actionsOf(statement)} on ${joined(items)}${byLambda(conditions)}`;

  return `${verb} ${joined(items)}${waysOf(statement, conditions)}${byLambda(conditions)}`;
}

function ofResource(
  statement: LockedStatement,
  conditions: Conditions,
  about: string | undefined,
): string {
  const { Effect, Principal = {}, Resource = ['*'] } = statement;
  const names = (of: readonly string[]) =>
    joined(of.map((name) => (name === '*' ? 'everybody' : resourceInWords(name))).sort());
  const except =
    conditions.take('ArnNotEquals aws:PrincipalArn') ??
    conditions.take('ArnNotLike aws:PrincipalArn');
  const only =
    conditions.take('ArnEquals aws:PrincipalArn') ?? conditions.take('ArnLike aws:PrincipalArn');
  const resources = Resource.map((arn) => resourceInWords(arn));
  const on =
    Resource.join() === '*' || resources.join() === `the ${about}`
      ? ''
      : ` on ${joined(resources)}`;

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

/** Items of one table or index, where keys narrow it down. */
function itemsOf(
  { Resource = [] }: LockedStatement,
  conditions: Conditions,
  about: string | undefined,
): string[] | undefined {
  const [place, ...more] = Resource;
  if (place === undefined || more.length > 0) return undefined;

  const patterns = conditions.take('ForAllValues:StringLike dynamodb:LeadingKeys', {
    'Null dynamodb:LeadingKeys': 'false',
  });

  return patterns?.map((pattern) => keysInWords(pattern, place, about));
}

/** Keys that the data key wraps: of classes of data, or of purposes. */
function keysOf({ Resource = [] }: LockedStatement, conditions: Conditions): string[] | undefined {
  if (Resource.join() !== arnsNowhere(NOWHERE).dataKey) return undefined;

  for (const what of ['class', 'purpose']) {
    const names = conditions.take(`StringEquals kms:EncryptionContext:${what}`, {
      'ForAllValues:StringEquals kms:EncryptionContextKeys': [what, 'workspace'].sort().join(),
      'Null kms:EncryptionContext:workspace': 'false',
      'Null kms:EncryptionContextKeys': 'false',
    });
    if (names === undefined) continue;

    const [only] = conditions.take('StringEquals kms:EncryptionContext:workspace') ?? [];
    const [never] = conditions.take('StringNotEquals kms:EncryptionContext:workspace') ?? [];

    const whose =
      only === undefined
        ? never === undefined
          ? ''
          : `, but none of ${never}`
        : `, of ${only} alone`;

    return [`workspace keys of ${what} ${names.join(', ')}${whose}`];
  }

  return ['anything encrypted under the data key'];
}

/**
 * In which way it is written: all writes of ours are within a transaction, and of a document, not
 * of more.
 */
function waysOf({ Action = [] }: LockedStatement, conditions: Conditions): string {
  if (!Action.some((action) => action.startsWith('dynamodb:PartiQL'))) return '';

  const enclosed = conditions.holds(
    'StringEquals dynamodb:EnclosingOperation',
    'ExecuteTransaction',
  );

  const attributes = conditions.take('ForAllValues:StringEquals dynamodb:Attributes', {
    'Null dynamodb:Attributes': 'false',
  });
  const bounded = Action.some((action) => /Insert$|Update$/.test(action));

  return `${bounded ? attributesInWords(attributes) : ''}${enclosed ? '' : ' (also outside of a transaction)'}`;
}

function attributesInWords(attributes: readonly string[] | undefined): string {
  if (attributes === undefined) return ' (any attribute)';
  const more = attributes.filter((name) => !STORED.some((stored) => stored === name));
  if (!attributes.includes('body')) return ` (only ${more.join(', ')})`;
  return more.length === 0 ? '' : ` (with ${more.join(', ')})`;
}

const byLambda = (conditions: Conditions) =>
  conditions.holds('Null lambda:SourceFunctionArn', 'true') ? ' (by Lambda, not by its code)' : '';
