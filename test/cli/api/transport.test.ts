import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { addressOf } from '#cli/api/address.ts';
import { openApi } from '#cli/api/api.ts';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** Whatever may stand at an address. @returns the API that is taken to be there. */
async function at(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });

  return openApi(
    addressOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    'the-token',
  );
}

const json =
  (status: number, body: unknown): RequestListener =>
  (_, response) => {
    response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify(body));
  };

const RUN = {
  ...{
    id: 'acme.a.r',
    workspace: 'acme',
    automation: 'a',
    version: 1,
    status: 'done',
    stage: 's',
    requester: 'p',
  },
  ...{ startedAt: '2026-01-31T12:00:00.000Z', steps: [], gates: [], fields: {}, amounts: {} },
};

describe('what an API answers', () => {
  it('is asked for with the token, at the address, each part of a path as one', async () => {
    const seen: unknown[] = [];
    const api = await at((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization]);
      response.end(request.url?.includes('?') ? '{"runs":[],"cursor":"c"}' : JSON.stringify(RUN));
    });

    expect(await api.run('a/../b?c')).toEqual(RUN);
    expect(await api.runs({ workspace: 'a&b', limit: 3 })).toEqual({ items: [], cursor: 'c' });
    expect(seen).toEqual([
      ['GET', '/runs/a%2F..%2Fb%3Fc', 'Bearer the-token'],
      ['GET', '/runs?workspace=a%26b&limit=3', 'Bearer the-token'],
    ]);
  });

  it.each([
    [401, 'refuse'],
    [404, 'refuse'],
    [409, 'reread'],
    [422, 'refuse'],
    [429, 'retry'],
    [503, 'retry'],
  ])('is told as the problem it is: status %i is to %s', async (status, fate) => {
    const api = await at(
      json(status, { code: 'gate.stale', detail: 'the gate has changed', requestId: 'abc' }),
    );
    const message = status >= 500 ? 'the gate has changed (request abc)' : 'the gate has changed';

    await expect(api.me()).rejects.toMatchObject({
      code: 'gate.stale',
      fate,
      message,
      facts: { status, requestId: 'abc' },
    });
  });

  it('does nothing to a terminal when it is a problem', async () => {
    const api = await at(
      json(503, {
        code: 'a\u001b[31m',
        detail: 'b\u001b]0;title\u0007\nall is well',
        requestId: '\u009b2J',
      }),
    );

    await expect(api.me()).rejects.toMatchObject({
      code: 'a\\u{1b}[31m',
      message: 'b\\u{1b}]0;title\\u{7}\\u{a}all is well (request \\u{9b}2J)',
    });
  });

  it.each<[string, RequestListener]>([
    ['a page', (_, response) => response.end('<html>Sign in to the network</html>')],
    [
      'a page of an error',
      (_, response) => response.writeHead(502).end('<html>Bad gateway</html>'),
    ],
    ['a problem of somebody else', json(403, { message: 'Forbidden' })],
    ['nothing', (_, response) => response.end()],
    ['JSON of another form', json(200, { hello: 'world' })],
    ['a list', json(200, [])],
    [
      'a person that lacks something',
      json(200, { id: 'p', roles: [], workspaces: ['acme'], attributes: {} }),
    ],
    [
      'a person of whom something is of another type',
      json(200, { id: 'p', roles: 'Admin', workspaces: '*', attributes: {}, active: true }),
    ],
  ])('is not taken for one of Writ when it is %s', async (_, listener) => {
    await expect((await at(listener)).me()).rejects.toMatchObject({
      code: 'platform.unreachable',
      message: /is not the API of Writ/,
    });
  });

  it('is understood when what stands in front of the functions answers by itself', async () => {
    const told = async (status: number) =>
      (await at(json(status, { message: 'Says nothing more' }))).me();

    await expect(told(413)).rejects.toMatchObject({
      code: 'request.body-too-large',
      fate: 'refuse',
    });

    for (const status of [429, 503])
      await expect(told(status)).rejects.toMatchObject({
        code: 'platform.unreachable',
        message: /busy; ask again/,
      });
  });

  it('may tell more than this release knows of', async () => {
    const me = {
      id: 'p',
      roles: [],
      workspaces: '*',
      attributes: {},
      active: true,
      since: 'today',
    };

    expect(await (await at(json(200, me))).me()).toMatchObject({ id: 'p', workspaces: '*' });
  });

  it('says of a trail how much of it cannot be read', async () => {
    const api = await at(json(200, { entries: [], unreadable: 2 }));
    expect(await api.trail('acme.a.r', {})).toEqual({ items: [], unreadable: 2 });
  });

  it('is not waited for without end, and not read without end', async () => {
    const api = await at((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(1_024 * 1_024, 0x20)));
      };
      response.on('drain', more);
      more();
    });

    await expect(api.me()).rejects.toMatchObject({
      code: 'platform.unreachable',
      message: expect.stringContaining('longer than'),
    });
  });

  it('does not send the token on to where it leads', async () => {
    let asked = 0;
    const elsewhere = createServer(() => asked++);

    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    opened.push(() => elsewhere.close());

    const api = await at((_, response) => {
      response
        .writeHead(307, {
          location: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`,
        })
        .end();
    });

    await expect(api.me()).rejects.toMatchObject({ code: 'platform.unreachable' });
    expect(asked).toBe(0);
  });

  it('is missing when nobody is there, and says how to start', async () => {
    const api = openApi(addressOf('http://127.0.0.1:9'), 'x');
    await expect(api.me()).rejects.toMatchObject({
      code: 'platform.unreachable',
      fate: 'retry',
      message: 'cannot connect to http://127.0.0.1:9 (the connection failed)',
      help: 'start the platform with "npm start"',
    });
  });
});

describe('an address', () => {
  it.each([
    'https://api.example.com',
    'https://api.example.com/prod/',
    'http://127.0.0.1:8420',
    'http://[::1]:2',
  ])('may be %s', (text) => {
    expect(addressOf(text).href.startsWith(text.replace(/\/$/, ''))).toBe(true);
  });

  it('of localhost is 127.0.0.1, where the platform listens: at [::1] anybody may', () => {
    expect(addressOf('http://localhost:8420').href).toBe('http://127.0.0.1:8420/');
  });

  it.each([
    'http://api.example.com',
    'http://127.0.0.1.example.com',
    'ftp://127.0.0.1',
    'https://u:p@example.com',
    'https://a/?b',
    'nonsense',
    '',
  ])('is not %o, where a token could be read or lost', (text) => {
    expect(() => addressOf(text)).toThrow(expect.objectContaining({ code: 'platform.address' }));
  });
});
