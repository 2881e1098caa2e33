import { Duration, Validations } from 'aws-cdk-lib';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { FunctionAuthority } from '../../authority/authority.ts';
import { statementsOfRole } from '../../authority/boundary.ts';
import { ResourceLimitError } from '../../authority/errors.ts';
import { settingsOf } from '../../authority/function-settings.ts';
import { trustOfFunction } from '../../authority/trust.ts';
import type { Bundle } from '../../build/bundles.ts';
import type { Environment } from '../../config/environment.ts';
import { type Arns, arnsOf } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { BoundedRole } from '../bounded-role/bounded-role.ts';
import { importedId, importedIds } from '../parameters.ts';
import { removalPolicy } from '../removal-policy.ts';
import { FunctionAlarms } from '../watch/function-alarms.ts';

export interface GovernedFunctionProps {
  readonly environment: Environment;
  readonly arns: Arns;
  /** Authority of the function. Its role gets exactly these statements. */
  readonly authority: FunctionAuthority;
  /** Bundle of the function. Exports `handler` from `index`. */
  readonly bundle: Bundle;
  /** Timeout of one invocation. Whole seconds, 1 second to 15 minutes. */
  readonly timeout: Duration;
  /**
   * Memory in MiB, 128 to 10,240. CPU is allocated in proportion.
   *
   * @default 256
   */
  readonly memorySize?: number;
}

/**
 * A Lambda function with its own log group, alarms and role. The role has exactly the derived
 * statements, without managed policies or grants of other constructs. With isolated egress, the
 * function runs in the environment's network. With code signing, it accepts only signed code.
 */
export class GovernedFunction extends Construct {
  /** The function. Grants to it have no effect on its role. */
  readonly function: LambdaFunction;

  constructor(scope: Construct, id: string, props: GovernedFunctionProps) {
    super(scope, id);

    const { environment, arns, authority, timeout } = props;
    const names = namesOf(environment);
    const seconds = timeout.toSeconds();
    if (seconds < 1 || seconds > MAX_SECONDS)
      throw new ResourceLimitError(
        `timeout of ${authority.name} must be from 1 to ${MAX_SECONDS} seconds, got ${seconds}`,
        { seconds },
      );

    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: names.logGroup(authority.name),
      retention: environment.logRetentionDays,
      removalPolicy: removalPolicy(environment),
    });

    const { role } = new BoundedRole(this, 'Role', {
      arns,
      roleName: names.function(authority.name),
      path: names.rolePath(authority.writer),
      description: `What ${authority.name} may do, derived from its declaration`,
      trust: trustOfFunction(arns),
      statements: statementsOfRole(authority, arns, environment),
    });

    this.function = new LambdaFunction(this, 'Function', {
      functionName: names.function(authority.name),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      code: this.#code(environment, props.bundle),
      handler: 'index.handler',
      environment: settingsOf(authority, arns, environment),
      role,
      timeout: Duration.seconds(seconds),
      memorySize: props.memorySize ?? 256,
      logGroup,
      // a step that requeues a message looks like a recursive loop to Lambda, which would stop it.
      // The run limits the number of attempts
      recursiveLoop: authority.sendsTo.includes(authority.name) ? RecursiveLoop.ALLOW : undefined,
    });

    new FunctionAlarms(this, 'Alarms', { environment, arns, fn: authority.name });
    this.#confine(environment, authority);
    this.#acknowledge(environment, authority);
  }

  /**
   * Suppresses findings of cdk-nag about wildcards in derived roles, with a reason for each
   * finding.
   */
  #acknowledge(environment: Environment, { name, isolated }: FunctionAuthority): void {
    const { region } = environment;

    const place = {
      partition: 'aws',
      region,
      account: environment.account ?? '<AWS::AccountId>',
      dataKey: '',
      secret: () => '',
    };

    Validations.of(this).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${arnsOf(environment, place).logStreams(name)}]`,
      reason:
        'the streams of one log group, which is the function’s own: Lambda names them as it goes',
    });

    if (environment.egress.mode === 'open' || !isolated) return;

    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'Lambda attaches the function to the network, which AWS allows on all resources only; the function’s code is refused it',
    });

    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Action::ec2:*]',
      reason: 'in a statement that denies',
    });
  }

  /** Returns the local build or, with code signing, the signed bundle in the bucket. */
  #code({ codeSigning }: Environment, { code, sha256 }: Bundle): Code {
    if (codeSigning === undefined) return code;
    const bucket = Bucket.fromBucketName(this, 'Signed', codeSigning.bucket);
    Validations.of(bucket).acknowledge({
      id: 'Annotation::@aws-cdk/aws-lambda:codeFromBucketObjectVersionNotSpecified',
      reason: 'the key is the hash of the bundle, so other code has another key',
    });
    return Code.fromBucketV2(bucket, `${codeSigning.prefix ?? ''}${sha256}.zip`);
  }

  /**
   * Sets ids of the network on the resource itself, because the CDK would look up the network in
   * AWS.
   */
  #confine(environment: Environment, { isolated }: FunctionAuthority): void {
    const resource = this.function.node.defaultChild as CfnFunction;
    const { egress, codeSigning } = environment;

    if (codeSigning !== undefined)
      resource.codeSigningConfigArn = importedId(this, environment, 'code-signing-config-arn');

    if (egress.mode === 'open' || !isolated) return;

    resource.vpcConfig = {
      subnetIds: [...(egress.network?.subnetIds ?? importedIds(this, environment, 'subnet-ids'))],
      securityGroupIds: [
        ...(egress.network?.securityGroupIds ?? [
          importedId(this, environment, 'security-group-id'),
        ]),
      ],
    };
  }
}

const MAX_SECONDS = 900;
