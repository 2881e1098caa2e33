import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  type HttpServer,
  type HttpServerOptions,
  openHttpServer,
} from '#functions/embedded/http-server.ts';
import type { BodySchema } from '#functions/framework/http/endpoint.ts';
import type { Route } from '#functions/framework/http/route.ts';
import type { EmbeddedHttpFunction } from '#functions/wiring/embedded.ts';
import { jsonLog, ManualClock, seededRandom, silentLog } from '#shared/kernel/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { httpBench, sampleInvoice } from '../../support/http.ts';

const opened: HttpServer[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of opened.splice(0)) await server.close();
});

const route = (method: Route['method'], path: string): Route => ({
  method,
  path,
  authentication: 'person',
});
const AT = Date.UTC(2027, 2, 12, 19, 3, 58, 7);

const MIB = 1_024 * 1_024;
const UPLOAD = '/runs?workspace=acme&automation=invoice-approval';
const CHUNKED = { 'transfer-encoding': 'chunked' };
/** A route as the API's groups have them. */
const taking = (body: BodySchema) => ({ ...route('POST', '/runs'), request: { body } });

/** A server whose functions keep the events they get. */
async function open(
  routes: readonly Route[],
  answer: (
    event: APIGatewayProxyEventV2,
  ) => APIGatewayProxyStructuredResultV2 | Promise<APIGatewayProxyStructuredResultV2> = () => ({}),
  more: Partial<HttpServerOptions> = {},
) {
  const events: APIGatewayProxyEventV2[] = [];

  const fn: EmbeddedHttpFunction = {
    name: 'group',
    routes,
    async handle(event) {
      events.push(event);
      return answer(event);
    },
  };

  const server = await openHttpServer({
    functions: [fn],
    port: 0,
    log: silentLog,
    clock: new ManualClock(AT),
    random: seededRandom('server'),
    ...more,
  });

  opened.push(server);

  return { server, events, url: server.url, port: Number(new URL(server.url).port) };
}

/** A function's answer that comes when the test says so. */
function unanswered() {
  const called = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<APIGatewayProxyStructuredResultV2>();
  const answer = () => {
    called.resolve();
    return answered.promise;
  };
  return { answer, called: called.promise, finish: answered.resolve };
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function send(
  url: string,
  options: {
    method?: string;
    headers?: Record<string, string | string[]>;
    body?: string | Buffer;
  } = {},
) {
  return new Promise<Answered>((resolve, reject) => {
    const { body, ...rest } = options;

    const request = httpRequest(url, { ...rest, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part) => parts.push(part));

      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      );
    });

    request.on('error', reject);
    request.end(body);
  });
}

/** Bytes as they are, to the end of the connection. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';

    socket.on('data', (data) => {
      text += data.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => {}); // a refused sender may be cut off
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

interface Silent {
  readonly closed: Promise<unknown>;
  /** Sends a request, by itself `GET /me`. @returns the beginning of the answer. */
  ask(request?: string): Promise<string>;
}

/** A connection that sends so much and no more; until it asks. */
async function silentOne(port: number, bytes: string): Promise<Silent> {
  const socket = connect(port, '127.0.0.1');

  sockets.push(socket);

  const closed = once(socket.resume(), 'close').catch(() => {});

  socket.on('error', () => {}); // who is silent may be cut off
  await once(socket, 'connect');
  socket.write(bytes);

  return {
    closed,
    async ask(request = `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`) {
      const answer = once(socket, 'data');
      socket.write(request);
      return String((await answer)[0]);
    },
  };
}

