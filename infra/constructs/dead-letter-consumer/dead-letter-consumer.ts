import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { CfnQueuePolicy, type Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { deadLettersPolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import type { FunctionName } from '../../naming/names.ts';
import {
  GovernedFunction,
  type GovernedFunctionProps,
} from '../governed-function/governed-function.ts';
import { GaveUpAlarm } from '../watch/gave-up-alarm.ts';

export interface DeadLetterConsumerProps extends GovernedFunctionProps {
  readonly automation: string;
  /** Dead-letter queues of an automation, by the function whose messages they receive. */
  readonly queues: ReadonlyMap<FunctionName, Queue>;
}

/**
 * The function that parks runs whose messages could not be delivered. Its queues share one policy,
 * because their policies would be identical and the number of resources in a stack is limited.
 */
export class DeadLetterConsumer extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { queues, automation, ...props }: DeadLetterConsumerProps,
  ) {
    super(scope, id);

    const { function: target } = new GovernedFunction(this, 'Function', props);
    for (const [source, { queueArn: eventSourceArn }] of queues) {
      new EventSourceMapping(this, `Messages-${source}`, {
        target,
        eventSourceArn,
        reportBatchItemFailures: true,
      });
    }

    new GaveUpAlarm(this, 'GaveUp', {
      environment: props.environment,
      arns: props.arns,
      automation,
    });

    new CfnQueuePolicy(this, 'Policy', {
      queues: [...queues.values()].map(({ queueUrl }) => queueUrl),
      policyDocument: toPolicy(deadLettersPolicy(props.arns)),
    });
  }
}
