import { resourceNames } from '#functions/wiring/names.ts';
import { type Environment, rolePathOf } from '../config/environment.ts';
import { NameTooLongError } from './errors.ts';

/** Name of a function: `<automation>.<step>`, `<automation>.intake`, `vendor.<name>`. */
export type FunctionName = string;

/** Settings from which names are derived. */
export type Named = Pick<Environment, 'id' | 'estate'>;

/**
 * Ids that AWS assigns on creation. They cannot be derived from a name. Each is stored in an SSM
 * parameter.
 */
export type ImportedIds =
  | 'data-key-arn'
  | 'subnet-ids'
  | 'security-group-id'
  | 'code-signing-config-arn';

/**
 * Returns the names of an environment's resources. Stacks find each other's resources by name, so
 * they do not have exports and can be replaced separately. `resourceNames` returns the names that
 * functions need at run time.
 *
 * The region is in every name, because names of roles, policies and buckets are shared by all
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
    /** Name of the Lambda function and of its role. */
    function: (fn: FunctionName) => within(64, 'function', own.function(fn)),
    queue: (fn: FunctionName) => within(80, 'queue', own.queue(fn)),
    /** Dead-letter queue of the function's queue. */
    deadLetterQueue: (fn: FunctionName) => within(80, 'dead-letter queue', `${flat(fn)}_dead`),
    scheduleGroup: (automation: string) => within(64, 'schedule group', flat(automation)),
    schedulerRole: (fn: FunctionName) => within(64, 'scheduler role', `${flat(fn)}_call`),
    logGroup: (fn: FunctionName) => `/${prefix}/${fn}`,
    secret: own.secret,
    /**
     * IAM path of roles. Writers to the trail have their own path, because the trail accepts
     * entries only from roles under that path.
     */
    rolePath: (writer: boolean) => `${rolePathOf({ id, estate })}${writer ? 'writer/' : ''}`,
    /** Permissions boundary of every role of the environment. */
    boundary: `${prefix}-boundary`,
    dataKeyAlias: `alias/${prefix}-data`,
    parameter: (what: ImportedIds) => `/${prefix}/${what}`,
    /** Bucket of the archive. Bucket names are global, so the owner's account id is part of it. */
    archive: (account: string) => `${prefix}-archive-${account}`,
    alarm: (what: string) => `${prefix}/${what}`,
    alarmTopic: `${prefix}-alarms`,
    /** Role that publishes the flow logs of the isolated network. */
    flowRole: `${prefix}-flows`,
  };
}

function within(most: number, what: string, name: string): string {
  if (name.length > most) throw new NameTooLongError(what, name, most);
  return name;
}
