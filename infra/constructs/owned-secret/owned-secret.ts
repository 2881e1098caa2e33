import { Validations } from 'aws-cdk-lib';
import { CfnResourcePolicy, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { secretPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import { type FunctionName, namesOf } from '../../naming/names.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface OwnedSecretProps {
  readonly environment: Environment;
  /** Function that owns the secret. */
  readonly owner: FunctionName;
  /**
   * ARN of the owner's role, the only role that can read the secret. The secret's policy denies all
   * other roles.
   */
  readonly reader: string;
  readonly name: string;
}

/**
 * A secret that one function reads. It is created with a random placeholder; an operator sets and
 * rotates the real value without a deployment.
 */
export class OwnedSecret extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { environment, owner, reader, name }: OwnedSecretProps,
  ) {
    super(scope, id);

    const secret = new Secret(this, 'Secret', {
      secretName: namesOf(environment).secret(owner, name),
      description: `${name} of ${owner}`,
      removalPolicy: removalPolicy(environment),
    });

    this.arn = secret.secretArn;
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'who gave the secret decides how it is rotated; a new value is picked up without a deployment',
    });

    new CfnResourcePolicy(this, 'Policy', {
      secretId: this.arn,
      resourcePolicy: toPolicy(secretPolicy(reader)),
    });
  }
}