describe('the event of a request', () => {
  test('is what API Gateway makes of it', async () => {
    const { url, events, port } = await open([route('POST', '/runs/{run}/notes/{note}')]);

    await send(`${url}/runs/a%20b/notes/%C3%A9?limit=5&tag=a&tag=b+c&__proto__=x`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'X-One': ['a', 'b'],
        Cookie: 'one=1; two=2',
        'User-Agent': 'test',
        Connection: 'close',
      },
      body: '{"é":1}',
    });

    const { headers, requestContext, ...event } = events[0] as APIGatewayProxyEventV2;

    expect(event).toEqual({
      version: '2.0',
      routeKey: 'POST /runs/{run}/notes/{note}',
      rawPath: '/runs/a%20b/notes/%C3%A9',
      rawQueryString: 'limit=5&tag=a&tag=b+c&__proto__=x',
      cookies: ['one=1', 'two=2'],
      queryStringParameters: JSON.parse('{"limit":"5","tag":"a,b c","__proto__":"x"}'),
      pathParameters: { run: 'a b', note: 'é' },
      body: '{"é":1}',
      isBase64Encoded: false,
    });

    expect(headers).toEqual({
      'content-type': 'application/json; charset=utf-8',
      'x-one': 'a,b',
      'user-agent': 'test',
      connection: 'close',
      host: `127.0.0.1:${port}`,
      'content-length': '8',
    });

    expect(requestContext).toEqual({
      accountId: 'local',
      apiId: 'local',
      domainName: `127.0.0.1:${port}`,
      domainPrefix: 'local',
      http: {
        method: 'POST',
        path: '/runs/a%20b/notes/%C3%A9',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'test',
      },
      requestId: expect.stringMatching(/^[0-9a-z]{26}$/),
      routeKey: 'POST /runs/{run}/notes/{note}',
      stage: '$default',
      time: '12/Mar/2027:19:03:58 +0000',
      timeEpoch: AT,
    });
  });

  test('has no parameters, no query and no body where the request has none', async () => {
    const { url, events } = await open([route('GET', '/me')]);
    await send(`${url}/me`);

    expect(Object.keys(events[0] ?? {})).toEqual([
      'version',
      'routeKey',
      'rawPath',
      'rawQueryString',
      'headers',
      'requestContext',
      'isBase64Encoded',
    ]);
  });

  test.each([
    ['application/json', false],
    ['application/xml', false],
    ['text/csv', false],
    ['application/octet-stream', true],
    ['application/problem+json', true],
    ['application/x-www-form-urlencoded', true],
    [undefined, true],
  ])('has a body of type %s in base64: %s', async (type, isBase64Encoded) => {
    const { url, events } = await open([route('POST', '/runs')]);

    await send(`${url}/runs`, {
      method: 'POST',
      headers: type === undefined ? {} : { 'content-type': type },
      body: '<a/>',
    });

    const [event] = events;
    expect(event?.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event?.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe(
      '<a/>',
    );
  });

  test.each([
    ['U+FFFD, which as text would be doubtful', Buffer.from('<a>\ufffd</a>')],
    ['a byte that is not UTF-8', Buffer.from('<a>\xe9</a>', 'latin1')],
    ['a character that is cut off', Buffer.from('<a>\xf0\x9f\x98 </a>', 'latin1')],
    ['half a character', Buffer.from('<a>\xed\xa0\xbd</a>', 'latin1')],
  ])('has a body with %s in base64, as it was sent', async (_, body) => {
    const { url, events } = await open([taking({ bytes: ['application/xml'] })]);
    for (const headers of [{}, CHUNKED])
      await send(`${url}/runs`, {
        method: 'POST',
        headers: { authorization: 'x', 'content-type': 'application/xml', ...headers },
        body,
      });

    for (const event of events)
      expect([event.isBase64Encoded, Buffer.from(event.body ?? '', 'base64').equals(body)]).toEqual(
        [true, true],
      );

    expect(events).toHaveLength(2);
  });

  test('has two idempotency keys joined by what is in none, and all other headers by commas', async () => {
    const { url, events } = await open([route('GET', '/me')]);

    await send(`${url}/me?idempotency-key=a&idempotency-key=b`, {
      headers: { 'Idempotency-Key': ['"a', 'b"'], Authorization: ['a', 'b'] },
    });
    expect(events[0]).toMatchObject({
      headers: { 'idempotency-key': '"a\nb"', authorization: 'a,b' },
      queryStringParameters: { 'idempotency-key': 'a,b' },
    });
  });

  test('has a name of its own for each request', async () => {
    const { url, events } = await open([route('GET', '/me')]);
    for (let i = 0; i < 3; i++) await send(`${url}/me`);
    expect(new Set(events.map(({ requestContext }) => requestContext.requestId)).size).toBe(3);
  });
});

