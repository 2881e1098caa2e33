import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnResourcePolicy, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ORIGIN_HEADER, ORIGIN_SECRET } from '#functions/wiring/origin-check.ts';
import { originSecretPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';

export interface OriginSecretProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * The value of {@link ORIGIN_HEADER}. Secrets Manager generates it in CloudFront's region and
 * replicates it to the environment's region, where functions read it under the same name.
 *
 * - CloudFormation resolves the value during the deployment, so templates, change sets and outputs
 *   do not contain it. Principals that may read the distribution's configuration
 *   (`cloudfront:GetDistributionConfig`) can still read it.
 * - CloudFormation does not detect a new value. To rotate the secret, put a new value, then deploy
 *   a change to the distribution, such as to its comment. Functions use the new value within a
 *   minute, and refuse requests from edge locations that do not have it yet.
 *
 * The value authenticates CloudFront, not a person. A caller who steals it can bypass the firewall,
 * but still needs a token.
 *
 * @see
 *   https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
 */
export class OriginSecret extends Construct {
  /** Dynamic reference that CloudFormation resolves during the deployment. */
  readonly reference: string;

  constructor(scope: Construct, id: string, { environment, arns }: OriginSecretProps) {
    super(scope, id);

    const { region } = environment;

    const secret = new Secret(this, 'Secret', {
      secretName: namesOf(environment).secret(ORIGIN_SECRET.owner, ORIGIN_SECRET.name),
      description: `Value of the header ${ORIGIN_HEADER}, which CloudFront adds and the functions of the API compare`,
      // only letters and digits, because they are valid in a header
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      // isolated functions and roles of the environment cannot reach other regions. A secret cannot
      // have a replica in its own region
      replicaRegions: region === Stack.of(this).region ? undefined : [{ region }],
      // useless without the distribution, and a retained secret would block its name for a new one
      removalPolicy: RemovalPolicy.DESTROY,
    });

    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'a new value is of use only when CloudFront has it too, which takes a deployment',
    });

    new CfnResourcePolicy(this, 'Policy', {
      secretId: secret.secretArn,
      resourcePolicy: toPolicy(originSecretPolicy(arns)),
    });

    this.reference = secret.secretValue.unsafeUnwrap();
  }
}
