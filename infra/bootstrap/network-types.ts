import type { Environment } from '../config/environment.ts';
import { type Calls, of, type ResourceType, type ResourceTypes } from './resource-type.ts';

/** Returns whether the environment creates its own network. */
export const ownNetwork = ({ egress }: Pick<Environment, 'egress'>) =>
  egress.mode === 'isolated' && egress.network === undefined;

const inNetwork = (calls: Calls): ResourceType => ({ in: ['home'], when: ownNetwork, calls });
const tags = { newNetworkTags: ['ec2:CreateTags'], ownNetwork: of('ec2', 'CreateTags DeleteTags') };
const with2 = (actions: string) => [...of('ec2', actions), ...tags.ownNetwork];
const dns = (actions: string) => inNetwork({ dnsFirewall: of('route53resolver', actions) });

/**
 * Resource types of the stack `Network`. None of these actions creates a gateway, a route, a
 * peering connection or an address. However, they can open the network by widening endpoint
 * policies or removing DNS rules. IAM cannot distinguish such a change from a deployment.
 */
export const networkTypes: ResourceTypes = {
  'AWS::EC2::VPC': inNetwork({
    region: of(
      'ec2',
      'DescribeNetworkAcls DescribeSecurityGroups DescribeVpcAttribute DescribeVpcEncryptionControls DescribeVpcs',
    ),
    newNetwork: ['ec2:CreateVpc'],
    ...tags,
    ownNetwork: with2('DeleteVpc ModifyVpcAttribute'),
  }),
  'AWS::EC2::Subnet': inNetwork({
    region: of('ec2', 'DescribeAvailabilityZones DescribeNetworkAcls DescribeSubnets'),
    newNetwork: ['ec2:CreateSubnet'],
    ...tags,
    ownNetwork: with2('CreateSubnet DeleteSubnet ModifySubnetAttribute'),
  }),
  'AWS::EC2::RouteTable': inNetwork({
    region: ['ec2:DescribeRouteTables'],
    newNetwork: ['ec2:CreateRouteTable'],
    ...tags,
    ownNetwork: with2('CreateRouteTable DeleteRouteTable'),
  }),
  'AWS::EC2::SubnetRouteTableAssociation': inNetwork({
    region: of('ec2', 'DescribeRouteTables DescribeSubnets'),
    ownNetwork: of(
      'ec2',
      'AssociateRouteTable DisassociateRouteTable ReplaceRouteTableAssociation',
    ),
  }),
  'AWS::EC2::SecurityGroup': inNetwork({
    region: of('ec2', 'DescribeInstances DescribeSecurityGroups'),
    newNetwork: ['ec2:CreateSecurityGroup'],
    ...tags,
    ownNetwork: with2(
      `AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateSecurityGroup DeleteSecurityGroup
        RevokeSecurityGroupEgress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress
        UpdateSecurityGroupRuleDescriptionsIngress`,
    ),
    groupRules: of('ec2', 'AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress'),
  }),
  'AWS::EC2::VPCEndpoint': inNetwork({
    region: of('ec2', 'DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs'),
    newEndpoints: ['ec2:CreateVpcEndpoint'],
    ...tags,
    ownNetwork: with2('CreateVpcEndpoint DeleteVpcEndpoints ModifyVpcEndpoint'),
  }),
  'AWS::EC2::FlowLog': inNetwork({
    region: of('ec2', 'DescribeFlowLogs DescribeTags'),
    newNetwork: ['ec2:CreateFlowLogs'],
    ...tags,
    ownNetwork: with2('CreateFlowLogs DeleteFlowLogs'),
    passedRoles: ['iam:PassRole'],
  }),
  'AWS::Route53Resolver::FirewallDomainList': dns(
    `CreateFirewallDomainList DeleteFirewallDomainList GetFirewallDomainList ImportFirewallDomains ListTagsForResource
      TagResource UntagResource UpdateFirewallDomains`,
  ),
  'AWS::Route53Resolver::FirewallRuleGroup': dns(
    `CreateFirewallRule CreateFirewallRuleGroup DeleteFirewallRule DeleteFirewallRuleGroup GetFirewallRuleGroup ListFirewallRules
      ListTagsForResource TagResource UntagResource UpdateFirewallRule`,
  ),
  'AWS::Route53Resolver::FirewallRuleGroupAssociation': dns(
    `AssociateFirewallRuleGroup DisassociateFirewallRuleGroup GetFirewallRuleGroupAssociation ListTagsForResource TagResource
      UntagResource UpdateFirewallRuleGroupAssociation`,
  ),
  // the schema of this type is not published. These are the service's actions for settings of a
  // network
  'AWS::Route53Resolver::FirewallConfig': inNetwork({
    region: ['route53resolver:ListFirewallConfigs'],
    dnsFirewall: of('route53resolver', 'GetFirewallConfig UpdateFirewallConfig'),
  }),
  'AWS::SSM::Parameter': inNetwork({
    parameters: of(
      'ssm',
      'AddTagsToResource DeleteParameter GetParameters ListTagsForResource PutParameter RemoveTagsFromResource',
    ),
  }),
};
