import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Arns } from '../../arns.ts';
import type { Environment } from '../../environment.ts';
import { namesOf } from '../../names.ts';

/** Where alarms of an environment go: the estate's topic, or the environment's own. */
export function alarmTopicArn({ alarms }: Pick<Environment, 'alarms'>, arns: Pick<Arns, 'alarmTopic'>): string {
  return alarms.topicArn ?? arns.alarmTopic;
}

export interface AlarmTopicProps {
  readonly environment: Environment;
}

/**
 * The topic that tells people of alarms, findings and costs. Each address is asked once whether it wants to be told, and is
 * told nothing before it agreed.
 *
 * It is not encrypted with a KMS key. With the one that AWS manages, CloudWatch, EventBridge and Budgets could not publish. With
 * one of ours, a mistake in that key's policy would silence every alarm without a sign, to protect messages that hold names of
 * resources and nothing of a client.
 */
export class AlarmTopic extends Construct {
  constructor(scope: Construct, id: string, { environment }: AlarmTopicProps) {
    super(scope, id);
    const names = namesOf(environment);
    const { partition, region, account } = Stack.of(this);
    const topic = new Topic(this, 'Topic', { topicName: names.alarmTopic, displayName: names.prefix, enforceSSL: true });
    for (const email of environment.alarms.emails ?? []) topic.addSubscription(new EmailSubscription(email));
    const publishes = (service: string, source?: string) =>
      topic.addToResourcePolicy(
        new PolicyStatement({
          sid: `${service}Publishes`,
          principals: [new ServicePrincipal(`${service.toLowerCase()}.amazonaws.com`)],
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          ...(source === undefined
            ? {}
            : { conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': source } } }),
        }),
      );
    publishes('CloudWatch', `arn:${partition}:cloudwatch:${region}:${account}:alarm:${names.alarm('*')}`);
    publishes('Budgets', `arn:${partition}:budgets::${account}:*`);
    // without a condition, because EventBridge meets none in a topic's policy: findings would be dropped without a sign. The
    // other way, a role for the rule, would be a role outside the environment's boundary
    if (environment.threatDetection !== 'none') publishes('Events');
  }
}
