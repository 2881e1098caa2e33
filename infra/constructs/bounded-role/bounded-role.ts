import {
  type CfnRole,
  type IRole,
  ManagedPolicy,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ResourceLimitError } from '../../authority/errors.ts';
import { sizeOf, toPolicy } from '../../authority/policy-document.ts';
import type { Statement } from '../../authority/statements.ts';
import type { Trust } from '../../authority/trust.ts';
import type { Arns } from '../../naming/arns.ts';

export interface BoundedRoleProps {
  readonly arns: Arns;
  readonly roleName: string;
  /** IAM path of the environment's roles or of its writers' roles. */
  readonly path: string;
  readonly description: string;
  /** Service that may assume the role. */
  readonly trust: Trust;
  /** All permissions of the role. At most 10,240 characters. */
  readonly statements: readonly Statement[];
}

/**
 * A role with the environment's boundary and exactly the given statements. It has no managed
 * policies, and grants of other constructs to it have no effect.
 */
export class BoundedRole extends Construct {
  readonly arn: string;
  /** The role, imported so that it ignores grants. */
  readonly role: IRole;

  constructor(
    scope: Construct,
    id: string,
    { arns, trust, statements, ...named }: BoundedRoleProps,
  ) {
    super(scope, id);

    const size = sizeOf(statements);
    if (size > MAX_POLICY)
      throw new ResourceLimitError(
        `the policy of ${named.roleName} comes to ${size} characters, a role takes ${MAX_POLICY}`,
        { size },
      );

    const role = new Role(this, 'Role', {
      ...named,
      // replaced below by the derived trust policy
      assumedBy: new ServicePrincipal(trust.Principal.Service),
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', arns.boundary),
      inlinePolicies: { authority: toPolicy(statements) },
    });

    (role.node.defaultChild as CfnRole).assumeRolePolicyDocument = toPolicy([trust]);
    this.arn = role.roleArn;
    this.role = role.withoutPolicyUpdates();
  }
}

/** Maximum size of a role's inline policies, in characters. */
const MAX_POLICY = 10_240;
