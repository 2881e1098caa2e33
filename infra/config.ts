/** One deployment: own keys, secrets, tables and roles. Two environments share nothing, not even a name. */
export interface EnvironmentConfig {
  readonly name: 'dev' | 'staging' | 'prod';
  /** AWS region of everything in it. The account is that of the credentials it is deployed with. */
  readonly region: string;
  /** Days that log lines are kept. They hold ids and codes, never values; evidence is in the trail. */
  readonly logRetentionDays: 7 | 14 | 30 | 60 | 90 | 180 | 365;
  /**
   * Days, 1 to 35, for which the table of wrapped keys can be restored. An erased subject could be brought back that long,
   * so the certificate of an erasure is dated after it.
   */
  readonly keyRecoveryDays: number;
}

/** The environments that `cdk synth` makes stacks for. */
export const ENVIRONMENTS: readonly EnvironmentConfig[] = [
  { name: 'dev', region: 'eu-central-1', logRetentionDays: 30, keyRecoveryDays: 3 },
];

/** A function by its name in the product: `<automation>.<step>`, `<automation>.intake`, `vendor.<name>`. */
export type FunctionName = string;

/**
 * Names of everything in an environment. Stacks find each other's resources by these, so none exports anything and each can
 * be replaced alone. The parts of a function's name hold no `_`, which therefore joins them without doubt.
 */
export function namesOf({ name }: Pick<EnvironmentConfig, 'name'>) {
  const prefix = `writ-${name}`;
  const flat = (fn: FunctionName) => `${prefix}_${fn.replaceAll('.', '_')}`;
  return {
    stack: (what: string) => `${prefix}-${what}`,
    table: (what: 'state' | 'trail' | 'keys') => `${prefix}-${what}`,
    /** Of the Lambda function and of its role. */
    function: (fn: FunctionName) => within(64, 'function', flat(fn)),
    queue: (fn: FunctionName) => within(80, 'queue', flat(fn)),
    scheduleGroup: (automation: string) => within(64, 'schedule group', flat(automation)),
    schedulerRole: (fn: FunctionName) => within(64, 'scheduler role', `${flat(fn)}_call`),
    logGroup: (fn: FunctionName) => `/writ/${name}/${fn}`,
    secret: (fn: FunctionName, secret: string) => `writ/${name}/${fn}/${secret}`,
    /** Roles of functions that write to the trail lie under the second path; the trail takes entries from nowhere else. */
    rolePath: (writer: boolean) => (writer ? `/writ/${name}/writer/` : `/writ/${name}/`),
    /** The policy that bounds every role of the environment. */
    ceiling: `${prefix}-ceiling`,
    dataKeyAlias: `alias/${prefix}-data`,
    /** Parameter that holds the ARN of the data key: the one ARN that no name gives. */
    dataKeyParameter: `/writ/${name}/data-key-arn`,
  };
}

function within(most: number, what: string, name: string): string {
  if (name.length <= most) return name;
  throw new RangeError(
    `${what} name "${name}" has ${name.length} characters; allowed are at most ${most}: shorten the automation or the step`,
  );
}
