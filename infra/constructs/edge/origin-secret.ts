import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { CfnResourcePolicy, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { Arns } from '../../arns.ts';
import type { Environment } from '../../environment.ts';
import { namesOf } from '../../names.ts';
import { toPolicy } from '../../policy-document.ts';
import type { Statement } from '../../statements.ts';

export interface OriginSecretProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/** The header by which the API's functions can tell that a request came through CloudFront, and so through the firewall. */
export const ORIGIN_HEADER = 'x-writ-origin';

/**
 * The value of {@link ORIGIN_HEADER}: drawn by Secrets Manager where CloudFront is set up, and replicated to the environment's
 * region, where functions read it under the same name.
 *
 * - CloudFormation puts it into the distribution when it deploys, so no template, change set or output holds it. Whoever may read
 *   the distribution's configuration (`cloudfront:GetDistributionConfig`) sees it all the same.
 * - CloudFormation does not notice a new value. To rotate it: put a new value, then deploy a change of the distribution, of its
 *   comment if of nothing else. Until CloudFront has it everywhere, functions have to take the previous version too.
 *
 * It proves a way, not a person: who steals it gets past the firewall, and is asked for a token like everybody.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
 */
export class OriginSecret extends Construct {
  /** What CloudFormation replaces by the value when it deploys. */
  readonly reference: string;

  constructor(scope: Construct, id: string, { environment, arns }: OriginSecretProps) {
    super(scope, id);
    const { region } = environment;
    const secret = new Secret(this, 'Secret', {
      secretName: namesOf(environment).secret('api', 'origin-header'),
      description: `Value of the header ${ORIGIN_HEADER}, which CloudFront adds and the functions of the API compare`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true }, // letters and digits, as a header takes them
      // isolated functions reach no other region, and no role of the environment may; a secret has no replica where it is itself
      ...(region === Stack.of(this).region ? {} : { replicaRegions: [{ region }] }),
      removalPolicy: RemovalPolicy.DESTROY, // it is worth nothing without the distribution, and kept it would be in the next one's way
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'a new value is of use only when CloudFront has it too, which takes a deployment',
    });
    new CfnResourcePolicy(this, 'Policy', { secretId: secret.secretArn, resourcePolicy: toPolicy([onlyOurs(arns)]) });
    this.reference = secret.secretValue.unsafeUnwrap();
  }
}

/** Nobody reads it but who deploys and, if their own policies allow it, functions of the environment. Holds for the replica too. */
const onlyOurs = (arns: Arns): Statement => ({
  Sid: 'OnlyOursRead',
  Effect: 'Deny',
  Principal: { AWS: '*' },
  Action: ['secretsmanager:GetSecretValue'],
  Resource: ['*'], // of a secret's policy: the secret it is on
  Condition: { ArnNotLike: { 'aws:PrincipalArn': [arns.roles(false), arns.deployRoles] } },
});
