import type { Environment } from '../config/environment.ts';
import { type FunctionName, type Named, namesOf } from './names.ts';

/**
 * Where an environment lies. In a stack the account is a placeholder that the deployment fills in.
 */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** ARN of the key that wraps the workspaces' keys. */
  readonly dataKey: string;
  /**
   * ARN of a secret that belongs to one function. Its last characters are drawn when it is created,
   * so no name gives it.
   */
  secret(fn: FunctionName, name: string): string;
}

/** ARNs of an environment's resources, each of exactly one resource. */
export type Arns = ReturnType<typeof arnsOf>;

export function arnsOf(environment: Named & Pick<Environment, 'cell' | 'archive'>, place: Place) {
  const names = namesOf(environment);
  const { partition, region, account } = place;
  const archiveAccount = environment.archive.account ?? account;
  const arn = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${account}:${resource}`;
  const iam = (resource: string) => `arn:${partition}:iam::${account}:${resource}`;
  const table = (what: 'state' | 'trail' | 'keys') => arn('dynamodb', `table/${names.table(what)}`);

  return {
    state: table('state'),
    trail: table('trail'),
    keys: table('keys'),
    index: (index: string) => `${table('state')}/index/${index}`,
    queue: (fn: FunctionName) => arn('sqs', names.queue(fn)),
    /** Where messages of the function's queue end that were handed out too often. */
    deadLetters: (fn: FunctionName) => arn('sqs', names.deadLetterQueue(fn)),
    function: (fn: FunctionName) => arn('lambda', `function:${names.function(fn)}`),
    /** The streams of one log group: what lines are written to. */
    logStreams: (fn: FunctionName) => arn('logs', `log-group:${names.logGroup(fn)}:*`),
    scheduleGroup: (automation: string) =>
      arn('scheduler', `schedule-group/${names.scheduleGroup(automation)}`),
    alarmTopic: arn('sns', names.alarmTopic),
    /** A pattern over the alarms of the environment. */
    alarms: arn('cloudwatch', `alarm:${names.alarm('*')}`),
    /** A pattern over the budgets of the account. */
    budgets: `arn:${partition}:budgets::${account}:*`,
    /** A pattern over the flow logs of the account in the region. */
    flowLogs: arn('ec2', 'vpc-flow-log/*'),
    role: (fn: FunctionName, writer: boolean) =>
      iam(`role${names.rolePath(writer)}${names.function(fn)}`),
    /** A pattern over every role of the environment, or over those that may write to the trail. */
    roles: (writer: boolean) => iam(`role${names.rolePath(writer)}*`),
    /** A pattern over the roles that deploy. */
    deployRoles: iam(`role/${environment.estate.deployRoles}`),
    /** The same in the account that owns the archive. */
    archiveDeployRoles: `arn:${partition}:iam::${archiveAccount}:role/${environment.estate.deployRoles}`,
    boundary:
      environment.estate.boundaryArn ?? iam(`policy${names.rolePath(false)}${names.boundary}`),
    account,
    root: iam('root'),
    archive: `arn:${partition}:s3:::${names.archive(archiveAccount)}`,
    dataKey: place.dataKey,
    secret: place.secret,
    /** The workspace whose rows the environment holds, or `*` where it holds those of all. */
    workspace: environment.cell ?? '*',
  };
}
