import type { Environment } from '../config/environment.ts';
import { type FunctionName, type Named, namesOf } from './names.ts';

/** Location of an environment. In a stack, the account is a token that the deployment resolves. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** ARN of the key that wraps the workspaces' keys. */
  readonly dataKey: string;
  /**
   * ARN of a secret that belongs to one function. AWS appends random characters when the secret is
   * created, so the ARN cannot be derived from the name.
   */
  secret(fn: FunctionName, name: string): string;
}

/**
 * ARNs of an environment's resources. Each is the ARN of one resource, unless documented as a
 * pattern.
 */
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
    /** Dead-letter queue of the function's queue. */
    deadLetters: (fn: FunctionName) => arn('sqs', names.deadLetterQueue(fn)),
    function: (fn: FunctionName) => arn('lambda', `function:${names.function(fn)}`),
    /** Pattern of the log streams of one log group. */
    logStreams: (fn: FunctionName) => arn('logs', `log-group:${names.logGroup(fn)}:*`),
    scheduleGroup: (automation: string) =>
      arn('scheduler', `schedule-group/${names.scheduleGroup(automation)}`),
    alarmTopic: arn('sns', names.alarmTopic),
    /** Pattern of the environment's alarms. */
    alarms: arn('cloudwatch', `alarm:${names.alarm('*')}`),
    /** Pattern of the account's budgets. */
    budgets: `arn:${partition}:budgets::${account}:*`,
    /** Pattern of the account's flow logs in the region. */
    flowLogs: arn('ec2', 'vpc-flow-log/*'),
    role: (fn: FunctionName, writer: boolean) =>
      iam(`role${names.rolePath(writer)}${names.function(fn)}`),
    /** Pattern of every role of the environment, or of every role that may write to the trail. */
    roles: (writer: boolean) => iam(`role${names.rolePath(writer)}*`),
    /** Pattern of the deployment roles. */
    deployRoles: iam(`role/${environment.estate.deployRoles}`),
    /** Pattern of the deployment roles in the account that owns the archive. */
    archiveDeployRoles: `arn:${partition}:iam::${archiveAccount}:role/${environment.estate.deployRoles}`,
    boundary:
      environment.estate.boundaryArn ?? iam(`policy${names.rolePath(false)}${names.boundary}`),
    account,
    root: iam('root'),
    archive: `arn:${partition}:s3:::${names.archive(archiveAccount)}`,
    dataKey: place.dataKey,
    secret: place.secret,
    /** Workspace whose rows the environment stores, or `*` for all workspaces. */
    workspace: environment.cell ?? '*',
  };
}
