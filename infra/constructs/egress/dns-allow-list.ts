import {
  CfnFirewallConfig,
  CfnFirewallDomainList,
  CfnFirewallRuleGroup,
  CfnFirewallRuleGroupAssociation,
} from 'aws-cdk-lib/aws-route53resolver';
import { Construct } from 'constructs';

export interface DnsAllowListProps {
  readonly vpcId: string;
  /** Name prefix of the resources. At most 56 letters, digits, hyphens and underscores. */
  readonly prefix: string;
  /** Names that may be resolved, exactly as written, without subdomains and wildcards. */
  readonly hostNames: readonly string[];
}

/**
 * Restricts a network's resolver to a list of names.
 *
 * Without the list, even a network without routes can leak data. Its resolver bypasses all security
 * groups and network ACLs and can query the whole internet, so hostile code could encode data in
 * the names that it looks up. A blocked query returns `NXDOMAIN`.
 *
 * Source: Route 53 developer guide, "Using DNS Firewall to filter outbound DNS traffic".
 */
export class DnsAllowList extends Construct {
  constructor(scope: Construct, id: string, { vpcId, prefix, hostNames }: DnsAllowListProps) {
    super(scope, id);

    const allowed = new CfnFirewallDomainList(this, 'Allowed', {
      name: `${prefix}-allowed`,
      domains: [...hostNames],
    });

    const any = new CfnFirewallDomainList(this, 'Any', { name: `${prefix}-any`, domains: ['*'] });

    const rules = new CfnFirewallRuleGroup(this, 'Rules', {
      name: `${prefix}-dns`,
      firewallRules: [
        {
          priority: 1_000,
          action: 'ALLOW',
          firewallDomainListId: allowed.attrId,
          // the names belong to AWS, which controls their targets
          firewallDomainRedirectionAction: 'TRUST_REDIRECTION_DOMAIN',
        },
        {
          priority: 2_000,
          action: 'BLOCK',
          blockResponse: 'NXDOMAIN',
          firewallDomainListId: any.attrId,
        },
      ],
    });

    new CfnFirewallRuleGroupAssociation(this, 'Association', {
      name: `${prefix}-dns`,
      vpcId,
      firewallRuleGroupId: rules.attrId,
      priority: 101, // the lowest value
      // if protection were enabled, CloudFormation could never change or remove the association
      mutationProtection: 'DISABLED',
    });

    // fail closed: queries that the firewall cannot evaluate fail. The setting is explicit, so that
    // it does not depend on a default
    new CfnFirewallConfig(this, 'FailClosed', { resourceId: vpcId, firewallFailOpen: 'DISABLED' });
  }
}
