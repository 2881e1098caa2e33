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
  /** The environment's own path, or that of its writers. */
  readonly path: string;
  readonly description: string;
  /** Who may take the role on. */
  readonly trust: Trust;
  /** All that the role may do. At most 10,240 characters. */
  readonly statements: readonly Statement[];
}

/**
 * A role with the environment's boundary and with exactly the statements that are given: no managed
 * policy, and nothing that a construct adds for convenience, because a grant to it changes nothing.
 */
export class BoundedRole extends Construct {
  readonly arn: string;
  /** Refuses every grant. */
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
      // written out below, as it was derived
      assumedBy: new ServicePrincipal(trust.Principal.Service),
      permissionsBoundary: ManagedPolicy.fromManagedPolicyArn(this, 'Boundary', arns.boundary),
      inlinePolicies: { authority: toPolicy(statements) },
    });

    (role.node.defaultChild as CfnRole).assumeRolePolicyDocument = toPolicy([trust]);
    this.arn = role.roleArn;
    this.role = role.withoutPolicyUpdates();
  }
}

/** Characters in the inline policies of a role. */
const MAX_POLICY = 10_240;
