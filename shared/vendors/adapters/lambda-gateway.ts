import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import {
  requestHash,
  type VendorCallOptions,
  type VendorGateway,
  type VendorKind,
  type VendorOutcome,
  type VendorRequest,
} from '#shared/engine/index.ts';
import { AWS_CLIENT } from '#shared/kernel/adapters/aws-client.ts';
import { canonicalBytes } from '#shared/kernel/index.ts';
import { CALL_TEXT_MAX, type VendorCall } from '../call-vendor.ts';
import { readAnswer } from './lambda-answer.ts';
import { outcomeOfError } from './lambda-failures.ts';

/** A declared vendor and its function. */
export interface InvokedVendor {
  readonly kind: VendorKind;
  /** Name or ARN of the vendor's function. */
  readonly function: string;
}

export interface LambdaGatewayOptions {
  /** Client created by {@link lambdaClient}. It must not retry a call. */
  readonly client: Pick<LambdaClient, 'send'>;
  readonly vendors: ReadonlyMap<string, InvokedVendor>;
}

/**
 * Creates a client with the settings that {@link LambdaGateway} needs.
 *
 * - One attempt. The engine decides whether a vendor is called again, because it knows the vendor's
 *   guarantee.
 * - A new connection for each call. A connection that was kept while the function was frozen may be
 *   dead, and a request that failed on it may or may not have arrived.
 * - No response timeout. The caller's signal is the limit, and a vendor function may take longer
 *   than any other call.
 */
export function lambdaClient(config: LambdaClientConfig): LambdaClient {
  const agent = { keepAlive: false };
  const { connectionTimeout } = AWS_CLIENT.requestHandler;

  return new LambdaClient({
    ...AWS_CLIENT,
    requestHandler: { connectionTimeout, httpAgent: agent, httpsAgent: agent },
    ...config,
    maxAttempts: 1,
  });
}

/** Reaches each vendor through its Lambda function: exactly one synchronous invocation per call. */
export class LambdaGateway implements VendorGateway {
  readonly #client: Pick<LambdaClient, 'send'>;
  readonly #vendors: ReadonlyMap<string, InvokedVendor>;

  constructor({ client, vendors }: LambdaGatewayOptions) {
    this.#client = client;
    this.#vendors = vendors;
  }

  kindOf(vendor: string): VendorKind {
    return this.#vendors.get(vendor)?.kind ?? { kind: 'none' };
  }

  call(
    vendor: string,
    request: VendorRequest,
    { key, signal, notAfter }: VendorCallOptions,
  ): Promise<VendorOutcome> {
    return this.#invoke(vendor, { operation: 'call', key, request, notAfter }, signal);
  }

  lookup(
    vendor: string,
    request: VendorRequest,
    { key, signal, notAfter }: VendorCallOptions,
  ): Promise<VendorOutcome> {
    return this.#invoke(vendor, { operation: 'lookup', key, request, notAfter }, signal);
  }

  async #invoke(
    vendor: string,
    call: VendorCall,
    abortSignal: AbortSignal,
  ): Promise<VendorOutcome> {
    const fn = this.#vendors.get(vendor)?.function;
    if (fn === undefined)
      return { outcome: 'unsent', use: { vendor, host: 'unknown' }, code: 'vendor-unknown' };

    const command = commandOf(fn, call);
    if (command === undefined)
      return { outcome: 'unsent', use: { vendor, host: 'unknown' }, code: 'request-invalid' };

    const use = { vendor, host: 'unknown', request: requestHash(call.request) };
    try {
      const { StatusCode, FunctionError, Payload } = await this.#client.send(command, {
        abortSignal,
      });
      // the function failed before, during or after its call
      if (FunctionError !== undefined) return { outcome: 'unknown', use, code: 'function-error' };

      const answer = readAnswer(StatusCode, Payload, vendor, call.request);

      return typeof answer === 'string' ? { outcome: 'unknown', use, code: answer } : answer;
    } catch (error) {
      return { ...outcomeOfError(error, abortSignal), use };
    }
  }
}

/**
 * Builds the invocation of a call; `undefined` for a call that cannot be serialized and therefore
 * cannot be sent.
 */
function commandOf(fn: string, call: VendorCall): InvokeCommand | undefined {
  try {
    if (call.request.path.length > CALL_TEXT_MAX || call.key.length > CALL_TEXT_MAX)
      return undefined; // the function would refuse it

    const payload = canonicalBytes({
      operation: call.operation,
      key: call.key,
      request: { ...call.request },
      notAfter: call.notAfter,
    });

    return new InvokeCommand({
      FunctionName: fn,
      InvocationType: 'RequestResponse',
      Payload: payload,
    });
  } catch {
    return undefined;
  }
}
