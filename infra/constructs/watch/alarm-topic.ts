import { CfnTopicPolicy, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alarmTopicPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';

/** Returns the ARN of the topic for an environment's alarms: the estate's, or its own. */
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
 * The topic for alarms, findings and costs. Each address confirms its subscription once, and gets
 * no notification before.
 *
 * It is not encrypted with a KMS key. With the one that AWS manages, CloudWatch, EventBridge and
 * Budgets could not publish. With one of ours, a mistake in that key's policy would silently
 * suppress every alarm, to protect messages that contain names of resources and no client data.
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
