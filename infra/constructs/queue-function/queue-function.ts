import { Duration } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { CfnQueuePolicy, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queuePolicy } from '../../authority/policies.ts';
import { toPolicy } from '../../authority/policy-document.ts';
import { namesOf } from '../../naming/names.ts';
import {
  GovernedFunction,
  type GovernedFunctionProps,
} from '../governed-function/governed-function.ts';
import { QueueAlarms } from '../watch/queue-alarms.ts';

export interface QueueFunctionProps extends GovernedFunctionProps {
  /** ARNs of the roles that may send to the queue. The queue's policy denies all other roles. */
  readonly senders: readonly string[];
  /**
   * Maximum number of messages in one invocation, 1 to 10. They are handled concurrently, and each
   * failure is reported separately.
   *
   * @default 10
   */
  readonly batchSize?: number;
}

/**
 * Maximum number of deliveries before a message goes to the dead-letter queue. Attempts of a step
 * are counted separately, in its run.
 */
const MAX_RECEIVES = 5;

/**
 * A function with its own queue, which reports failures message by message. Messages that were
 * delivered too often go to a dead-letter queue that accepts messages from this queue only.
 */
export class QueueFunction extends Construct {
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: QueueFunctionProps) {
    super(scope, id);

    const { arns, authority, environment, timeout, senders } = props;
    const names = namesOf(environment);
    const { function: target } = new GovernedFunction(this, 'Function', props);
    const kept = { retentionPeriod: Duration.days(14), encryption: QueueEncryption.SQS_MANAGED };
    // six times the timeout, as Lambda recommends, so that a message does not reappear while its
    // first invocation is retried
    const visibilityTimeout = Duration.seconds(6 * timeout.toSeconds());

    this.deadLetterQueue = new Queue(this, 'DeadLetters', {
      ...kept,
      queueName: names.deadLetterQueue(authority.name),
      visibilityTimeout: DEAD_LETTER_VISIBILITY,
      redriveAllowPolicy: {
        sourceQueues: [Queue.fromQueueArn(this, 'Source', arns.queue(authority.name))],
      },
    });

    const queue = new Queue(this, 'Queue', {
      ...kept,
      queueName: names.queue(authority.name),
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    });

    // not `addToResourcePolicy`, which merges statements: they could not be compared with the
    // derived statements
    const policyDocument = toPolicy(queuePolicy(arns, arns.queue(authority.name), senders));

    new CfnQueuePolicy(this, 'Policy', { queues: [queue.queueUrl], policyDocument });
    new QueueAlarms(this, 'Alarms', { environment, arns, fn: authority.name, visibilityTimeout });

    // not an `SqsEventSource`, which would add permissions to the role
    new EventSourceMapping(this, 'Messages', {
      target,
      eventSourceArn: queue.queueArn,
      batchSize: props.batchSize ?? 10,
      reportBatchItemFailures: true,
    });
  }
}

/** Six times the timeout of the dead-letter consumer. */
const DEAD_LETTER_VISIBILITY = Duration.minutes(3);
