import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** What can go wrong with one request. */
export type Trouble =
  /** The service's error of this name, as it answers on the wire. */
  | { readonly error: string; readonly status?: number; readonly message?: string }
  /** Another answer than the one that was due. */
  | { readonly instead: (due: object) => object }
  /** The connection ends without an answer. */
  | 'cut'
  /** The answer begins, and the connection ends. */
  | 'half'
  /** The answer begins, and nothing follows. */
  | 'stalled'
  /** Nothing is answered. */
  | 'silent'
  /** The answer is followed by what is no JSON: what a parser complains about, it quotes. */
  | 'garbled'
  /** A load balancer's page instead of an answer of the service. */
  | 'page';

/** An error of a service under its own name: throw it in an operation. */
export class ServiceError extends Error {
  override readonly name: string;
  constructor(name: string) {
    super(`the fake refuses: ${name}`);
    this.name = name;
  }
}

/** What came in, as JSON; the fakes trust the SDK for its form. */
// biome-ignore lint/suspicious/noExplicitAny: every operation has a form of its own
type Input = Readonly<Record<string, any>>;
type Operation = (input: Input) => object;

/** A request as it came in. */
export interface Asked {
  readonly operation: string;
  readonly input: Input;
}

/**
 * A service that speaks AWS JSON 1.1 over plain HTTP: the operation is named in `X-Amz-Target`, an
 * error in `__type` of an answer with status 400 or above. Signatures are not looked at.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export class JsonService {
  readonly asked: Asked[] = [];
  readonly #operations: Readonly<Record<string, Operation>>;
  readonly #server = createServer();
  readonly #waiting: (() => void)[] = [];
  #held = false;
  #trouble: { readonly kind: Trouble; left: number } | undefined;

  constructor(operations: Readonly<Record<string, Operation>>) {
    this.#operations = operations;
    this.#server.on('request', (request, response) => {
      void json(request).then((input) => {
        const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
        this.asked.push({ operation, input: input as Input });
        const answer = this.#prepare(operation, input as Input);
        if (this.#held) this.#waiting.push(() => answer(response));
        else answer(response);
      });
    });
  }

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Endpoint, region and credentials for a client, and one attempt only. */
  get clientConfig() {
    return {
      endpoint: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'AKIAFAKE', secretAccessKey: 'not-a-secret' },
      maxAttempts: 1,
    } as const;
  }

  /** Lets the next requests go wrong: so many, or all until {@link recover}. */
  fail(kind: Trouble, times = Number.POSITIVE_INFINITY): void {
    this.#trouble = { kind, left: times };
  }

  recover(): void {
    this.#trouble = undefined;
  }

  /** Decides answers as requests come in, but keeps them back. */
  hold(): void {
    this.#held = true;
  }

  /** Sends one answer that was kept back, which overtakes those before it. */
  releaseOne(at: number): void {
    for (const answer of this.#waiting.splice(at, 1)) answer();
  }

  /** Sends all that was kept back, the oldest first, and keeps back no more. */
  release(): void {
    this.#held = false;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #prepare(operation: string, input: Input): (response: ServerResponse) => void {
    const trouble =
      this.#trouble !== undefined && this.#trouble.left-- > 0 ? this.#trouble.kind : undefined;
    const { status, body } =
      typeof trouble === 'object'
        ? this.#instead(trouble, operation, input)
        : this.#due(operation, input);

    return (response) =>
      send(
        response,
        status,
        JSON.stringify(body),
        typeof trouble === 'object' ? undefined : trouble,
      );
  }

  #instead(trouble: Extract<Trouble, object>, operation: string, input: Input): Answer {
    if ('error' in trouble)
      return errorAnswer(trouble.error, trouble.message ?? 'as asked for', trouble.status);
    const due = this.#due(operation, input);
    return { ...due, body: trouble.instead(due.body) };
  }

  #due(operation: string, input: Input): Answer {
    try {
      const act = this.#operations[operation];
      if (act === undefined) throw new ServiceError('UnknownOperationException');
      return { status: 200, body: act(input) };
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return errorAnswer(error.name, error.message);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

function errorAnswer(name: string, message: string, status = 400): Answer {
  return { status, body: { __type: name, message } };
}

const TYPE = { 'content-type': 'application/x-amz-json-1.1' };

function send(
  response: ServerResponse,
  status: number,
  text: string,
  trouble: Exclude<Trouble, object> | undefined,
): void {
  if (trouble === 'silent') return;

  if (trouble === 'cut') response.destroy();
  else if (trouble === 'page')
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html>Bad Gateway</html>');
  else if (trouble === 'garbled') response.writeHead(status, TYPE).end(`${text}${text}`);
  else if (trouble === undefined) response.writeHead(status, TYPE).end(text);
  else {
    response.writeHead(status, { ...TYPE, 'content-length': Buffer.byteLength(text) });
    response.write(text.slice(0, -4), () => trouble === 'half' && response.destroy());
  }
}
