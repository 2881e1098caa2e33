import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { actorSchema, describeError } from '#shared/audit/index.ts';
import type { EnginePorts, StartResult } from '#shared/engine/index.ts';
import {
  type ErrorFacts,
  type Fate,
  InvalidInputError,
  isWritError,
} from '#shared/kernel/index.ts';
import { UPLOAD_MAX_BYTES } from '../http/request.ts';
import type { IntakeFunction, Upload } from './automation-functions.ts';
import type { ReadUpload } from './read-upload.ts';

/**
 * Request to the intake of an automation to start a run. The caller waits for the answer. IAM
 * decides which functions may send it; these functions have authenticated the requester.
 */
export interface StartCall {
  /** The upload, with its bytes in base64. */
  readonly start: Omit<Upload, 'bytes'> & { readonly bytes: string };
}

/** Answer to a {@link StartCall}. */
export type StartAnswer = { readonly started: StartResult } | { readonly refused: Refusal };

/**
 * Error of a start. `fate` determines whether to retry. On `retry`, the run may already be started.
 */
interface Refusal {
  readonly code: string;
  readonly fate: Fate;
  readonly message: string;
  readonly facts: ErrorFacts;
}

const start = z.strictObject({
  workspace: z.string().check(z.maxLength(64)),
  idempotencyKey: z.string().check(z.maxLength(1_000)),
  requester: actorSchema,
  /** Request id and ids of the policies that allowed the request, for the audit entry. */
  trace: z.optional(z.string().check(z.maxLength(64))),
  policies: z.optional(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(64))),
  /** Uploaded bytes in base64. */
  bytes: z
    .string()
    .check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/), z.maxLength(Math.ceil(UPLOAD_MAX_BYTES / 3) * 4)),
});
const call = z.strictObject({ start });

export type IntakeHandler = (
  event: SQSEvent | StartCall,
) => Promise<SQSBatchResponse | StartAnswer>;

/**
 * Creates the Lambda handler of an intake. It starts a run when it is called, and continues runs
 * after gates when it receives messages of its queue.
 *
 * @param reader - Reads uploads instead of the intake itself.
 */
export function intakeHandler(
  intake: IntakeFunction,
  reader?: ReadUpload,
): { connect(ports: EnginePorts): IntakeHandler } {
  return {
    connect(ports) {
      const [messages, starter] = [intake.connect(ports), intake.starter(ports, reader)];
      return async (event) => {
        if (isQueueEvent(event)) return messages(event);

        try {
          const parsed = call.safeParse(event);
          if (!parsed.success)
            throw new InvalidInputError(
              'intake.call-invalid',
              'the call does not match the schema of an intake call',
            );

          const { bytes, ...request } = parsed.data.start;

          return { started: await starter({ ...request, bytes: Buffer.from(bytes, 'base64') }) };
        } catch (error) {
          if (isWritError(error) && error.fate === 'stop') throw error;
          return { refused: refusalOf(error, ports) };
        } finally {
          ports.metrics.flush();
        }
      };
    },
  };
}

function isQueueEvent(event: unknown): event is SQSEvent {
  return typeof event === 'object' && event !== null && 'Records' in event;
}

/**
 * Converts an error to an answer. A Writ error is included in full. For any other error, only its
 * class and source location are included, because its text can repeat the upload.
 */
function refusalOf(
  error: unknown,
  { log, sourceOf }: Pick<EnginePorts, 'log' | 'sourceOf'>,
): Refusal {
  if (isWritError(error) && error.code !== 'function.failed')
    return { code: error.code, fate: error.fate, message: error.message, facts: error.facts };
  const { code, message } = describeError(error, 'function.failed');
  log.line('error', 'a start failed', { code, because: message, at: sourceOf?.(error) });
  return { code, fate: 'retry', message, facts: {} };
}
