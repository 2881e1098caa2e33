import {
  CfnFirewallConfig,
  CfnFirewallDomainList,
  CfnFirewallRuleGroup,
  CfnFirewallRuleGroupAssociation,
} from 'aws-cdk-lib/aws-route53resolver';
import { Construct } from 'constructs';

export interface DnsAllowListProps {
  readonly vpcId: string;
  /**
   * What the names of its parts begin with: at most 56 letters, digits, hyphens and underscores.
   */
  readonly prefix: string;
  /** Every name that may be asked for, to the letter: no name below it, no wildcard. */
  readonly hostNames: readonly string[];
}

/**
 * Lets a network's resolver answer questions about a few names and no others.
 *
 * Without it a network has a way out whatever its routes: its resolver asks the whole internet,
 * past every security group and network ACL, and hostile code could spell out data in the names it
 * asks for. A question that is refused leads to `NXDOMAIN`.
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
          // the names are AWS's own, so where they lead to is for AWS to say
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
      priority: 101, // the first that there can be
      // enabled, it also keeps CloudFormation from ever changing or removing it
      mutationProtection: 'DISABLED',
    });

    // a question that the firewall cannot judge fails; the default, too, but nobody shall have
    // changed it
    new CfnFirewallConfig(this, 'FailClosed', { resourceId: vpcId, firewallFailOpen: 'DISABLED' });
  }
}
