import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { AWS_CLIENT, awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { SECOND } from '#shared/kernel/index.ts';
import { IdentityUnavailableError } from '../errors.ts';
import { parseKeySet } from '../key-set.ts';
import type { IssuerKeys } from '../ports.ts';

export interface LambdaKeysOptions {
  readonly client: Pick<LambdaClient, 'send'>;
  /** Name or ARN of the function `issuer`. */
  readonly function: string;
}

/**
 * Creates a client with the settings of {@link AWS_CLIENT} that makes at most two attempts, and
 * waits up to six seconds for each, which is the function's timeout.
 */
export function issuerClient(config: LambdaClientConfig = {}): LambdaClient {
  const wait = 6 * SECOND;
  const requestHandler = {
    ...AWS_CLIENT.requestHandler,
    requestTimeout: wait,
    socketTimeout: wait,
  };
  return new LambdaClient({ ...AWS_CLIENT, maxAttempts: 2, requestHandler, ...config });
}

/**
 * Creates an {@link IssuerKeys} that calls the function `issuer`, which, unlike its callers, can
 * reach the internet. The function receives no input, and its output is treated as untrusted.
 */
export function lambdaKeys({ client, function: FunctionName }: LambdaKeysOptions): IssuerKeys {
  return {
    async read() {
      const payload = await invoked(() =>
        client.send(
          new InvokeCommand({
            FunctionName,
            InvocationType: 'RequestResponse',
            Payload: Buffer.from('{}'),
          }),
        ),
      );
      return parseKeySet(payload);
    },
  };
}

async function invoked(
  invoke: () => Promise<{
    readonly StatusCode?: number | undefined;
    readonly FunctionError?: string | undefined;
    readonly Payload?: Uint8Array | undefined;
  }>,
): Promise<Uint8Array> {
  let answer: Awaited<ReturnType<typeof invoke>>;
  try {
    answer = await invoke();
  } catch (error) {
    throw new IdentityUnavailableError(awsErrorName(error));
  }

  if (
    answer.FunctionError !== undefined ||
    answer.StatusCode !== 200 ||
    answer.Payload === undefined
  )
    throw new IdentityUnavailableError('function-error');

  return answer.Payload;
}
