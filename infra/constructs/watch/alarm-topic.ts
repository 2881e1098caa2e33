import { CfnTopicPolicy, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alarmTopicPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';

/**
 * Returns the ARN of the topic for an environment's alarms: the estate's topic, or the
 * environment's own.
 */
export function alarmTopicArn(
  { alarms }: Pick<Environment, 'alarms'>,
  arns: Pick<Arns, 'alarmTopic'>,
): string {
  return alarms.topicArn ?? arns.alarmTopic;
}

export interface AlarmTopicProps {
  readonly environment: Environment;
  readonly arns: Arns;
}

/**
 * The topic for alarms, findings and costs. Each recipient must confirm the subscription once, and
 * does not receive notifications before.
 *
 * It is not encrypted with a KMS key. With the AWS managed key, CloudWatch, EventBridge and Budgets
 * could not publish. With a customer managed key, a mistake in the key's policy would silently
 * suppress every alarm. The messages contain names of resources, but no client data.
 */
export class AlarmTopic extends Construct {
  constructor(scope: Construct, id: string, { environment, arns }: AlarmTopicProps) {
    super(scope, id);

    const names = namesOf(environment);
    const topic = new Topic(this, 'Topic', {
      topicName: names.alarmTopic,
      displayName: names.prefix,
    });

    for (const email of environment.alarms.emails ?? [])
      topic.addSubscription(new EmailSubscription(email));

    new CfnTopicPolicy(this, 'Policy', {
      topics: [topic.topicArn],
      policyDocument: toPolicy(alarmTopicPolicy(arns, environment)),
    });
  }
}
