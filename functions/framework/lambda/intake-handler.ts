import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod/mini';
import { actorSchema, describeError } from '#shared/audit/index.ts';
import type { EnginePorts, Started } from '#shared/engine/index.ts';
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
 * A start as it is handed to the intake of an automation, by a call that waits for the answer. Only
 * functions that a role allows to make it do; they say who asked, having found out.
 */
export interface StartCall {
  /** With what was uploaded in base64. */
  readonly start: Omit<Upload, 'bytes'> & { readonly bytes: string };
}

/** What became of it. */
export type StartAnswer = { readonly started: Started } | { readonly refused: Refusal };

/** Why a run was not started, or not for certain; `fate` says whether to ask again. */
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
  /** Names the request, and the policies that allowed it; both for the entry. */
  trace: z.optional(z.string().check(z.maxLength(64))),
  policies: z.optional(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(64))),
  /** What was uploaded, in base64. */
  bytes: z
    .string()
    .check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/), z.maxLength(Math.ceil(UPLOAD_MAX_BYTES / 3) * 4)),
});
const call = z.strictObject({ start });

export type IntakeHandler = (
  event: SQSEvent | StartCall,
) => Promise<SQSBatchResponse | StartAnswer>;

/**
 * The intake as a Lambda function: starts a run when it is called, takes runs past gates when its
 * queue says so.
 *
 * @param reading - Reads uploads in place of the intake itself.
 */
export function intakeHandler(
  intake: IntakeFunction,
  reading?: ReadUpload,
): { connect(ports: EnginePorts): IntakeHandler } {
  return {
    connect(ports) {
      const [messages, starter] = [intake.connect(ports), intake.starter(ports, reading)];
      return async (event) => {
        if (isOfQueue(event)) return messages(event);

        try {
          const parsed = call.safeParse(event);
          if (!parsed.success)
            throw new InvalidInputError(
              'intake.call-invalid',
              'the call is not of the form an intake takes',
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

function isOfQueue(event: unknown): event is SQSEvent {
  return typeof event === 'object' && event !== null && 'Records' in event;
}

/**
 * An error of Writ as it is; of any other only its class and its place, because its text may repeat
 * what was uploaded.
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
