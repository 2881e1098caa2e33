import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { afterEach, describe, expect, test } from 'vitest';
import { type HttpServer, type HttpServerOptions, openHttpServer } from '#cli/embedded/http-server.ts';
import type { Route } from '#functions/http/route.ts';
import type { EmbeddedHttpFunction } from '#functions/wiring/embedded.ts';
import { jsonLog, ManualClock, seededRandom, silentLog } from '#shared/kernel/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';

const opened: HttpServer[] = [];
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close();
});

const route = (method: Route['method'], path: string): Route => ({ method, path, authentication: 'person' });
const AT = Date.UTC(2027, 2, 12, 19, 3, 58, 7);

/** A server whose functions keep the events they get. */
async function open(
  routes: readonly Route[],
  answer: (event: APIGatewayProxyEventV2) => APIGatewayProxyStructuredResultV2 | Promise<APIGatewayProxyStructuredResultV2> = () => ({}),
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

function send(url: string, options: { method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer } = {}) {
  return new Promise<Answered>((resolve, reject) => {
    const { body, ...rest } = options;
    const request = httpRequest(url, { ...rest, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() }),
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
      http: { method: 'POST', path: '/runs/a%20b/notes/%C3%A9', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
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
    await send(`${url}/runs`, { method: 'POST', headers: type === undefined ? {} : { 'content-type': type }, body: '<a/>' });
    const [event] = events;
    expect(event?.isBase64Encoded).toBe(isBase64Encoded);
    expect(Buffer.from(event?.body ?? '', isBase64Encoded ? 'base64' : 'utf8').toString()).toBe('<a/>');
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
  ])('of %s %s is %s', async (method, path, key) => {
    const { port, events } = await open(routes);
    await sendRaw(port, `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
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
    ['HEAD', '/people/x'],
    ['OPTIONS', '/people/x'],
    ['TRACE', '/people/x'],
  ])('is not found for %s %s', async (method, path) => {
    const { port, events } = await open(routes);
    const text = await sendRaw(port, `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`);
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
    const { url } = await open([route('GET', '/me')], () => Promise.reject(new Error('secret-canary')), { log });
    const answer = await send(`${url}/me`);
    expect(answer.status).toBe(500);
    expect(answer.body).toBe('{"message":"Internal Server Error"}');
    expect(lines).toHaveLength(1);
    expect(lines.join()).not.toContain('secret-canary');
  });

  test('that no header can carry ends the connection and not the server', async () => {
    let bad = true;
    const { url } = await open([route('GET', '/me')], () => (bad ? { headers: { 'x-bad': 'a\r\nset-cookie: b' } } : { body: 'ok' }));
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
  ])('by %s is refused before any function sees it', async (_, headers: Record<string, string>, status) => {
    const { url, port, events } = await open([route('GET', '/me')]);
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', String(port))]));
    expect((await send(`${url}/me`, { headers: own })).status).toBe(status);
    expect(events).toEqual([]);
  });

  test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('is not one that names %s', async (name) => {
    const { url, port, events } = await open([route('GET', '/me')]);
    const answer = await send(`${url}/me`, { headers: { host: `${name}:${port}`, origin: `http://${name.toLowerCase()}:${port}` } });
    expect(answer.status).toBe(200);
    expect(events).toHaveLength(1);
  });

  test.each([
    ['two hosts', (port: number) => `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`],
    ['no host', () => 'GET /me HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['a whole URL', (port: number) => `GET http://evil.example/me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`],
    ['a byte that is no ASCII', (port: number) => `GET /me?\xff HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`],
    ['broken percent-encoding', (port: number) => `GET /x/%ff HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`],
    ['two lengths', (port: number) => `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    [
      'a length and chunks',
      (port: number) =>
        `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    ],
    ['a bare line feed', (port: number) => `GET /me HTTP/1.1\nHost: 127.0.0.1:${port}\nConnection: close\n\n`],
    ['something that is not HTTP', () => '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
  ])('with %s is refused before any function sees it', async (_, bytes) => {
    const { port, events } = await open([route('GET', '/me'), route('GET', '/x/{y}')]);
    expect(await sendRaw(port, bytes(port))).toMatch(/^HTTP\/1.1 4(?:00|21) /);
    expect(events).toEqual([]);
  });
});

describe('limits', () => {
  test('a body of 10 MiB is taken, one byte more is not, whether its length is said or not', async () => {
    const { url, events } = await open([route('POST', '/runs')]);
    const most = Buffer.alloc(10 * 1_024 * 1_024, 'a');
    expect((await send(`${url}/runs`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: most })).status).toBe(200);
    expect(events[0]?.body).toHaveLength(most.length);
    const heads: Record<string, string>[] = [{ 'content-length': String(most.length + 1) }, { 'transfer-encoding': 'chunked' }];
    for (const head of heads) {
      const answer = await send(`${url}/runs`, { method: 'POST', headers: head, body: Buffer.concat([most, Buffer.from('b')]) }).catch(
        () => undefined, // cut off before the answer was read
      );
      if (answer !== undefined) expect(answer.status).toBe(413);
    }
    expect(events).toHaveLength(1);
  });

  test.each([
    [9_000, 200],
    [10_300, 431],
    [40_000, 431],
  ])('a head with %i bytes in one header gets %i', async (bytes, status) => {
    const { url, events } = await open([route('GET', '/me')]);
    expect((await send(`${url}/me`, { headers: { 'x-long': 'a'.repeat(bytes) } })).status).toBe(status);
    expect(events).toHaveLength(status === 200 ? 1 : 0);
  });

  test.each([
    ['its head', (port: number) => `GET /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`],
    ['its body', (port: number) => `POST /me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: 5\r\n\r\na`],
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
      message: `port ${port} of this machine is in use; choose another one`,
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

  test('is closed once, however often it is told', async () => {
    const { server } = await open([]);
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });

  test('takes no more connections than its limit', async () => {
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
    expect(await sendRaw(port, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n')).not.toMatch(/^HTTP\/1.1 2/);
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
