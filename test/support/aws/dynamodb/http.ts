import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** An answer, or the connection cut without one. */
export type Reply = { readonly status: number; readonly text: string } | 'cut';

/** Answers an operation asked for with a body. */
export type Answerer = (operation: string, text: string) => Promise<Reply>;

/** What a client of the SDK takes for the network. */
export type RequestHandler = Extract<
  NonNullable<DynamoDBClientConfig['requestHandler']>,
  { handle: unknown }
>;

const TYPE = { 'content-type': 'application/x-amz-json-1.0' };

/**
 * The operation of `X-Amz-Target: DynamoDB_20120810.<operation>`; with another prefix it is none
 * there is.
 */
const operationOf = (target: unknown): string => String(target).replace(/^DynamoDB_20120810\./, '');

/** Answers over HTTP on a free port of this machine. */
export async function listen(
  answer: Answerer,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => void serve(answer, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => close(server) };
}

async function serve(
  answer: Answerer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = await answer(
    operationOf(request.headers['x-amz-target']),
    (await buffer(request)).toString(),
  );

  if (reply === 'cut') request.socket.destroy();
  else response.writeHead(reply.status, TYPE).end(reply.text);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * Answers without a socket. A cut connection is the error the SDK's own handler makes of one
 * (`node-http-handler`, ECONNRESET); an aborted request is answered at once and goes on, as it
 * would at the other end of a network.
 */
export function withoutSocket(answer: Answerer): RequestHandler {
  const handler = {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(
      request: { readonly headers: Record<string, string>; readonly body?: unknown },
      options: { readonly abortSignal?: unknown } = {},
    ) {
      const text =
        typeof request.body === 'string'
          ? request.body
          : new TextDecoder().decode(request.body as Uint8Array | undefined);

      const reply = await unlessAborted(options.abortSignal as AbortSignal | undefined, () =>
        answer(operationOf(request.headers['x-amz-target']), text),
      );
      if (reply === 'cut')
        throw Object.assign(new Error('socket hang up'), {
          name: 'TimeoutError',
          code: 'ECONNRESET',
        });

      return {
        response: { statusCode: reply.status, headers: { ...TYPE }, body: Buffer.from(reply.text) },
      };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
  return handler as unknown as RequestHandler;
}

function unlessAborted<T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort, { once: true });
    act()
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener('abort', abort));
  });
}
