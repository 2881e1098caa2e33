import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import { AWS_CLIENT, awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { canonicalBytes, DefectError, parseJson, SECOND } from '#shared/kernel/index.ts';
import type { StartAnswer, StartCall } from '../framework/lambda/intake-handler.ts';
import { StartUnansweredError } from '../http/runs/errors.ts';
import type { RunStarter } from '../http/runs/ports.ts';

export interface LambdaStartsOptions {
  readonly client: Pick<LambdaClient, 'send'>;
  /** Name or ARN of the intake function, by automation. */
  readonly intakes: ReadonlyMap<string, string>;
}

/**
 * Creates a Lambda client with the settings of {@link AWS_CLIENT}, except retries and timeout. It
 * never retries, because the caller retries with the same key. Its timeout is that of the API minus
 * the time that the API itself needs.
 */
export function startsClient(config: LambdaClientConfig = {}): LambdaClient {
  const wait = 24 * SECOND;
  const requestHandler = {
    ...AWS_CLIENT.requestHandler,
    requestTimeout: wait,
    socketTimeout: wait,
  };
  return new LambdaClient({ ...AWS_CLIENT, requestHandler, ...config, maxAttempts: 1 });
}

const text = z.string().check(z.maxLength(2_000));
const answer = z.union([
  z.strictObject({ started: z.strictObject({ run: text, created: z.boolean() }) }),
  z.strictObject({
    refused: z.strictObject({
      code: z.string().check(z.regex(/^[a-z][a-z-]*\.[a-z-]+$/)),
      fate: z.enum(['retry', 'reread', 'refuse']),
      message: text,
      facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  }),
]);

/**
 * Starts runs by calling the intake of their automation and waiting for its answer. The author's
 * code runs in the intake, not in the API.
 */
export function lambdaStarts({ client, intakes }: LambdaStartsOptions): RunStarter {
  return {
    async start(automation, { bytes, ...upload }) {
      const fn = intakes.get(automation);
      if (fn === undefined) throw new DefectError(`cannot start ${automation}: it is not deployed`);

      const call: StartCall = {
        start: { ...upload, bytes: Buffer.from(bytes).toString('base64') },
      };
      const Payload = canonicalBytes(JSON.parse(JSON.stringify(call)));
      const command = new InvokeCommand({
        FunctionName: fn,
        InvocationType: 'RequestResponse',
        Payload,
      });

      return answerOf(automation, await invoke(automation, () => client.send(command)));
    },
  };
}

interface InvokeResult {
  readonly StatusCode?: number | undefined;
  readonly FunctionError?: string | undefined;
  readonly Payload?: Uint8Array | undefined;
}

async function invoke(
  automation: string,
  send: () => Promise<InvokeResult>,
): Promise<InvokeResult> {
  try {
    return await send();
  } catch (error) {
    throw new StartUnansweredError(automation, awsErrorName(error));
  }
}

/**
 * Parses the answer of an intake.
 *
 * @throws {@link StartUnansweredError} when the call failed or the answer is invalid.
 */
function answerOf(
  automation: string,
  { StatusCode, FunctionError, Payload }: InvokeResult,
): StartAnswer {
  if (FunctionError !== undefined || StatusCode !== 200)
    throw new StartUnansweredError(automation, 'function-error');

  try {
    return answer.parse(parseJson(Payload ?? new Uint8Array()));
  } catch {
    throw new StartUnansweredError(automation, 'answer-invalid');
  }
}
