import { Validations } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { boundaryOf } from '../../authority/boundary.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';

export interface RoleBoundaryProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * The permissions boundary of every role of the environment. It is the complete list of actions
 * that functions can ever be allowed.
 */
export class RoleBoundary extends Construct {
  constructor(scope: Construct, id: string, { environment, arns }: RoleBoundaryProps) {
    super(scope, id);

    const names = namesOf(environment);

    const policy = new ManagedPolicy(this, 'Policy', {
      managedPolicyName: names.boundary,
      path: names.rolePath(false),
      description: 'The most that any function of the environment can be allowed',
      document: toPolicy(boundaryOf(arns, environment)),
    });

    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason:
        'a boundary grants nothing: each role names its own resources, and this policy is attached to none',
    });
  }
}
