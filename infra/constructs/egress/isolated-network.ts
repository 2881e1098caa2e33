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
  /** One whose egress is isolated, and that brings no network of its own. */
  readonly environment: Environment;
  readonly arns: Arns;
  /** What the endpoint of each service lets through. */
  readonly policies: EndpointPolicies;
}

/**
 * The network in which functions stay inside: what they can reach is the endpoints of the services
 * they call, each of which lets only roles of the environment through, to what is the environment's
 * own. There is no gateway to the internet, no route to anywhere else, no address that is known
 * outside, and a resolver that knows only the names of the endpoints.
 *
 * Its parts are the plain resources of CloudFormation. The construct library's network would ask
 * AWS for the zones, and would bring a function of its own to take the rules from the default
 * security group: nothing is ever put into that group.
 */
export class IsolatedNetwork extends Construct {
  /** One subnet in each zone. */
  readonly subnetIds: readonly string[];
  /** What every function inside belongs to. */
  readonly securityGroupId: string;

  /**
   * @throws when the environment's egress is open, when it brings a network, or when it asks for
   *   other than 2 or 3 zones.
   */
  constructor(scope: Construct, id: string, { environment, arns, policies }: IsolatedNetworkProps) {
    super(scope, id);

    const { prefix } = namesOf(environment);
    const tags = [{ key: 'Name', value: prefix }];
    const zones = zonesOf(environment);

    // an interface endpoint's names are resolved in a network with both
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
        // functions of one security group share their interfaces in a subnet: few addresses suffice
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
      // DynamoDB's addresses are public; the list of them has an id that only AWS could be asked
      // for. Nothing else has a route
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
