import type { Environment } from '../config/environment.ts';
import { of, type ResourceTypes } from './resource-type.ts';

const ownTopic = ({ alarms }: Environment) => alarms.topicArn === undefined;

/** Resource types of the stack `Watch`, and of alarms in other stacks. */
export const watchTypes: ResourceTypes = {
  'AWS::CloudWatch::Alarm': {
    in: ['home'],
    calls: {
      alarms: of(
        'cloudwatch',
        'DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource',
      ),
    },
  },
  'AWS::CloudWatch::Dashboard': {
    in: ['home'],
    calls: {
      dashboards: of(
        'cloudwatch',
        'DeleteDashboards GetDashboard ListTagsForResource PutDashboard TagResource UntagResource',
      ),
    },
  },
  'AWS::SNS::Topic': {
    in: ['home'],
    when: ownTopic,
    calls: {
      topic: of(
        'sns',
        `CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource
          SetTopicAttributes TagResource UntagResource`,
      ),
    },
  },
  'AWS::SNS::TopicPolicy': {
    in: ['home'],
    when: ownTopic,
    calls: { topic: of('sns', 'GetTopicAttributes SetTopicAttributes') },
  },
  'AWS::SNS::Subscription': {
    in: ['home'],
    when: ({ alarms }) => (alarms.emails ?? []).length > 0,
    calls: {
      subscriptions: ['sns:Subscribe'],
      topic: of('sns', 'GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe'),
    },
  },
  'AWS::Events::Rule': {
    in: ['home'],
    when: ({ threatDetection }) => threatDetection !== 'none',
    calls: {
      rules: of(
        'events',
        'DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets TagResource UntagResource',
      ),
    },
  },
  'AWS::GuardDuty::Detector': {
    in: ['home'],
    when: ({ threatDetection }) => threatDetection === 'ours',
    calls: {
      region: of('guardduty', 'CreateDetector ListDetectors'),
      detectors: of(
        'guardduty',
        'DeleteDetector GetDetector ListTagsForResource TagResource UntagResource UpdateDetector',
      ),
      guardRoles: ['iam:GetRole'],
      newGuardRoles: ['iam:CreateServiceLinkedRole'],
    },
  },
  'AWS::Budgets::Budget': {
    in: ['home'],
    when: ({ monthlyBudgetUsd }) => monthlyBudgetUsd !== undefined,
    calls: {
      budget: of(
        'budgets',
        'ListTagsForResource ModifyBudget TagResource UntagResource ViewBudget',
      ),
    },
  },
};
