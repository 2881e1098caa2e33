import { Fn, Stack } from 'aws-cdk-lib';
import {
  CfnRouteTable,
  CfnSecurityGroup,
  CfnSubnet,
  CfnSubnetRouteTableAssociation,
  CfnVPC,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { EndpointPolicies } from '../../authority/endpoint-policies.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { DnsAllowList } from './dns-allow-list.ts';
import { FlowRecord } from './flow-record.ts';
import { hostNames } from './host-names.ts';
import { ServiceEndpoints } from './service-endpoints.ts';

export interface IsolatedNetworkProps {
  /** Environment with isolated egress and without a network of the estate. */
  readonly environment: Environment;
  readonly arns: Arns;
  /** Policy of each service's endpoint. */
  readonly policies: EndpointPolicies;
}

/**
 * The network of isolated functions. They reach only the endpoints of the services that they call,
 * which admit only roles of the environment to resources of the environment. The network has no
 * internet gateway, no other route and no public address, and the resolver resolves only the names
 * of the endpoints.
 *
 * It consists of plain CloudFormation resources. The CDK's `Vpc` would look up the zones in AWS,
 * and would add a function to remove the rules of the default security group, which is never used.
 */
export class IsolatedNetwork extends Construct {
  /** One subnet in each zone. */
  readonly subnetIds: readonly string[];
  /** Security group of every isolated function. */
  readonly securityGroupId: string;

  /**
   * @throws if the environment's egress is open, if the estate provides the network, or if the
   *   number of zones is not 2 or 3.
   */
  constructor(scope: Construct, id: string, { environment, arns, policies }: IsolatedNetworkProps) {
    super(scope, id);

    const { prefix } = namesOf(environment);
    const tags = [{ key: 'Name', value: prefix }];
    const zones = zonesOf(environment);

    // both are required to resolve the names of interface endpoints
    const vpc = new CfnVPC(this, 'Vpc', {
      cidrBlock: '10.0.0.0/22',
      enableDnsSupport: true,
      enableDnsHostnames: true,
      tags,
    });

    const vpcId = vpc.attrVpcId;
    const { attrRouteTableId: routeTableId } = new CfnRouteTable(this, 'Routes', { vpcId, tags });

    this.subnetIds = Array.from({ length: zones }, (_, zone) => {
      const { attrSubnetId: subnetId } = new CfnSubnet(this, `Subnet${zone}`, {
        vpcId,
        availabilityZone: Fn.select(zone, Fn.getAzs()),
        // functions with the same security group share network interfaces, so few addresses suffice
        cidrBlock: `10.0.${zone}.0/24`,
        mapPublicIpOnLaunch: false,
        tags,
      });

      new CfnSubnetRouteTableAssociation(this, `Routes${zone}`, { subnetId, routeTableId });
      return subnetId;
    });

    this.securityGroupId = new CfnSecurityGroup(this, 'Functions', {
      vpcId,
      groupDescription: 'Functions inside: HTTPS out, nothing in',
      // DynamoDB's addresses are public, and only AWS knows the id of their prefix list. No other
      // public address has a route
      securityGroupEgress: [
        {
          ipProtocol: 'tcp',
          fromPort: 443,
          toPort: 443,
          cidrIp: '0.0.0.0/0',
          description: 'HTTPS to endpoints',
        },
      ],
    }).attrGroupId;

    new ServiceEndpoints(this, 'Endpoints', {
      vpcId,
      routeTableId,
      subnetIds: this.subnetIds,
      clients: this.securityGroupId,
      policies,
    });

    const { region, urlSuffix } = Stack.of(this);

    new DnsAllowList(this, 'Dns', {
      vpcId,
      prefix,
      hostNames: hostNames(Object.keys(policies), { region, urlSuffix }),
    });

    new FlowRecord(this, 'Record', { environment, arns, vpcId });
  }
}

function zonesOf({ id, egress }: Environment): number {
  if (egress.mode === 'open')
    throw new Error(`the egress of ${id} is open; only an isolated one has a network`);
  if (egress.network !== undefined)
    throw new Error(`${id} brings a network of its own: ${egress.network.subnetIds.join(', ')}`);

  const { zones = 2 } = egress;
  if (![2, 3].includes(zones))
    throw new RangeError(`the network of ${id} must lie in 2 or 3 zones, got ${zones}`);

  return zones;
}
