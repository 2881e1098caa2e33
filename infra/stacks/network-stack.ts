import { Stack } from 'aws-cdk-lib';
import { StringListParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { Flow } from '#shared/automation/index.ts';
import { authoritiesOf } from '../authority/authority.ts';
import { endpointPolicies } from '../authority/endpoint-policies.ts';
import type { Environment } from '../config/environment.ts';
import { IsolatedNetwork } from '../constructs/egress/isolated-network.ts';
import { importedId, keepImportedIds } from '../constructs/parameters.ts';
import { namesOf } from '../naming/names.ts';
import type { ApiGroup } from './api-stack.ts';
import { arnsIn, stackProps } from './stack-props.ts';

export interface NetworkStackProps {
  readonly environment: Environment;
  /**
   * Automations with isolated functions. The services that the functions call determine the
   * endpoints.
   */
  readonly automations: readonly Flow[];
  /** Groups of the API, whose functions are also isolated. */
  readonly groups: readonly ApiGroup[];
}

/** The isolated network. It exists if egress is isolated and the estate provides no network. */
export class NetworkStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { environment, automations, groups }: NetworkStackProps,
  ) {
    super(scope, id, stackProps(environment, 'isolated network'));

    const names = namesOf(environment);

    const arns = arnsIn(this, environment, {
      dataKey: importedId(this, environment, 'data-key-arn'),
      // the secrets are in other stacks, and AWS appends six random characters to their ARNs
      secret: (fn, name) =>
        this.formatArn({
          service: 'secretsmanager',
          resource: `secret:${names.secret(fn, name)}-??????`,
        }),
    });

    const functions = [
      ...automations.flatMap((flow) => authoritiesOf(flow, arns)),
      ...groups.map(({ authority }) => authority(arns, environment)),
    ];

    const network = new IsolatedNetwork(this, 'Network', {
      environment,
      arns,
      policies: endpointPolicies(arns, functions),
    });

    keepImportedIds(this, environment, 'security-group-id', network.securityGroupId);
    new StringListParameter(this, 'Parameter-subnet-ids', {
      parameterName: names.parameter('subnet-ids'),
      stringListValue: [...network.subnetIds],
    });
  }
}
