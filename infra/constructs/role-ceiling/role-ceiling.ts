import { Validations } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Arns } from '../../arns.ts';
import { ceiling } from '../../ceiling.ts';
import type { Environment } from '../../environment.ts';
import { namesOf } from '../../names.ts';
import { toPolicy } from '../../policy-document.ts';

export interface RoleCeilingProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/** The permissions boundary of every role of the environment: the closed list of what any function may ever be allowed. */
export class RoleCeiling extends Construct {
  constructor(scope: Construct, id: string, { environment, arns }: RoleCeilingProps) {
    super(scope, id);
    const names = namesOf(environment);
    const policy = new ManagedPolicy(this, 'Policy', {
      managedPolicyName: names.ceiling,
      path: names.rolePath(false),
      description: 'The most that any function of the environment can be allowed',
      document: toPolicy(ceiling(arns, environment)),
    });
    Validations.of(policy).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'a boundary grants nothing: each role names its own resources, and this policy is attached to none',
    });
  }
}
