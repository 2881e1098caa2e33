import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** An invocation as it came in. */
export interface Invocation {
  readonly function: string;
  /** Of the header `X-Amz-Invocation-Type`. */
  readonly type: string;
  readonly payload: Buffer;
}

/** What the fake does with an invocation. */
export type InvocationEnd =
  /** The function ran. `functionError` is what `X-Amz-Function-Error` says when it failed. */
  | {
      readonly payload: string | Uint8Array;
      readonly functionError?: string;
      readonly status?: number;
    }
  /** The service refused or failed. */
  | { readonly error: string; readonly status: number }
  /** The connection is cut without an answer, or in the middle of one. */
  | 'cut'
  | 'cut-answer'
  /** No answer ever comes. */
  | 'hang';

/**
 * Stands for Lambda's Invoke, over HTTP, because moto needs Docker to run a function: path,
 * headers, the form of errors, as the API reference has them ("Invoke"). Not checked: signatures,
 * and limits of size.
 */
export class FakeLambda {
  /** Every request that came, repetitions included. */
  readonly invocations: Invocation[] = [];
  readonly #answer: (invocation: Invocation) => Promise<InvocationEnd>;
  readonly #server: Server;
  #url = '';

  constructor(answer: (invocation: Invocation) => Promise<InvocationEnd>) {
    this.#answer = answer;
    this.#server = createServer(
      (request, response) => void this.#handle(request, response).catch(() => response.destroy()),
    );
  }

  /** Settings of a client that talks to the fake. */
  get clientConfig() {
    return {
      endpoint: this.#url,
      region: 'local-1',
      credentials: { accessKeyId: 'AKIAFAKEFAKEFAKEFAKE', secretAccessKey: 'not-a-secret' },
    };
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, name] =
      /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'POST' || name === undefined)
      return fail(response, 'UnknownOperationException', 404);

    const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse');
    const invocation = { function: decodeURIComponent(name), type, payload: await buffer(request) };

    this.invocations.push(invocation);

    const end = await this.#answer(invocation);
    if (end === 'hang') return;
    if (end === 'cut') return void request.socket.destroy();
    if (end === 'cut-answer') {
      response.writeHead(200, { 'content-length': '100' }).write('{"outcome":"answered"');
      setImmediate(() => request.socket.destroy());
      return;
    }
    if ('error' in end) return fail(response, end.error, end.status);

    const failed =
      end.functionError === undefined ? {} : { 'x-amz-function-error': end.functionError };

    response.writeHead(end.status ?? 200, {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...failed,
    });

    response.end(end.payload);
  }
}

function fail(response: ServerResponse, error: string, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': error });
  response.end(
    JSON.stringify({ Type: status < 500 ? 'User' : 'Service', Message: 'words of the service' }),
  );
}

/**
 * Runs functions of this process as Lambda would: the payload is parsed, what the function returns
 * is written as JSON, what it throws is a function error. A function goes on when who called it has
 * hung up.
 */
export function running(
  functions: ReadonlyMap<string, (event: never) => Promise<unknown>>,
): (invocation: Invocation) => Promise<InvocationEnd> {
  return async ({ function: name, payload }) => {
    const fn = functions.get(name);
    if (fn === undefined) return { error: 'ResourceNotFoundException', status: 404 };

    try {
      return { payload: JSON.stringify(await fn(JSON.parse(payload.toString('utf8')) as never)) };
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      return {
        payload: JSON.stringify({ errorType, errorMessage, trace: [] }),
        functionError: 'Unhandled',
      };
    }
  };
}