describe('the route of a request', () => {
  const routes = [
    route('GET', '/people/{person}'),
    route('POST', '/people/first-admin'),
    route('GET', '/people/first-admin'),
    route('GET', '/{any}/roles'),
  ];

  test.each([
    ['GET', '/people/first-admin', 'GET /people/first-admin'],
    ['GET', '/people/first-Admin', 'GET /people/{person}'],
    ['POST', '/people/first-admin', 'POST /people/first-admin'],
    ['GET', '/people/roles', 'GET /people/{person}'],
    ['GET', '/x/roles', 'GET /{any}/roles'],
    ['GET', '/people/a%2Fb', 'GET /people/{person}'],
    ['GET', '/people/..', 'GET /people/{person}'],
    ['HEAD', '/people/x', 'HEAD /people/{person}'],
    ['HEAD', '/people/first-admin', 'HEAD /people/first-admin'],
  ])('of %s %s is %s', async (method, path, key) => {
    const { port, events } = await open(routes);
    await sendRaw(
      port,
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    );
    expect(events[0]?.routeKey).toBe(key);
  });

  test.each([
    ['POST', '/people/x'],
    ['GET', '/people'],
    ['GET', '/people/'],
    ['GET', '//people/x'],
    ['GET', '/people/x/'],
    ['GET', '/People/x'],
    ['GET', '/'],
    ['HEAD', '/people'],
    ['OPTIONS', '/people/x'],
    ['TRACE', '/people/x'],
  ])('is not found for %s %s', async (method, path) => {
    const { port, events } = await open(routes);
    const text = await sendRaw(
      port,
      `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    );

    expect(text).toMatch(/^HTTP\/1.1 404 /);
    if (method !== 'HEAD') expect(text).toMatch(/\{"message":"Not Found"\}$/);

    expect(events).toEqual([]);
  });
});

describe('the answer', () => {
  test('is what the function gave: status, headers, cookies and bytes', async () => {
    const { url } = await open([route('GET', '/me')], () => ({
      statusCode: 203,
      headers: { 'content-type': 'application/octet-stream', 'x-n': 5 },
      cookies: ['a=1', 'b=2'],
      body: Buffer.from([0, 255, 1]).toString('base64'),
      isBase64Encoded: true,
    }));

    const answer = await send(`${url}/me`);
    expect(answer.status).toBe(203);

    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-n': '5',
      'set-cookie': ['a=1', 'b=2'],
      'content-length': '3',
    });
  });

  test('of a function that fails is 500 and says nothing of it; the log line has no text of the error', async () => {
    const lines: string[] = [];
    const log = jsonLog(
      (line) => lines.push(line),
      () => AT,
    );

    const { url } = await open(
      [route('GET', '/me')],
      () => Promise.reject(new Error('secret-canary')),
      { log },
    );

    const answer = await send(`${url}/me`);

    expect(answer.status).toBe(500);
    expect(answer.body).toBe('{"message":"Internal Server Error"}');
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toContain('secret-canary');
  });

  test('that no header can carry ends the connection and not the server', async () => {
    let bad = true;
    const { url } = await open([route('GET', '/me')], () =>
      bad ? { headers: { 'x-bad': 'a\r\nset-cookie: b' } } : { body: 'ok' },
    );
    await expect(send(`${url}/me`)).rejects.toThrow();
    bad = false;
    expect((await send(`${url}/me`)).body).toBe('ok');
  });

  test('of a function that does not end is 503', async () => {
    const timers = new ManualTimers(0);
    const { answer: never, called } = unanswered();
    const { url } = await open([route('GET', '/me')], never, { timers });
    const answer = send(`${url}/me`);
    await called;
    timers.advance(30_000);
    expect(await answer).toMatchObject({ status: 503, body: '{"message":"Service Unavailable"}' });
  });
});

describe('a request that is not for this server', () => {
  test.each([
    ['a name of another site', { host: 'evil.example' }, 421],
    ['another port', { host: '127.0.0.1:1' }, 421],
    ['no port', { host: '127.0.0.1' }, 421],
    ['a name that begins alike', { host: 'localhost.evil.example:PORT' }, 421],
    ['a page of another site', { origin: 'https://evil.example' }, 403],
    ['a page that has no site', { origin: 'null' }, 403],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page by another scheme', { origin: 'https://127.0.0.1:PORT' }, 403],
  ])(
    'by %s is refused before any function sees it',
    async (_, headers: Record<string, string>, status) => {
      const { url, port, events } = await open([route('GET', '/me')]);
      const own = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]),
      );
      expect((await send(`${url}/me`, { headers: own })).status).toBe(status);
      expect(events).toEqual([]);
    },
  );

  test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])(
    'is not one that names %s',
    async (name) => {
      const { url, port, events } = await open([route('GET', '/me')]);
      const answer = await send(`${url}/me`, {
        headers: { host: `${name}:${port}`, origin: `http://${name.toLowerCase()}:${port}` },
      });
      expect(answer.status).toBe(200);
      expect(events).toHaveLength(1);
    },
  );

  test.each([
    [
      'two hosts',
      (port: number) =>
        `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    ],
    ['no host', () => 'GET /me HTTP/1.1\r\nConnection: close\r\n\r\n'],
    [
      'a whole URL',
      (port: number) =>
        `GET http://evil.example/me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'a byte that is no ASCII',
      (port: number) =>
        `GET /me?\xff HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'broken percent-encoding',
      (port: number) =>
        `GET /x/%ff HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`,
    ],
    [
      'two lengths',
      (port: number) =>
        `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    ],
    [
      'a length and chunks',
      (port: number) =>
        `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    ],
    [
      'a bare line feed',
      (port: number) => `GET /me HTTP/1.1\nHost: 127.0.0.1:${port}\nConnection: close\n\n`,
    ],
    ['something that is not HTTP', () => '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
  ])('with %s is refused before any function sees it', async (_, bytes) => {
    const { port, events } = await open([route('GET', '/me'), route('GET', '/x/{y}')]);
    expect(await sendRaw(port, bytes(port))).toMatch(/^HTTP\/1.1 4(?:00|21) /);
    expect(events).toEqual([]);
  });
});

describe('limits', () => {
  test('a body of 10 MiB is answered, one byte more is not, whether its length is said or not', async () => {
    const { url, events } = await open([route('POST', '/runs')]);
    const most = Buffer.alloc(10 * MIB, 'a');
    expect((await send(`${url}/runs`, { method: 'POST', body: most })).status).toBe(200);

    for (const head of [{ 'content-length': String(most.length + 1) }, CHUNKED]) {
      const answer = await send(`${url}/runs`, {
        method: 'POST',
        headers: head,
        body: Buffer.concat([most, Buffer.from('b')]),
      }).catch(
        () => undefined, // cut off before the answer was read
      );

      if (answer !== undefined) expect(answer.status).toBe(413);
    }

    expect(events).toHaveLength(1);
  });

  const somebody = { authorization: 'Bearer x' };

  test.each([
    ['no body', route('GET', '/runs'), {}, 65_536],
    ['JSON', taking({ json: z.unknown() }), {}, 65_536],
    ['an upload', taking({ bytes: ['text/csv'] }), somebody, 4 * MIB],
    [
      'an upload by anybody',
      {
        ...taking({ bytes: ['text/csv'] }),
        authentication: 'none',
        throttle: { rate: 1, burst: 1 },
      },
      {},
      4 * MIB,
    ],
  ] as const)(
    'of a body to a route that takes %s the function gets what it may have, or a little more',
    async (_, taker, headers, most) => {
      const { url, events } = await open([taker]);
      const { method } = taker;
      const body = Buffer.alloc(9 * MIB, 'abc');

      for (const length of [
        (sent: Buffer) => ({ 'content-length': String(sent.length) }),
        () => CHUNKED,
      ]) {
        for (const sent of [body.subarray(0, most), body]) {
          const all = { 'content-type': 'text/csv', ...headers, ...length(sent) };
          expect((await send(`${url}/runs`, { method, headers: all, body: sent })).status).toBe(
            200,
          );
        }

        const [whole, cut = ''] = events.splice(0).map((event) => event.body);
        expect(whole === body.toString('latin1', 0, most)).toBe(true);
        expect(cut.length).toBeGreaterThan(most);
        expect(cut.length).toBeLessThan(most + 6);
      }
    },
  );

  test('of an upload without a token the function gets nothing', async () => {
    const { url, events } = await open([taking({ bytes: ['text/csv'] })], () => ({
      statusCode: 401,
    }));

    for (const body of ['a', Buffer.alloc(MIB)]) {
      expect(
        (
          await send(`${url}/runs`, {
            method: 'POST',
            headers: { 'content-type': 'text/csv' },
            body,
          })
        ).status,
      ).toBe(401);
    }

    expect(events.map(({ body }) => body)).toEqual([undefined, undefined]);
  });

  test.each(['', 'a', 'ab', 'abc'])(
    'what is left out of a body does not leave half a character, after "%s"',
    async (before) => {
      const { url, events } = await open([taking({ json: z.unknown() })]);
      for (const character of ['é', '€', '😀']) {
        const body = before + character.repeat(40_000);

        await send(`${url}/runs`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
        });

        const kept = events.pop()?.body ?? '';
        expect(kept).not.toContain('\ufffd');
        expect(Buffer.byteLength(kept)).toBeGreaterThan(65_536);
      }
    },
  );

  test('a body that came in small parts is what was sent', async () => {
    const { url, events } = await open([taking({ bytes: ['text/csv'] })]);
    const body = Buffer.from(Array.from({ length: 60_000 }, (_, i) => i).join());
    const parts = Array.from({ length: Math.ceil(body.length / 999) }, (_, i) =>
      body.subarray(i * 999, (i + 1) * 999),
    );

    await new Promise((resolve) => {
      const request = httpRequest(
        `${url}/runs`,
        { method: 'POST', headers: { ...somebody, 'content-type': 'text/csv' } },
        resolve,
      );
      for (const part of parts) request.write(part);
      request.end();
    });

    expect(events[0]?.body === body.toString()).toBe(true);
  });

  test('large bodies under way share their room: what has none is told to come again, and small ones need none', async () => {
    const { answer: late, called, finish } = unanswered();
    let calls = 0;
    const answer = () => (calls++ === 0 ? late() : {});
    const { url } = await open([taking({ bytes: ['text/csv'] })], answer, {
      limits: { bodiesBytes: 4 * MIB },
    });

    const upload = (size: number) =>
      send(`${url}/runs`, {
        method: 'POST',
        headers: { ...somebody, 'content-type': 'text/csv' },
        body: Buffer.alloc(size),
      });

    const first = upload(3 * MIB);

    await called;
    expect(await upload(4 * MIB)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect((await upload(65_536)).status).toBe(200);
    finish({});
    expect((await first).status).toBe(200);
    for (let i = 0; i < 3; i++) expect((await upload(4 * MIB)).status).toBe(200);
  });

  test('a large body that ends in the middle gives its room back', async () => {
    const { url, port, events } = await open([taking({ bytes: ['text/csv'] })], undefined, {
      limits: { bodiesBytes: 4 * MIB },
    });

    for (let i = 0; i < 3; i++) {
      const socket = connect(port, '127.0.0.1');
      const head = `POST /runs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer x\r\nContent-Length: ${4 * MIB}\r\n\r\n`;
      socket.on('error', () => {});
      socket.end(head + 'a'.repeat(3 * MIB));
      await once(socket.resume(), 'close');
    }

    expect(events).toEqual([]);

    expect(
      (
        await send(`${url}/runs`, {
          method: 'POST',
          headers: somebody,
          body: Buffer.alloc(4 * MIB),
        })
      ).status,
    ).toBe(200);
  });

  test.each([
    [9_000, 200],
    [10_300, 431],
    [40_000, 431],
  ])('a head with %i bytes in one header gets %i', async (bytes, status) => {
    const { url, events } = await open([route('GET', '/me')]);
    expect((await send(`${url}/me`, { headers: { 'x-long': 'a'.repeat(bytes) } })).status).toBe(
      status,
    );
    expect(events).toHaveLength(status === 200 ? 1 : 0);
  });

  test.each([
    ['its head', (port: number) => `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`],
    [
      'its body',
      (port: number) =>
        `POST /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 5\r\n\r\na`,
    ],
  ])('who never ends %s is cut off', async (_, bytes) => {
    const { port, events } = await open([route('GET', '/me'), route('POST', '/me')], undefined, {
      limits: { headMs: 50, requestMs: 100 },
    });
    expect(await sendRaw(port, bytes(port))).toMatch(/^HTTP\/1.1 408 /);
    expect(events).toEqual([]);
  });

  test('what is left of a refused body is not the next request', async () => {
    const { port, events } = await open([route('GET', '/me'), route('POST', '/runs')]);
    const inner = `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
    const outer = `POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${inner.length + 10}\r\n\r\n${inner}`;
    const text = await sendRaw(port, outer);
    expect(text.match(/HTTP\/1.1 /g)).toHaveLength(1);
    expect(events).toEqual([]);
  });
});

