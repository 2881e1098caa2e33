import { CfnWebACL } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { Environment } from '../../config/environment.ts';
import { namesOf } from '../../naming/names.ts';

export interface FirewallProps {
  readonly environment: Environment;
  /**
   * Requests that one address may send in five minutes, 10 to 2,000,000,000. An office is one
   * address. More are answered with 429.
   */
  readonly perAddress: number;
}

interface ManagedGroup {
  readonly name: string;
  /**
   * Rules of it that only count.
   *
   * @default - all of them block
   */
  readonly counted?: readonly string[];
}

/**
 * Rules that AWS writes and keeps up to date, always in the version that AWS recommends. The order
 * is that of asking, cheap and sure first.
 *
 * @see https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
 */
const MANAGED: readonly ManagedGroup[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList' },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet' },
  // blocks bodies above 8 KiB, which documents are; how much is taken is for API Gateway (10 MB)
  // and the function to say
  { name: 'AWSManagedRulesCommonRuleSet', counted: ['SizeRestrictions_BODY'] },
];

/**
 * The firewall in front of CloudFront. It looks at the first 16 KiB of a body; the rest is checked
 * by the function only.
 *
 * It keeps nothing but counts: samples and logs of requests hold addresses of people and their
 * tokens, for everybody to see who may look at the firewall, and in us-east-1, whatever region the
 * environment's data has to stay in.
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
