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
  /**
   * ARNs of the roles that may send to the queue; everybody else is refused, whatever their
   * policies say.
   */
  readonly senders: readonly string[];
  /**
   * Messages in one invocation, 1 to 10. They are worked on side by side, each reported for itself.
   *
   * @default 10
   */
  readonly batchSize?: number;
}

/**
 * How often a message is handed out before it is given up. Attempts of a step are counted in its
 * run, not here.
 */
const MAX_RECEIVES = 5;

/**
 * A function behind a queue of its own, which tells message by message what is to be handed out
 * again. What was handed out too often ends in a dead-letter queue that takes messages from this
 * queue and from no other.
 */
export class QueueFunction extends Construct {
  readonly deadLetterQueue: Queue;

  constructor(scope: Construct, id: string, props: QueueFunctionProps) {
    super(scope, id);

    const { arns, authority, environment, timeout, senders } = props;
    const names = namesOf(environment);
    const { function: target } = new GovernedFunction(this, 'Function', props);
    const kept = { retentionPeriod: Duration.days(14), encryption: QueueEncryption.SQS_MANAGED };
    // six times the timeout, as Lambda asks: a message must not come back while its first
    // invocation is retried
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

    // not `addToResourcePolicy`, which would merge what is to be compared with its derivation
    const policyDocument = toPolicy(queuePolicy(arns, arns.queue(authority.name), senders));

    new CfnQueuePolicy(this, 'Policy', { queues: [queue.queueUrl], policyDocument });
    new QueueAlarms(this, 'Alarms', { environment, arns, fn: authority.name, visibilityTimeout });

    // not an `SqsEventSource`, which would widen the role
    new EventSourceMapping(this, 'Messages', {
      target,
      eventSourceArn: queue.queueArn,
      batchSize: props.batchSize ?? 10,
      reportBatchItemFailures: true,
    });
  }
}

/** Six times what the consumer of dead letters may take. */
const DEAD_LETTER_VISIBILITY = Duration.minutes(3);
