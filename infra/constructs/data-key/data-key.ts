import { RemovalPolicy } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { dataKeyPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';

export interface DataKeyProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * The KMS key that wraps the key of each workspace and class. It is rotated every year. It is kept
 * when its stack is deleted, because without it, sealed values cannot be opened.
 */
export class DataKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { environment, arns }: DataKeyProps) {
    super(scope, id);

    const key = new Key(this, 'Key', {
      alias: namesOf(environment).dataKeyAlias,
      description: 'Wraps the key of each workspace and class',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      policy: toPolicy(dataKeyPolicy(arns)),
    });

    this.arn = key.keyArn;
  }
}
