import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import { AWS_CLIENT, awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { canonicalBytes, DefectError, parseJson, SECOND } from '#shared/kernel/index.ts';
import type { StartAnswer, StartCall } from '../framework/lambda/intake-handler.ts';
import { StartUnansweredError } from '../http/runs/errors.ts';
import type { RunStarter } from '../http/runs/ports.ts';

export interface LambdaStartsOptions {
  readonly client: Pick<LambdaClient, 'send'>;
  /** Name or ARN of the intake's function, by automation. */
  readonly intakes: ReadonlyMap<string, string>;
}

/**
 * A client with the settings of {@link AWS_CLIENT}, but for these: it asks once, because who asked
 * for the start asks again under the same key; and it waits as long as the API may take, less what
 * it takes itself.
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
 * Starts runs by calling the intake of their automation, and waits for what it says. An author's
 * code runs there, and not here.
 */
export function lambdaStarts({ client, intakes }: LambdaStartsOptions): RunStarter {
  return {
    async start(automation, { bytes, ...upload }) {
      const fn = intakes.get(automation);
      if (fn === undefined)
        throw new DefectError(`a start of ${automation} was asked for, which is not deployed`);

      const call: StartCall = {
        start: { ...upload, bytes: Buffer.from(bytes).toString('base64') },
      };
      const Payload = canonicalBytes(JSON.parse(JSON.stringify(call)));
      const command = new InvokeCommand({
        FunctionName: fn,
        InvocationType: 'RequestResponse',
        Payload,
      });

      return answerOf(automation, await invoked(automation, () => client.send(command)));
    },
  };
}

interface Invoked {
  readonly StatusCode?: number | undefined;
  readonly FunctionError?: string | undefined;
  readonly Payload?: Uint8Array | undefined;
}

async function invoked(automation: string, invoke: () => Promise<Invoked>): Promise<Invoked> {
  try {
    return await invoke();
  } catch (error) {
    throw new StartUnansweredError(automation, awsErrorName(error));
  }
}

/**
 * @throws {@link StartUnansweredError} for what is no answer of an intake: it failed on its way,
 *   or is not what it should be.
 */
function answerOf(
  automation: string,
  { StatusCode, FunctionError, Payload }: Invoked,
): StartAnswer {
  if (FunctionError !== undefined || StatusCode !== 200)
    throw new StartUnansweredError(automation, 'function-error');

  try {
    return answer.parse(parseJson(Payload ?? new Uint8Array()));
  } catch {
    throw new StartUnansweredError(automation, 'answer-invalid');
  }
}
