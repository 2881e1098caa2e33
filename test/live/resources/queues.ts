import { CreateQueueCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { deadLettersPolicy, queuePolicy } from '#infra/authority/policies.ts';
import type { Clients } from '../clients.ts';
import { documentOf } from '../patience.ts';
import { INTAKE, PAY } from '../roles.ts';
import { type LiveRun, TAG } from '../run.ts';

/**
 * Makes the queue of the paying step and its dead-letter queue, with the policies of deployed ones.
 */
export async function makeQueues({ sqs }: Clients, { arns, id, names }: LiveRun): Promise<void> {
  const tags = { [TAG]: id };

  const make = async (
    QueueName: string,
    Attributes: Record<string, string>,
    policy: readonly object[],
  ) => {
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes, tags }));
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: documentOf(policy) } }),
    );
  };

  await make(names.deadLetterQueue(PAY), {}, deadLettersPolicy(arns));

  const redrive = { deadLetterTargetArn: arns.deadLetters(PAY), maxReceiveCount: 1 };
  const senders = [PAY, INTAKE].map((fn) => arns.role(fn, true));

  await make(
    names.queue(PAY),
    { RedrivePolicy: JSON.stringify(redrive) },
    queuePolicy(arns, arns.queue(PAY), senders),
  );
}
