import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Environment } from '../../config/environment.ts';
import { namesOf } from '../../naming/names.ts';

export interface FirewallProps {
  readonly environment: Environment;
  /**
   * Maximum number of requests from one address in five minutes, 10 to 2,000,000,000. All people in
   * an office may share one address. Excess requests are answered with 429.
   */
  readonly perAddress: number;
}

interface ManagedGroup {
  readonly name: string;
  /**
   * Rules of the group that only count requests.
   *
   * @default - all rules block requests
   */
  readonly counted?: readonly string[];
}

/**
 * Managed rule groups, in the version that AWS recommends. Cheap and precise groups come first.
 *
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
const MANAGED: readonly ManagedGroup[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList' },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet' },
  // would block bodies above 8 KiB, such as documents. API Gateway (10 MB) and the function limit
  // the size
  { name: 'AWSManagedRulesCommonRuleSet', counted: ['SizeRestrictions_BODY'] },
];

/**
 * The firewall in front of CloudFront. It inspects the first 16 KiB of a body; only the function
 * checks the rest.
 *
 * It records only counts. Samples and logs of requests would contain people's addresses and tokens.
 * Everyone with access to the firewall could read them, and they would be in us-east-1 instead of
 * the environment's region.
 */
export class Firewall extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { environment, perAddress }: FirewallProps) {
    super(scope, id);

    const { prefix } = namesOf(environment);
    const rules = [tooMany(perAddress), ...MANAGED.map(managed)];

    const acl = new CfnWebACL(this, 'WebAcl', {
      name: prefix,
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      rules: rules.map((rule, priority) => ({
        ...rule,
        priority,
        visibilityConfig: countsOnly(rule.name),
      })),
      visibilityConfig: countsOnly(prefix),
    });

    this.arn = acl.attrArn;
  }
}

type Rule = Omit<CfnWebACL.RuleProperty, 'priority' | 'visibilityConfig'>;

const tooMany = (limit: number): Rule => ({
  name: 'TooManyFromOneAddress',
  statement: { rateBasedStatement: { aggregateKeyType: 'IP', limit, evaluationWindowSec: 300 } },
  action: { block: { customResponse: { responseCode: 429 } } },
});

const managed = ({ name, counted = [] }: ManagedGroup): Rule => ({
  name,
  statement: {
    managedRuleGroupStatement: {
      vendorName: 'AWS',
      name,
      ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
    },
  },
  overrideAction: { none: {} },
});

const countsOnly = (metricName: string) => ({
  metricName,
  cloudWatchMetricsEnabled: true,
  sampledRequestsEnabled: false,
});
