import { Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { namesOf } from '../../config.ts';
import { GovernedFunction, type GovernedFunctionProps } from '../governed-function/governed-function.ts';

export interface QueueFunctionProps extends GovernedFunctionProps {
  /**
   * Where a message goes that was handed out too often.
   *
   * @default - it stays in the queue until it expires, as it must in the queue where such messages end
   */
  readonly deadLetterQueue?: IQueue;
  /**
   * ARNs of the roles that may send to the queue; everybody else is refused, whatever their policies say.
   *
   * @default - nobody is refused: the queue is filled by SQS itself
   */
  readonly senders?: readonly string[];
  /**
   * Messages in one invocation, 1 to 10. They are worked on side by side, each reported for itself.
   *
   * @default 10
   */
  readonly batchSize?: number;
}

/** How often a message is handed out before it is given up. Attempts of a step are counted in its run, not here. */
const MAX_RECEIVES = 5;

/** A function behind a queue of its own, which tells message by message what is to be handed out again. */
export class QueueFunction extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string, props: QueueFunctionProps) {
    super(scope, id);
    const { authority, environment, timeout, deadLetterQueue, senders } = props;
    const { function: target } = new GovernedFunction(this, 'Function', props);
    this.queue = new Queue(this, 'Queue', {
      queueName: namesOf(environment).queue(authority.name),
      // six times the timeout, as Lambda asks: a message must not come back while its first invocation is retried
      visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      ...(deadLetterQueue === undefined ? {} : { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: MAX_RECEIVES } }),
    });
    this.#refuse(['sqs:PurgeQueue']);
    if (senders !== undefined) this.#refuse(['sqs:SendMessage'], { ArnNotEquals: { 'aws:PrincipalArn': [...senders] } });
    // not an `SqsEventSource`, which would widen the role
    new EventSourceMapping(this, 'Messages', {
      target,
      eventSourceArn: this.queue.queueArn,
      batchSize: props.batchSize ?? 10,
      reportBatchItemFailures: true,
    });
  }

  #refuse(actions: string[], conditions?: Record<string, Record<string, string[]>>): void {
    const resources = [this.queue.queueArn];
    this.queue.addToResourcePolicy(
      new PolicyStatement({ effect: Effect.DENY, principals: [new AnyPrincipal()], actions, resources, conditions }),
    );
  }
}
