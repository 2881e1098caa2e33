import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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
import { bodyReader, keptOf } from './request-body.ts';
import { routeTable } from './route-table.ts';

export interface HttpServerOptions {
  /**
   * Who answers: the API's functions, and what is mounted only on one machine, such as the sign-in.
   * No two may have one route.
   */
  readonly functions: readonly EmbeddedHttpFunction[];
  /** 0: one that is free. */
  readonly port: number;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers?: Timers;
  /** Replaces some of {@link LIMITS}. */
  readonly limits?: Partial<typeof LIMITS>;
}

/** The API of one machine. */
export interface HttpServer {
  /** Such as `http://127.0.0.1:8420`. */
  readonly url: string;
  /**
   * Takes no more requests, on connections that are open neither, however often it is called;
   * resolves when those under way are answered, or were given up after {@link LIMITS}.closeMs.
   */
  close(): Promise<void>;
}

/**
 * Sizes in bytes, times in milliseconds. The sizes of one request, and the time a function has, are
 * those of API Gateway.
 */
const LIMITS = {
  bodyBytes: 10 * 1_024 * 1_024,
  /** All large bodies under way together; see `BodyLimits`. */
  bodiesBytes: 32 * 1_024 * 1_024,
  /** Request line and headers. */
  headBytes: 10_240,
  /** To send the head, and to send all of it. */
  headMs: seconds(10),
  requestMs: seconds(30),
  /** For a function to answer. */
  answerMs: seconds(30),
  idleMs: seconds(5),
  closeMs: seconds(10),
  /** With one more, see `limitConnections`. */
  connections: 512,
};

/** What API Gateway says by itself. Here 503 is also said when there is no room for a body. */
const SAYS = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** A request that no function sees. */
class Turned extends Error {
  readonly status: keyof typeof SAYS;
  constructor(status: keyof typeof SAYS) {
    super(SAYS[status]);
    this.status = status;
  }
}

/**
 * Does for the functions of the API what API Gateway does on AWS, on 127.0.0.1 and for this machine
 * alone: finds the route, makes the event, gives the answer. Besides it refuses what a browser
 * sends for another site's page: a `Host` or `Origin` that is not this server. It has neither
 * authorizers nor throttles; the functions themselves check every token.
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

    answerTo(request)
      .catch((error: unknown) => {
        if (error instanceof Turned) return ownAnswer(error.status);
        const { code, message } = describeError(error, 'http.failed');
        log.line('error', 'a function of the API failed', { code, because: message });
        return ownAnswer(500);
      })
      .then((answer) => {
        if (closed !== undefined) response.shouldKeepAlive = false;
        send(request, response, answer);
      })
      // the answer cannot be said in HTTP, or nobody is there to take it
      .catch(() => response.destroy())
      .finally(() => connections.end(socket));
  });

  async function answerTo(request: IncomingMessage): Promise<APIGatewayProxyStructuredResultV2> {
    const [path = '', ...rest] = (request.url ?? '').split('?');
    const query = rest.join('?');

    turnAway(request, path, limits.headBytes, port);

    const matched = matchedBy(() => find(request.method ?? '', path));
    const { fn, routeKey, parameters } = matched;
    const route = fn.routes.find((one) => keyOf(one) === declaredKey(routeKey));
    const body = await readBody(request, route === undefined ? 0 : keptOf(route, request.headers));
    if (typeof body === 'number') throw new Turned(body);

    const requestId = newId(options.random);
    const { method = '', httpVersion, rawHeaders, socket } = request;

    connections.work(socket);

    const sent = {
      method,
      httpVersion,
      rawHeaders,
      from: socket.remoteAddress ?? '',
      path,
      query,
      body: body.bytes,
    };

    const event = gatewayEvent({
      ...sent,
      routeKey,
      parameters,
      requestId,
      at: options.clock.now(),
    });

    return inTime(fn.handle(event).finally(body.free), timers, limits.answerMs);
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

  const { port } = server.address() as AddressInfo; // no connection was taken up before this line

  const end = async () => {
    const giveUp = timers.after(limits.closeMs, () => server.closeAllConnections());
    const ended = once(server, 'close');
    server.close();
    connections.drain();
    await ended;
    giveUp();
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
 * A page of another site can make a browser send requests here, and a name of another site can be
 * made to lead here.
 */
function turnAway(
  { rawHeaders, method = '', url = '' }: IncomingMessage,
  path: string,
  headBytes: number,
  port: number,
): void {
  const size = rawHeaders.reduce((bytes, text) => bytes + text.length, method.length + url.length);
  if (size > headBytes) throw new Turned(431);

  const { host = '', origin } = headersOf(rawHeaders);
  const own = ['127.0.0.1', 'localhost', '[::1]'].map((name) => `${name}:${port}`);
  if (!own.includes(host.toLowerCase())) throw new Turned(421);
  if (origin !== undefined && !own.some((name) => origin === `http://${name}`))
    throw new Turned(403);
  if (!/^\/[\x21-\x7e]*$/.test(url) || path.includes('#')) throw new Turned(400);
}

function matchedBy<Found>(find: () => Found | undefined): Found {
  let found: Found | undefined;
  try {
    found = find();
  } catch (error) {
    if (error instanceof URIError) throw new Turned(400);
    throw error;
  }

  if (found === undefined) throw new Turned(404);

  return found;
}

/** What a function does after its time goes on, as it may on AWS; its answer is not waited for. */
function inTime<Answer>(answer: Promise<Answer>, timers: Timers, ms: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(ms, () => reject(new Turned(503)));
    answer.then(resolve, reject).finally(cancel);
  });
}

function ownAnswer(statusCode: keyof typeof SAYS): APIGatewayProxyStructuredResultV2 {
  const headers = {
    'content-type': 'application/json',
    ...(statusCode === 503 ? { 'retry-after': '1' } : {}),
  };
  return { statusCode, headers, body: JSON.stringify({ message: SAYS[statusCode] }) };
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
  const more = {
    ...(cookies.length === 0 ? {} : { 'set-cookie': cookies }),
    // of HEAD it would have to be what GET has
    ...(request.method === 'HEAD' ? {} : { 'content-length': bytes.length }),
  };

  // what is left of a body that nobody reads must not be taken for the next request
  if (!request.complete) response.shouldKeepAlive = false;

  response.writeHead(statusCode, {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...more,
  });

  response.end(bytes);
}
