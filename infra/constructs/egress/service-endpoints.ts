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
  /**
   * One in each zone. An interface endpoint costs by the hour in each of them, and by what passes
   * it.
   */
  readonly subnetIds: readonly string[];
  /** Security group of those who may use the endpoints. */
  readonly clients: string;
  /** What each endpoint lets through; there is one for each service that is named. */
  readonly policies: EndpointPolicies;
}

/**
 * The only ways out of the isolated network: an endpoint for each AWS service that functions call,
 * and no other.
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
      // EC2 lets a group that is made without a rule reach everything; this rule leads nowhere
      securityGroupEgress: [{ ipProtocol: '-1', cidrIp: '127.0.0.1/32', description: 'Nothing' }],
    });

    const gateway = {
      vpcEndpointType: 'Gateway',
      serviceName: new GatewayVpcEndpointAwsService('dynamodb').name,
      routeTableIds: [routeTableId],
    };

    // the name of a service then leads to its endpoint, so that the AWS SDK needs no setting
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