describe('the server', () => {
  test('refuses a port that is in use, by its number', async () => {
    const { port } = await open([]);
    await expect(open([], undefined, { port })).rejects.toMatchObject({
      code: 'http.port-taken',
      message: `port ${port} of this machine is in use`,
    });
  });

  test('answers what is under way before it is closed, and nothing after', async () => {
    const { answer: late, called, finish } = unanswered();
    const { url, server } = await open([route('GET', '/me')], late);
    const answer = send(`${url}/me`);

    await called;

    const closed = server.close();

    finish({ body: 'late' });
    expect((await answer).body).toBe('late');
    await closed;
    opened.pop();
    await expect(send(`${url}/me`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('takes nothing more on open connections once it is told to close, while a request is under way', async () => {
    const { answer: late, called, finish } = unanswered();
    const { url, server, port, events } = await open(
      [route('GET', '/me'), route('GET', '/late')],
      (event) => (event.rawPath === '/late' ? late() : {}),
    );

    const [fresh, begun, used] = [
      await silentOne(port, ''),
      await silentOne(port, 'GET /me HTTP/1.1\r\nHo'),
      await silentOne(port, ''),
    ];

    expect(await used.ask()).toMatch(/^HTTP\/1.1 200 /);

    const answer = send(`${url}/late`, { headers: { connection: 'keep-alive' } });

    await called;

    const closed = server.close();

    await Promise.all([fresh, begun, used].map((each) => each.closed));
    await expect(send(`${url}/me`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    finish({});
    expect(await answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await closed;
    opened.pop();
    expect(events.map(({ rawPath }) => rawPath)).toEqual(['/me', '/late']);
  });

  test('is closed once, however often it is told', async () => {
    const { server } = await open([]);
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });

  test('serves who comes after any number of silent connections, and closes the oldest of these', async () => {
    const { url, port } = await open([route('GET', '/me')], undefined, {
      limits: { connections: 3 },
    });
    const silent: Silent[] = [];

    for (let i = 0; i < 10; i++)
      silent.push(await silentOne(port, i < 5 ? 'GET /me HTTP/1.1\r\nHo' : ''));

    expect((await send(`${url}/me`)).status).toBe(200);
    await Promise.all(silent.slice(0, 8).map(({ closed }) => closed));
    for (const { ask } of silent.slice(8)) expect(await ask()).toMatch(/^HTTP\/1.1 200 /);
  });

  test('serves who comes after any number of bodies that do not go on', async () => {
    const { url, port, events } = await open(
      [route('POST', '/runs'), route('GET', '/me')],
      undefined,
      { limits: { connections: 3 } },
    );

    const head = `POST /runs HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`;

    for (let i = 0; i < 10; i++) {
      const { ask } = await silentOne(port, '');
      expect(await ask(head)).toMatch(/^HTTP\/1.1 100 /);
    }

    expect((await send(`${url}/me`)).status).toBe(200);
    expect(events.map(({ rawPath }) => rawPath)).toEqual(['/me']);
  });

  test('closes a connection with a second request before the answer to the first', async () => {
    const { port, events } = await open([route('GET', '/me')]);
    expect(
      await sendRaw(port, `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`.repeat(100)),
    ).toBe('');
    expect(events.length).toBeLessThan(2);
  });

  test('answers request after request of one connection', async () => {
    const { port, events } = await open([route('GET', '/me')]);
    const one = await silentOne(port, '');
    for (let i = 0; i < 3; i++) expect(await one.ask()).toMatch(/^HTTP\/1.1 200 /);
    expect(events).toHaveLength(3);
  });

  test('closes the new connection when all it may have are at work', async () => {
    const { answer: late, called, finish } = unanswered();
    const { url, events } = await open([route('GET', '/me')], late, { limits: { connections: 1 } });
    const first = send(`${url}/me`);

    await called;
    await expect(send(`${url}/me`)).rejects.toThrow();
    finish({});
    expect((await first).status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test('opens no tunnel', async () => {
    const { port, events } = await open([route('GET', '/me')]);
    expect(
      await sendRaw(port, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'),
    ).not.toMatch(/^HTTP\/1.1 2/);
    expect(events).toEqual([]);
  });

  test('gives up what does not end', async () => {
    const timers = new ManualTimers(0);
    const { answer: never, called } = unanswered();
    const { url, server } = await open([route('GET', '/me')], never, { timers });
    const answer = send(`${url}/me`).catch(() => 'cut off');

    await called;

    const closed = server.close();

    timers.advance(10_000);
    await closed;
    opened.pop();
    expect(await answer).toBe('cut off');
  });
});

describe('with the functions of the API', () => {
  test('who sends too much is told by the function, which writes its entry', async () => {
    const api = await httpBench();

    const bodies = [
      [
        'POST',
        '/workspaces',
        { 'content-type': 'application/json' },
        `{"name":"${'x'.repeat(9 * MIB)}"}`,
        413,
      ],
      [
        'POST',
        UPLOAD,
        { 'content-type': 'application/xml', 'idempotency-key': 'k' },
        '<a/>'.repeat(2 * MIB),
        413,
      ],
      ['GET', '/me', { 'content-length': String(9 * MIB) }, 'x'.repeat(9 * MIB), 400],
    ] as const;

    for (const [method, path, headers, body, status] of bodies) {
      const answer = await api.ask(path, { as: 'admin', method, headers, body });
      expect(answer.status).toBe(status);
      expect(answer.json().code).toBe(status === 413 ? 'request.body-too-large' : 'request.body');
    }

    const told = await api.entries(({ actor }) => actor.id === 'admin');
    expect(told.map(({ outcome }) => outcome)).toEqual(['denied', 'denied', 'denied']);
  });

  test('an upload is taken whole, and one without a token is not known', async () => {
    const api = await httpBench();
    const body = Buffer.concat([sampleInvoice(), Buffer.alloc(200_000, ' ')]);
    const headers = { 'content-type': 'application/xml', 'idempotency-key': 'k' };
    expect((await api.ask(UPLOAD, { as: 'clerk', method: 'POST', headers, body })).status).toBe(
      201,
    );
    expect((await api.ask(UPLOAD, { method: 'POST', headers, body })).status).toBe(401);
  });
});
