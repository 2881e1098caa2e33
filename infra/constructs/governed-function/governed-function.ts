import { Duration, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Arns } from '../../arns.ts';
import type { FunctionAuthority } from '../../authority.ts';
import { type EnvironmentConfig, namesOf } from '../../config.ts';

export interface GovernedFunctionProps {
  readonly environment: EnvironmentConfig;
  readonly arns: Arns;
  /** What the function may do. Its role gets these statements and no others. */
  readonly authority: FunctionAuthority;
  /** The bundle; exports `handler` from `index`. */
  readonly code: Code;
  /** How long one invocation may take: whole seconds, 1 second to 15 minutes. */
  readonly timeout: Duration;
  /**
   * Memory in MiB, 128 to 10,240. The share of a processor grows with it.
   *
   * @default 256
   */
  readonly memorySize?: number;
}

/**
 * A Lambda function with a role of its own, which holds exactly what was derived for it: no managed policy, and no
 * statement that a construct adds for convenience.
 */
export class GovernedFunction extends Construct {
  /** Its role is out of reach: a grant to this function changes nothing. */
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: GovernedFunctionProps) {
    super(scope, id);
    const { environment, arns, authority, timeout } = props;
    const names = namesOf(environment);
    const seconds = timeout.toSeconds();
    if (seconds < 1 || seconds > MAX_SECONDS)
      throw new RangeError(`timeout of ${authority.name} must be from 1 to ${MAX_SECONDS} seconds, got ${seconds}`);
    const logGroup = new LogGroup(this, 'Log', { logGroupName: names.logGroup(authority.name), retention: environment.logRetentionDays });
    const role = new Role(this, 'Role', {
      roleName: names.function(authority.name),
      path: names.rolePath(authority.writer),
      description: `What ${authority.name} may do, derived from its declaration`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(this, 'Ceiling', arns.ceiling),
      inlinePolicies: { authority: toPolicy(authority) },
    });
    this.function = new LambdaFunction(this, 'Function', {
      functionName: names.function(authority.name),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: props.code,
      handler: 'index.handler',
      role: role.withoutPolicyUpdates(),
      timeout: Duration.seconds(seconds),
      memorySize: props.memorySize ?? 256,
      logGroup,
    });
  }
}

const MAX_SECONDS = 900;

/** The statements as they were derived: merged ones could not be compared with the declaration. */
function toPolicy({ statements }: FunctionAuthority): PolicyDocument {
  return new PolicyDocument({ minimize: false, statements: statements.map((statement) => PolicyStatement.fromJson(statement)) });
}
