import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Environment } from '../config/environment.ts';
import { EDGE_REGION, Edge } from '../constructs/edge/edge.ts';
import { arnsIn, stackProps } from './stack-props.ts';

/**
 * The edge of an API with a domain. It finds the API through DNS, so it does not depend on other
 * stacks.
 */
export class EdgeStack extends Stack {
  constructor(scope: Construct, id: string, environment: Environment) {
    super(
      scope,
      id,
      stackProps(environment, 'the name people use, behind a firewall', { region: EDGE_REGION }),
    );

    const { target } = new Edge(this, 'Edge', { environment, arns: arnsIn(this, environment) });

    new CfnOutput(this, 'NamePointsTo', {
      value: target,
      description: `DNS: what ${environment.api?.domain?.name} is`,
    });
  }
}
