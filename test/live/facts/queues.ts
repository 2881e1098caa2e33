import {
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import type { Clients } from '../clients.ts';
import { ADMINISTRATOR, INTAKE, PAY } from '../roles.ts';
import { type Fact, OPERATOR } from './fact.ts';

/**
 * Facts about queues. Every URL is of the form in which functions make them: of the account, at the
 * region's endpoint.
 */

export const queuePolicies: Fact = {
  name: 'queue-policies',
  question:
    'does a queue take messages from its senders alone, and is its URL of the form that functions make',
  attempts(run) {
    const QueueUrl = run.queueUrl(PAY);
    const send = ({ sqs }: Clients) =>
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
    const dead = `${QueueUrl}_dead`;

    return [
      { by: PAY, does: 'sends to its own queue', expected: 'done', act: send },
      { by: INTAKE, does: 'sends to it, as an intake does', expected: 'done', act: send },
      { by: ADMINISTRATOR, does: 'sends to it', expected: 'denied', act: send },
      {
        by: ADMINISTRATOR,
        does: 'empties it',
        expected: 'denied',
        act: ({ sqs }) => sqs.send(new PurgeQueueCommand({ QueueUrl })),
      },
      {
        by: ADMINISTRATOR,
        does: 'changes it',
        expected: 'denied',
        act: ({ sqs }) =>
          sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: '1' } })),
      },
      {
        by: ADMINISTRATOR,
        does: 'empties the dead-letter queue, whose policy says "*" for the queue it is on',
        expected: 'denied',
        act: ({ sqs }) => sqs.send(new PurgeQueueCommand({ QueueUrl: dead })),
      },
    ];
  },
};

export const redrive: Fact = {
  name: 'redrive',
  question:
    "does a queue's deny of `sqs:SendMessage` to all but some roles leave SQS's own redrive alone",
  attempts(run) {
    const QueueUrl = run.queueUrl(PAY);
    return [
      {
        by: PAY,
        does: 'sends a message',
        expected: 'done',
        act: ({ sqs }) =>
          sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{"redrive":true}' })),
      },
      {
        by: OPERATOR,
        does: 'receives it once more than allowed, and finds a message among the dead letters',
        expected: 'done',
        async act({ sqs }) {
          const take = async (url: string) => {
            const ask = { QueueUrl: url, MaxNumberOfMessages: 10, VisibilityTimeout: 0 };
            return (await sqs.send(new ReceiveMessageCommand(ask))).Messages ?? [];
          };

          for (let round = 0; round < 20; round++) {
            await take(QueueUrl);
            if ((await take(`${QueueUrl}_dead`)).length > 0) return;
          }

          throw Object.assign(new Error('none'), { name: 'NoDeadLetter' });
        },
      },
    ];
  },
};
