import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { describeError } from '#shared/audit/index.ts';
import type { EnginePorts } from '#shared/engine/index.ts';
import { isWritError, parseJson } from '#shared/kernel/index.ts';
import { MESSAGE_MAX_SUBJECTS, type Message } from '#shared/ledger/index.ts';

/** A Lambda function behind a queue: takes a batch, names the messages to be delivered again. */
export type SqsHandler = (event: SQSEvent, context?: never) => Promise<SQSBatchResponse>;

/** A function that can be wired anywhere. */
export interface Connectable<H> {
  connect(ports: EnginePorts): H;
}

const id = z.string().check(z.minLength(1), z.maxLength(64));
/** What a queue may carry: ids. Anything else in a message is refused. */
const body = z.strictObject({
  workspace: id,
  run: id,
  step: id,
  subjectRefs: z.array(z.string().check(z.maxLength(64))).check(z.maxLength(MESSAGE_MAX_SUBJECTS)),
});

type Deliver = (ports: EnginePorts, message: Message, receives: number) => Promise<void>;

/**
 * Puts a queue's function behind one gate: parse each record, deliver it, say which are to come
 * again. Records of a batch are worked on side by side; one that fails does not hold up the others.
 *
 * @throws only what ends the process (`stop`): then no record of the batch counts as done.
 */
export function sqsFunction(name: string, deliver: Deliver): Connectable<SqsHandler> {
  return {
    connect: (ports) =>
      // Lambda ends a function whose time is up, and its work with it
      middy<SQSEvent, SQSBatchResponse>({ timeoutEarlyInMillis: 0 }).handler(
        async ({ Records }) => {
          try {
            const failed = await Promise.all(
              Records.map((record) => attempt(ports, name, record, deliver)),
            );
            const identifiers = failed.filter((itemIdentifier) => itemIdentifier !== undefined);
            if (identifiers.length > 0) ports.metrics.add('MessagesFailed', identifiers.length);

            return { batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) };
          } finally {
            ports.metrics.flush(); // however it ends: a function may not run again
          }
        },
      ) as unknown as SqsHandler,
  };
}

/** Delivers one record. Returns its id when it is to come again. */
async function attempt(
  ports: EnginePorts,
  name: string,
  record: SQSRecord,
  deliver: Deliver,
): Promise<string | undefined> {
  try {
    const parsed = body.safeParse(parseJson(record.body));
    if (!parsed.success) {
      ports.log.line('error', 'a message is not of the form this queue carries', {
        function: name,
        message: record.messageId,
      });
      return record.messageId; // it will end in the dead-letter queue, where somebody looks at it
    }

    await deliver(
      ports,
      { queue: name, ...parsed.data },
      Number(record.attributes.ApproximateReceiveCount),
    );

    return undefined;
  } catch (error) {
    if (isWritError(error) && error.fate === 'stop') throw error;

    const { code, message } = describeError(error, 'function.failed');
    const at = ports.sourceOf?.(error);

    ports.log.line('warn', 'a message will be delivered again', {
      function: name,
      message: record.messageId,
      code,
      because: message,
      at,
    });

    return record.messageId;
  }
}
