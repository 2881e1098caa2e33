import middy from '@middy/core';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod/mini';
import { describeError } from '#shared/audit/index.ts';
import type { EnginePorts } from '#shared/engine/index.ts';
import { isWritError, parseJson } from '#shared/kernel/index.ts';
import { MESSAGE_MAX_SUBJECTS, type Message } from '#shared/ledger/index.ts';

/** Handler of an SQS batch. Returns the messages to redeliver. */
export type SqsHandler = (event: SQSEvent, context?: never) => Promise<SQSBatchResponse>;

/** Function that can be connected to ports in any environment. */
export interface Connectable<H> {
  connect(ports: EnginePorts): H;
}

const id = z.string().check(z.minLength(1), z.maxLength(64));
/** Schema of a message, which contains only ids. Other content is refused. */
const body = z.strictObject({
  workspace: id,
  run: id,
  step: id,
  subjectRefs: z.array(z.string().check(z.maxLength(64))).check(z.maxLength(MESSAGE_MAX_SUBJECTS)),
});

type Deliver = (ports: EnginePorts, message: Message, receives: number) => Promise<void>;

/**
 * Creates the handler of a queue, which parses and delivers each record and returns the records to
 * redeliver. Records of a batch are processed concurrently, and a failed record does not delay the
 * others.
 *
 * @throws only errors that end the process (`stop`), in which case no record of the batch counts as
 *   processed.
 */
export function sqsFunction(name: string, deliver: Deliver): Connectable<SqsHandler> {
  return {
    connect: (ports) =>
      // Lambda stops a function at its timeout without an early warning to handle.
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
            ports.metrics.flush(); // also after an error: the function may not run again
          }
        },
      ) as unknown as SqsHandler,
  };
}

/** Delivers one record. Returns its id if it must be redelivered. */
async function attempt(
  ports: EnginePorts,
  name: string,
  record: SQSRecord,
  deliver: Deliver,
): Promise<string | undefined> {
  try {
    const parsed = body.safeParse(parseJson(record.body));
    if (!parsed.success) {
      ports.log.line('error', 'a message does not match the schema of this queue', {
        function: name,
        message: record.messageId,
      });
      return record.messageId; // ends up in the dead-letter queue, where an operator finds it
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
