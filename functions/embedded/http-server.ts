import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { describeError } from '#shared/audit/index.ts';
import {
  type Clock,
  InvalidInputError,
  type Log,
  newId,
  type Random,
  seconds,
  systemTimers,
  type Timers,
} from '#shared/kernel/index.ts';
import { declaredKey, routeKey as keyOf } from '../framework/http/route.ts';
import type { EmbeddedHttpFunction } from '../wiring/embedded.ts';
import { limitConnections } from './connections.ts';
import { gatewayEvent, headersOf } from './gateway-event.ts';
import { bodyReader, maxBodyBytes } from './request-body.ts';
import { routeTable } from './route-table.ts';

export interface HttpServerOptions {
  /**
   * Functions of the API, and functions that exist only on a local platform, such as sign-in. Each
   * route belongs to one function.
   */
  readonly functions: readonly EmbeddedHttpFunction[];
  /** Port to listen on; 0 selects a free port. */
  readonly port: number;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers?: Timers;
  /** Overrides of {@link LIMITS}. */
  readonly limits?: Partial<typeof LIMITS>;
}

/** HTTP server of the API on this machine. */
export interface HttpServer {
  /** Base URL, such as `http://127.0.0.1:8420`. */
  readonly url: string;
  /**
   * Stops accepting requests, including on open connections. Resolves when the requests in progress
   * are answered, or aborted after {@link LIMITS}.closeMs. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Limits in bytes and milliseconds. The limits of one request, and the time limit of a function,
 * equal those of API Gateway.
 */
const LIMITS = {
  bodyBytes: 10 * 1_024 * 1_024,
  /** Total size of all large bodies in progress; see `BodyLimits`. */
  bodiesBytes: 32 * 1_024 * 1_024,
  /** Size of the request line and headers. */
  headBytes: 10_240,
  /** Time limit for receiving the request line and headers. */
  headMs: seconds(10),
  /** Time limit for receiving the whole request. */
  requestMs: seconds(30),
  /** Time limit of a function. */
  answerMs: seconds(30),
  idleMs: seconds(5),
  closeMs: seconds(10),
  /** Maximum number of concurrent connections; see `limitConnections`. */
  connections: 512,
};

/**
 * Messages of API Gateway's own responses. Here, 503 also means that no memory is left for a body.
 */
const STATUS_TEXT = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** Thrown for a request that is refused before it reaches a function. */
class GatewayError extends Error {
  readonly status: keyof typeof STATUS_TEXT;
  constructor(status: keyof typeof STATUS_TEXT) {
    super(STATUS_TEXT[status]);
    this.status = status;
  }
}

/**
 * Replaces API Gateway on 127.0.0.1: finds the route of a request, invokes the function with an
 * event, and sends its response. Also refuses requests whose `Host` or `Origin` is not this server,
 * because a browser sends them for a page of another site. Does not authorize or throttle requests:
 * the functions verify every token.
 *
 * @throws `http.port-taken` (refuse).
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { log, timers = systemTimers } = options;
  const limits = { ...LIMITS, ...options.limits };
  const find = routeTable(options.functions);
  const readBody = bodyReader(limits);

  const server = createServer({
    maxHeaderSize: 2 * limits.headBytes, // counted exactly below, as API Gateway does
    headersTimeout: limits.headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(limits.headMs, seconds(1)),
  });

  const connections = limitConnections(server, limits.connections);
  let closed: Promise<void> | undefined;

  server.on('request', (request, response) => {
    const { socket } = request;
    if (!connections.begin(socket)) return;

    handle(request)
      .catch((error: unknown) => {
        if (error instanceof GatewayError) return toErrorResponse(error.status);
        const { code, message } = describeError(error, 'http.failed');
        log.line('error', 'a function of the API failed', { code, because: message });
        return toErrorResponse(500);
      })
      .then((answer) => {
        if (closed !== undefined) response.shouldKeepAlive = false;
        send(request, response, answer);
      })
      // the response is not valid HTTP, or the client is gone
      .catch(() => response.destroy())
      .finally(() => connections.end(socket));
  });

  async function handle(request: IncomingMessage): Promise<APIGatewayProxyStructuredResultV2> {
    const [path = '', ...rest] = (request.url ?? '').split('?');
    const query = rest.join('?');

    checkRequest(request, path, limits.headBytes, port);

    const { fn, routeKey, parameters } = requireRoute(() => find(request.method ?? '', path));
    const route = fn.routes.find((candidate) => keyOf(candidate) === declaredKey(routeKey));
    const body = await readBody(
      request,
      route === undefined ? 0 : maxBodyBytes(route, request.headers),
    );
    if (typeof body === 'number') throw new GatewayError(body);

    const requestId = newId(options.random);
    const { method = '', httpVersion, rawHeaders, socket } = request;

    connections.work(socket);

    const event = gatewayEvent({
      method,
      httpVersion,
      rawHeaders,
      from: socket.remoteAddress ?? '',
      path,
      query,
      body: body.bytes,
      routeKey,
      parameters,
      requestId,
      at: options.clock.now(),
    });

    return withTimeout(fn.handle(event).finally(body.free), timers, limits.answerMs);
  }

  server.listen(options.port, '127.0.0.1');

  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error;

    throw new InvalidInputError(
      'http.port-taken',
      `port ${options.port} of this machine is in use`,
      { port: options.port },
    );
  }

  const { port } = server.address() as AddressInfo; // no connection is accepted before this line

  const end = async () => {
    const cancelAbort = timers.after(limits.closeMs, () => server.closeAllConnections());
    const ended = once(server, 'close');
    server.close();
    connections.drain();
    await ended;
    cancelAbort();
  };

  return {
    url: `http://127.0.0.1:${port}`,
    close() {
      closed ??= end();
      return closed;
    },
  };
}

/**
 * Refuses malformed requests and requests of other sites. A page of another site can make a browser
 * send requests here, and a DNS name of another site can resolve to this machine.
 */
function checkRequest(
  { rawHeaders, method = '', url = '' }: IncomingMessage,
  path: string,
  headBytes: number,
  port: number,
): void {
  const size = rawHeaders.reduce((bytes, text) => bytes + text.length, method.length + url.length);
  if (size > headBytes) throw new GatewayError(431);

  const { host = '', origin } = headersOf(rawHeaders);
  const hosts = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (!hosts.includes(host.toLowerCase())) throw new GatewayError(421);
  if (origin !== undefined && !hosts.some((name) => origin === `http://${name}`))
    throw new GatewayError(403);
  if (!/^\/[\x21-\x7e]*$/.test(url) || path.includes('#')) throw new GatewayError(400);
}

function requireRoute<Match>(find: () => Match | undefined): Match {
  let match: Match | undefined;
  try {
    match = find();
  } catch (error) {
    if (error instanceof URIError) throw new GatewayError(400);
    throw error;
  }

  if (match === undefined) throw new GatewayError(404);

  return match;
}

/** Fails with 503 after the time limit. The function may continue, as on AWS. */
function withTimeout<Result>(result: Promise<Result>, timers: Timers, ms: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(new GatewayError(503)));
    result.then(resolve, reject).finally(cancel);
  });
}

function toErrorResponse(statusCode: keyof typeof STATUS_TEXT): APIGatewayProxyStructuredResultV2 {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (statusCode === 503) headers['retry-after'] = '1';

  return { statusCode, headers, body: JSON.stringify({ message: STATUS_TEXT[statusCode] }) };
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: APIGatewayProxyStructuredResultV2,
): void {
  const {
    statusCode = 200,
    headers = {},
    cookies = [],
    body = '',
    isBase64Encoded = false,
  } = answer;

  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const sent: OutgoingHttpHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, String(value)]),
  );

  if (cookies.length > 0) sent['set-cookie'] = [...cookies];
  // for HEAD, the length would have to be that of the response to GET
  if (request.method !== 'HEAD') sent['content-length'] = bytes.length;

  // the unread rest of a body must not be parsed as the next request
  if (!request.complete) response.shouldKeepAlive = false;

  response.writeHead(statusCode, sent).end(bytes);
}
