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
 * The value of {@link ORIGIN_HEADER}: drawn by Secrets Manager where CloudFront is set up, and
 * replicated to the environment's region, where functions read it under the same name.
 *
 * - CloudFormation puts it into the distribution when it deploys, so no template, change set or
 *   output holds it. Whoever may read the distribution's configuration
 *   (`cloudfront:GetDistributionConfig`) sees it all the same.
 * - CloudFormation does not notice a new value. To rotate it: put a new value, then deploy a
 *   change of the distribution, of its comment if of nothing else. Functions take the new value
 *   within a minute, so until CloudFront has it everywhere they refuse what comes through an edge
 *   that has not.
 *
 * It proves a way, not a person: who steals it gets past the firewall, and is asked for a token
 * like everybody.
 *
 * @see
 *   https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
 */
export class OriginSecret extends Construct {
  /** What CloudFormation replaces by the value when it deploys. */
  readonly reference: string;

  constructor(scope: Construct, id: string, { environment, arns }: OriginSecretProps) {
    super(scope, id);

    const { region } = environment;

    const secret = new Secret(this, 'Secret', {
      secretName: namesOf(environment).secret(ORIGIN_SECRET.owner, ORIGIN_SECRET.name),
      description: `Value of the header ${ORIGIN_HEADER}, which CloudFront adds and the functions of the API compare`,
      // letters and digits, as a header takes them
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      // isolated functions reach no other region, and no role of the environment may; a secret has
      // no replica where it is itself
      replicaRegions: region === Stack.of(this).region ? undefined : [{ region }],
      // it is worth nothing without the distribution, and kept it would be in the next one's way
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
