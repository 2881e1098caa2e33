import { resourceNames } from '#functions/wiring/names.ts';
import { type Environment, rolePathOf } from '../config/environment.ts';
import { NameTooLongError } from './errors.ts';

/**
 * A function by its name in the product: `<automation>.<step>`, `<automation>.intake`,
 * `vendor.<name>`.
 */
export type FunctionName = string;

/** What names are made from. */
export type Named = Pick<Environment, 'id' | 'estate'>;

/**
 * Things of an environment whose ids are drawn when they are made, so that no name gives them: a
 * parameter holds each.
 */
export type ImportedIds =
  | 'data-key-arn'
  | 'subnet-ids'
  | 'security-group-id'
  | 'code-signing-config-arn';

/**
 * Names of everything in an environment. Stacks find each other's resources by these, so none
 * exports anything and each can be replaced alone. What functions have to find themselves is named
 * by `resourceNames`.
 *
 * The region is in every name, because roles, policies and buckets share one list of names over all
 * regions.
 */
export function namesOf({ id, estate }: Named) {
  const prefix = `${estate.namePrefix}-${id}`;
  const own = resourceNames(prefix);
  const flat = own.function;

  return {
    prefix,
    stack: (what: string) => `${prefix}-${what}`,
    table: own.table,
    /** Of the Lambda function and of its role. */
    function: (fn: FunctionName) => within(64, 'function', own.function(fn)),
    queue: (fn: FunctionName) => within(80, 'queue', own.queue(fn)),
    /** Where messages of the function's queue end that were handed out too often. */
    deadLetterQueue: (fn: FunctionName) => within(80, 'dead-letter queue', `${flat(fn)}_dead`),
    scheduleGroup: (automation: string) => within(64, 'schedule group', flat(automation)),
    schedulerRole: (fn: FunctionName) => within(64, 'scheduler role', `${flat(fn)}_call`),
    logGroup: (fn: FunctionName) => `/${prefix}/${fn}`,
    secret: own.secret,
    /**
     * Roles of functions that write to the trail lie under the second path; the trail takes entries
     * from nowhere else.
     */
    rolePath: (writer: boolean) => `${rolePathOf({ id, estate })}${writer ? 'writer/' : ''}`,
    /** The policy that bounds every role of the environment. */
    boundary: `${prefix}-boundary`,
    dataKeyAlias: `alias/${prefix}-data`,
    parameter: (what: ImportedIds) => `/${prefix}/${what}`,
    /** Buckets share one list of names over all accounts, so the owner's number is part of it. */
    archive: (account: string) => `${prefix}-archive-${account}`,
    alarm: (what: string) => `${prefix}/${what}`,
    alarmTopic: `${prefix}-alarms`,
    /** Role that writes down the traffic of the isolated network. */
    flowRole: `${prefix}-flows`,
  };
}

function within(most: number, what: string, name: string): string {
  if (name.length > most) throw new NameTooLongError(what, name, most);
  return name;
}
