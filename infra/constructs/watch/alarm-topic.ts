import { CfnTopicPolicy, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alarmTopicPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { Environment } from '../../config/environment.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';

/** Where alarms of an environment go: the estate's topic, or the environment's own. */
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
 * The topic that tells people of alarms, findings and costs. Each address is asked once whether it
 * wants to be told, and is told nothing before it agreed.
 *
 * It is not encrypted with a KMS key. With the one that AWS manages, CloudWatch, EventBridge and
 * Budgets could not publish. With one of ours, a mistake in that key's policy would silence every
 * alarm without a sign, to protect messages that hold names of resources and nothing of a client.
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
