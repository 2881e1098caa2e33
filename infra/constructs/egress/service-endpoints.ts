import {
  CfnSecurityGroup,
  CfnVPCEndpoint,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { EndpointPolicies } from '../../authority/endpoint-policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';

export interface ServiceEndpointsProps {
  readonly vpcId: string;
  readonly routeTableId: string;
  /** One subnet per zone. Interface endpoints are billed per zone and hour, and by traffic. */
  readonly subnetIds: readonly string[];
  /** Security group whose members may use the endpoints. */
  readonly clients: string;
  /** Endpoint policy of each service. Each service with a policy gets an endpoint. */
  readonly policies: EndpointPolicies;
}

/**
 * The only ways out of the isolated network: one endpoint for each AWS service that functions call.
 */
export class ServiceEndpoints extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { vpcId, routeTableId, subnetIds, clients, policies }: ServiceEndpointsProps,
  ) {
    super(scope, id);

    const group = new CfnSecurityGroup(this, 'Group', {
      vpcId,
      groupDescription: 'Endpoints of AWS services: HTTPS from functions, nothing out',
      securityGroupIngress: [
        {
          ipProtocol: 'tcp',
          fromPort: 443,
          toPort: 443,
          sourceSecurityGroupId: clients,
          description: 'HTTPS from functions',
        },
      ],
      // EC2 allows all egress from a group without rules. This rule does not match any destination
      securityGroupEgress: [{ ipProtocol: '-1', cidrIp: '127.0.0.1/32', description: 'Nothing' }],
    });

    const gateway = {
      vpcEndpointType: 'Gateway',
      serviceName: new GatewayVpcEndpointAwsService('dynamodb').name,
      routeTableIds: [routeTableId],
    };

    // the service's regular name resolves to the endpoint, so the AWS SDK does not need to be
    // configured
    const behindInterface = (service: string) => ({
      vpcEndpointType: 'Interface',
      serviceName: new InterfaceVpcEndpointAwsService(service).name,
      subnetIds: [...subnetIds],
      securityGroupIds: [group.attrGroupId],
      privateDnsEnabled: true,
    });

    for (const [service, statements] of Object.entries(policies)) {
      const way = service === 'dynamodb' ? gateway : behindInterface(service);
      new CfnVPCEndpoint(this, service, { vpcId, ...way, policyDocument: toPolicy(statements) });
    }
  }
}
