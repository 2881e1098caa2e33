import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import { CfnDetector } from 'aws-cdk-lib/aws-guardduty';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { alarmNames } from './alarm-names.ts';
import { alarmTopicArn } from './alarm-topic.ts';
import { manualActions } from './by-hand.ts';
import { type OnCall, OnCallAlarm } from './on-call-alarm.ts';

/**
 * Minimum severity of reported findings. In GuardDuty, 4 to 6.9 is medium, 7 to 8.9 is high, and
 * higher values are critical. Lower findings are unsuccessful attempts.
 */
const SEVERITY = 4;

/**
 * Amazon GuardDuty. It analyses the use of the account's credentials, functions and buckets, and
 * reports possible attacks. An account has one detector per region, so findings cover the whole
 * account and region.
 */
export class ThreatDetection extends Construct {
  constructor(scope: Construct, id: string, onCall: OnCall) {
    super(scope, id);

    const { environment, arns } = onCall;
    if (environment.threatDetection === 'ours') {
      new CfnDetector(this, 'Detector', {
        enable: true,
        // covers connections of functions, and access to objects of the archive. Features not named
        // here are also on, because an attacker may start resources that we never use. Without such
        // resources they are free
        features: ['LAMBDA_NETWORK_LOGS', 'S3_DATA_EVENTS'].map((name) => ({
          name,
          status: 'ENABLED',
        })),
        // interval of updates to existing findings. New findings are reported within minutes
        findingPublishingFrequency: 'FIFTEEN_MINUTES',
      });
    }

    const rule = new Rule(this, 'Findings', {
      description: `Sends GuardDuty findings of severity ${SEVERITY} and above`,
      eventPattern: {
        source: ['aws.guardduty'],
        detailType: ['GuardDuty Finding'],
        detail: { severity: Match.greaterThanOrEqual(SEVERITY) },
      },
      targets: [
        new SnsTopic(Topic.fromTopicArn(this, 'Topic', alarmTopicArn(environment, arns)), {
          message: finding(),
        }),
      ],
    });

    new OnCallAlarm(this, 'Lost', {
      ...onCall,
      name: alarmNames.findingsLost,
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'FailedInvocations',
        dimensionsMap: { RuleName: rule.ruleName },
        statistic: Stats.SUM,
      }),
      happened: `A GuardDuty finding in ${environment.region} could not be delivered: topic ${alarmTopicArn(environment, arns)} did not accept it from EventBridge.`,
      first: `open the newest findings in the GuardDuty console and treat them as alarms. Then see whether the topic's policy lets events.amazonaws.com publish; it can name no condition on the source.`,
    });
  }
}

/**
 * Returns only type, region and severity. The finding itself contains addresses and names of
 * people, so it must be read in GuardDuty, where access is controlled.
 */
function finding(): RuleTargetInput {
  const field = (path: string) => EventField.fromPath(path);
  const [type, severity, findingId] = [
    field('$.detail.type'),
    field('$.detail.severity'),
    field('$.detail.id'),
  ];

  return RuleTargetInput.fromText(
    `GuardDuty found ${type}, severity ${severity}, in account ${EventField.account}, region ${EventField.region}. ` +
      `Look first: open finding ${findingId} in the GuardDuty console of that account and region; it says which role or function. ` +
      `If it is a function of ours and nothing you did explains it, ${manualActions.stop} and treat it as an incident.`,
  );
}
